"""The readable page of a document, by Typst: a PDF/A-1, as IHE XDS-SD asks. What people wrote is data, never markup."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

from archipel.connectors.cda.codec.parts import PARIS
from archipel.kernel.errors import Invalid
from archipel.passages.documents.values.content import KINDS, SECTIONS, Content

_TEMPLATE = Path(__file__).resolve().parent / "templates" / "document.typ"
_SEXES = {"F": "Féminin", "M": "Masculin"}


def write_pdf(content: Content, *, synthetic: bool = False) -> bytes:
    """The bytes of the page.

    Raises:
        Invalid: a character that the embedded font cannot show (PDF/A forbids to leave a blank); it is named.
    """
    try:
        made = typst.compile(
            _TEMPLATE.read_bytes(),
            format="pdf",
            sys_inputs={"data": json.dumps(_data(content, synthetic), ensure_ascii=False)},
            timestamp=content.created_at.astimezone(UTC).replace(microsecond=0),
            ignore_system_fonts=True,
            pdf_standards=["a-1a"],
        )
    except typst.TypstError as error:
        unseen = re.search(r'the text `"(.{1,12}?)"` could not be displayed', str(error))
        if unseen is None:
            raise
        text = f"Le caractère « {unseen[1]} » ne peut pas figurer dans un PDF/A : retirez-le ou remplacez-le."
        raise Invalid(text, code="document-caractere") from None
    if not isinstance(made, bytes):
        raise TypeError("one PDF was expected")
    return made


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(PARIS).strftime("%d/%m/%Y à %H:%M") if moment else ""


def _data(content: Content, synthetic: bool) -> dict[str, Any]:
    patient, passage, author = content.patient, content.passage, content.author
    birth = patient.naissance.strftime("%d/%m/%Y") if patient.naissance else "inconnue"
    identity = [
        ("Nom de naissance", patient.nom_naissance),
        ("Nom utilisé", patient.nom_utilise if patient.nom_utilise != patient.nom_naissance else ""),
        ("Prénoms", patient.prenoms or patient.prenom),
        ("Né(e) le", birth),
        ("Sexe", _SEXES.get(patient.sexe, "Inconnu")),
        ("Lieu de naissance (code)", patient.lieu_naissance),
        ("Matricule INS", f"{patient.ins_matricule} {patient.ins_cle}" if patient.ins_matricule else ""),
        ("IPP", patient.ipp),
    ]
    story = [
        ("Arrivée", _moment(passage.arrived_at)),
        ("Tri", f"niveau {passage.triage_level}" if passage.triage_level else ""),
        ("Prise en charge médicale", _moment(passage.care_at)),
        ("Sortie des urgences", _moment(passage.left_at)),
        ("Orientation", passage.outcome),
        ("Diagnostic codé (CIM-10)", " ".join(filter(None, (passage.diagnosis_code, passage.diagnosis_label)))),
        ("Dossier", passage.number),
    ]
    return {
        "titre": KINDS[content.kind].title,
        "hopital": content.organisation.name,
        "commune": content.organisation.commune,
        "finess": content.organisation.finess,
        "telephone": content.organisation.phone,
        "identite": [[name, text] for name, text in identity if text],
        "passage": [[name, text] for name, text in story if text],
        "rubriques": [[SECTIONS[name], content.sections[name]] for name in SECTIONS if content.sections.get(name)],
        "auteur": f"Dr {author.prenom} {author.nom}".replace("  ", " "),
        "rpps": author.rpps,
        "valide": _moment(content.created_at),
        "automatique": content.automatic,
        "version": content.version,
        "destinataires": [one.name for one in content.recipients],
        "synthetique": synthetic,
    }
