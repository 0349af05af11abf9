"""The body of the return sheet to a nursing home (CI-SIS, volet DLU, FLUDR 2022.01): five sections and a comment.

Medication and personal objects are told in words: what the physician wrote is not coded, and nothing is invented.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable, Sequence

from archipel.connectors.cda.codec.parts import LOINC, OID_STRUCTURES, XSI_TYPE, Element, clean, day, loinc, node, stamp
from archipel.passages.documents.values.content import Content, Recipient

_SPACE = uuid.UUID("5b1d5f0e-9c5a-4b8e-8f4e-3f0d6f2f9a11")
_SIMPLE = ("1.3.6.1.4.1.19376.1.5.3.1.4.13", "1.2.250.1.213.1.1.3.48")
_TA_ASIP = {"codeSystem": "1.2.250.1.213.1.1.4.322", "codeSystemName": "TA_ASIP"}
UNKNOWN_HOME = "EHPAD du résident"


def structured_body(content: Content, pdf: bytes) -> Element:
    """The sections, in the order of the volet."""
    sections = (
        _return(content),
        _diagnosis(content),
        _treatments(content),
        _belongings(content),
        _attached(content, pdf),
        _comment(content),
    )
    return node("structuredBody", *(node("component", one) for one in sections if one is not None))


def _uuid(content: Content, name: str) -> str:
    """An identifier of an entry: the same document gives the same one."""
    return str(uuid.uuid5(_SPACE, f"{content.uid}/{name}")).upper()


def _section(
    content: Content,
    name: str,
    templates: Iterable[str],
    code: Element,
    title: str,
    text: Element,
    entries: Sequence[Element],
) -> Element:
    return node(
        "section",
        *(node("templateId", root=root) for root in templates),
        node("id", root=_uuid(content, name)),
        code,
        node("title", title),
        text,
        *(node("entry", entry) for entry in entries),
    )


def _table(headings: Sequence[str], rows: Sequence[Sequence[Element | str]]) -> Element:
    head = node("thead", node("tr", *(node("th", one) for one in headings)))
    body = node("tbody", *(node("tr", *(node("td", cell) for cell in row)) for row in rows))
    return node("text", node("table", head, body, border="0"))


def _content(identifier: str, text: str) -> Element:
    return node("content", clean(text), ID=identifier)


def _home(content: Content) -> Recipient | None:
    return next((one for one in content.recipients if one.kind == "ehpad"), None)


def _return(content: Content) -> Element:
    home = _home(content)
    name = home.name if home else UNKNOWN_HOME
    left = stamp(content.passage.left_at)
    text = _table(
        ("Retour à l'EHPAD", "Précision"),
        (
            (_content("retour-motif", "Motif"), "Autorisation de retour à l'EHPAD"),
            ("Date", f"{left[6:8]}/{left[4:6]}/{left[:4]}"),
            (_content("retour-lieu", "Établissement"), clean(name)),
        ),
    )
    return _section(
        content, "retour",
        ("1.3.6.1.4.1.19376.1.5.3.1.1.21.2.9", "1.3.6.1.4.1.19376.1.7.3.1.1.13.7", "1.2.250.1.213.1.1.2.163"),
        loinc("code", "42545-4", "Evènements observés"), "Retour du patient à l'EHPAD", text,
        (_reason(content, left), _transfer(content, left, name, home.identifier if home else "")),
    )  # fmt: skip


def _reason(content: Content, left: str) -> Element:
    value = node("value", node("originalText", node("reference", value="#retour-motif")))
    value.set(XSI_TYPE, "CD")
    return node(
        "observation",
        *(node("templateId", root=root) for root in _SIMPLE),
        node("id", root=_uuid(content, "motif")),
        loinc("code", "15515-0", "Motif du transport"),
        node("text", node("reference", value="#retour-motif")),
        node("statusCode", code="completed"),
        node("effectiveTime", value=left),
        value,
        classCode="OBS", moodCode="EVN",
    )  # fmt: skip


def _transfer(content: Content, left: str, name: str, finess: str) -> Element:
    role = node(
        "participantRole",
        node("id", root=_uuid(content, "lieu")),
        node("code", code="SA17", displayName="Etablissement pour personnes âgées", codeSystem="1.2.250.1.71.4.2.4"),
        node("addr", nullFlavor="NAV"),
        node("telecom", nullFlavor="NAV"),
        node("playingEntity", node("name", clean(name)), classCode="ENT"),
        classCode="SDLOC",
    )
    place = node("templateId", root=OID_STRUCTURES, extension=f"1{finess}") if finess else None
    return node(
        "act",
        node("templateId", root="1.3.6.1.4.1.19376.1.5.3.1.1.25.1.4.1"),
        node("templateId", root="1.2.250.1.213.1.1.3.28"),
        node("id", root=_uuid(content, "transfert")),
        loinc("code", "80413-8", "Transfert du patient"),
        node("text", node("reference", value="#retour-lieu")),
        node("statusCode", code="completed"),
        node("effectiveTime", node("low", value=left), node("high", nullFlavor="UNK")),
        node("participant", place, role, typeCode="DST"),
        classCode="ACT", moodCode="EVN",
    )  # fmt: skip


def _diagnosis(content: Content) -> Element:
    passage = content.passage
    words = content.sections.get("diagnostic") or passage.diagnosis_label or "Non précisé"
    text = _table(
        ("Date", "Résumé du passage aux urgences"),
        ((stamp(passage.left_at)[:8], _content("diagnostic-1", words)),),
    )
    value = node("value", node("originalText", node("reference", value="#diagnostic-1")))
    value.set(XSI_TYPE, "CD")
    if passage.diagnosis_code:
        value.set("code", passage.diagnosis_code)
        value.set("displayName", passage.diagnosis_label or passage.diagnosis_code)
        value.set("codeSystem", "2.16.840.1.113883.6.3")
        value.set("codeSystemName", "CIM10")
    else:
        value.set("nullFlavor", "UNK")
    when = node("effectiveTime", node("low", value=day(passage.arrived_at)), node("high", nullFlavor="NA"))
    problem = node(
        "observation",
        *(node("templateId", root=root) for root in
          ("2.16.840.1.113883.10.20.1.28", "1.3.6.1.4.1.19376.1.5.3.1.4.5", "1.2.250.1.213.1.1.3.37")),
        node("id", root=_uuid(content, "probleme")),
        node("code", code="282291009", codeSystem="2.16.840.1.113883.6.96", codeSystemName="SNOMED CT",
             displayName="interprétation diagnostique"),
        node("text", node("reference", value="#diagnostic-1")),
        node("statusCode", code="completed"),
        when,
        value,
        classCode="OBS", moodCode="EVN", negationInd="false",
    )  # fmt: skip
    concern = node(
        "act",
        *(node("templateId", root=root) for root in
          ("2.16.840.1.113883.10.20.1.27", "1.3.6.1.4.1.19376.1.5.3.1.4.5.1", "1.3.6.1.4.1.19376.1.5.3.1.4.5.2",
           "1.2.250.1.213.1.1.3.39")),
        node("id", root=_uuid(content, "problemes")),
        node("code", nullFlavor="NA"),
        node("statusCode", code="completed"),
        node("effectiveTime", node("low", value=day(passage.arrived_at)), node("high", nullFlavor="NA")),
        node("entryRelationship", problem, typeCode="SUBJ", inversionInd="false"),
        classCode="ACT", moodCode="EVN",
    )  # fmt: skip
    return _section(
        content, "diagnostic", ("1.3.6.1.4.1.19376.1.5.3.1.3.7", "1.2.250.1.213.1.1.2.133"),
        loinc("code", "11535-2", "Diagnostic de sortie"), "Diagnostic ou résumé du passage", text, (concern,),
    )  # fmt: skip


def _treatments(content: Content) -> Element:
    words = content.sections.get("sortie") or "Non précisé : voir le document joint."
    text = _table(("Traitement de sortie et consignes",), ((_content("traitement-1", words),),))
    drug = node(
        "manufacturedProduct",
        *(node("templateId", root=root) for root in
          ("2.16.840.1.113883.10.20.1.53", "1.3.6.1.4.1.19376.1.5.3.1.4.7.2", "1.2.250.1.213.1.1.3.43")),
        node("manufacturedMaterial",
             node("code", node("originalText", node("reference", value="#traitement-1")), nullFlavor="NA"),
             node("name", "Voir le texte et l'ordonnance jointe"), classCode="MMAT"),
    )  # fmt: skip
    when = node("effectiveTime", node("low", value=day(content.passage.left_at)), node("high", nullFlavor="UNK"))
    when.set(XSI_TYPE, "IVL_TS")
    administration = node(
        "substanceAdministration",
        *(node("templateId", root=root) for root in
          ("2.16.840.1.113883.10.20.1.24", "1.3.6.1.4.1.19376.1.5.3.1.4.7", "1.2.250.1.213.1.1.3.42",
           "1.3.6.1.4.1.19376.1.5.3.1.4.7.1")),
        node("id", root=_uuid(content, "traitement")),
        node("text", node("reference", value="#traitement-1")),
        node("statusCode", code="completed"),
        when,
        node("doseQuantity", nullFlavor="UNK"),
        node("consumable", drug, typeCode="CSM"),
        classCode="SBADM", moodCode="INT",
    )  # fmt: skip
    return _section(
        content, "traitements", ("1.3.6.1.4.1.19376.1.5.3.1.3.22", "1.2.250.1.213.1.1.2.146"),
        loinc("code", "10183-2", "Traitements à la sortie"), "Traitements à la sortie", text, (administration,),
    )  # fmt: skip


def _belongings(content: Content) -> Element:
    words = "Prothèses et objets personnels : à vérifier au retour, rien n'est saisi aux urgences."
    text = _table(("Prothèse ou objet personnel",), ((_content("objets-1", words),),))
    value = node("value", node("originalText", node("reference", value="#objets-1")))
    value.set(XSI_TYPE, "CD")
    observation = node(
        "observation",
        *(node("templateId", root=root) for root in (*_SIMPLE, "1.2.250.1.213.1.1.3.12")),
        node("id", root=_uuid(content, "objets")),
        node("code", code="GEN-092.02.01", displayName="Autre dispositif ou objet personnel", **_TA_ASIP),
        node("text", node("reference", value="#objets-1")),
        node("statusCode", code="completed"),
        node("effectiveTime", value=stamp(content.passage.left_at)),
        value,
        classCode="OBS", moodCode="EVN",
    )  # fmt: skip
    return _section(
        content, "objets", ("1.2.250.1.213.1.1.2.53",), loinc("code", "46264-8", "Dispositifs médicaux"),
        "Prothèses et objets personnels", text, (observation,),
    )  # fmt: skip


def _attached(content: Content, pdf: bytes) -> Element:
    text = _table(
        ("Document", ""),
        ((_content("joint-1", "Copie du dossier des urgences"), node("renderMultiMedia", referencedObject="piece-1")),),
    )
    value = node("value", code="DLU_021", displayName="Copie du dossier des urgences", **_TA_ASIP)
    value.set(XSI_TYPE, "CD")
    kind = node(
        "observation",
        *(node("templateId", root=root) for root in (*_SIMPLE, "1.2.250.1.213.1.1.3.48.18")),
        node("id", root=_uuid(content, "type-joint")),
        loinc("code", "69764-9", "Type de document"),
        node("text", node("reference", value="#joint-1")),
        node("statusCode", code="completed"),
        node("effectiveTime", value=stamp(content.created_at)),
        value,
        classCode="OBS", moodCode="EVN",
    )  # fmt: skip
    media = node(
        "observationMedia",
        node("value", base64.b64encode(pdf).decode("ascii"), mediaType="application/pdf", representation="B64"),
        classCode="OBS", moodCode="EVN", ID="piece-1",
    )  # fmt: skip
    cluster = node(
        "organizer",
        node("templateId", root="1.2.250.1.213.1.1.3.18"),
        node("id", root=_uuid(content, "joint")),
        loinc("code", "55107-7", "Document attaché"),
        node("statusCode", code="completed"),
        node("component", kind),
        node("component", media),
        classCode="CLUSTER", moodCode="EVN",
    )  # fmt: skip
    return _section(
        content, "joints", ("1.2.250.1.213.1.1.2.37",), loinc("code", "55107-7", "Documents ajoutés"),
        "Documents annexés", text, (cluster,),
    )  # fmt: skip


def _comment(content: Content) -> Element | None:
    words = "\n".join(content.sections[name] for name in ("motif", "traitement") if content.sections.get(name))
    if not words:
        return None
    code = node("code", code="55112-7", displayName="Commentaire", codeSystem=LOINC, codeSystemName="LOINC")
    return node(
        "section",
        *(node("templateId", root=root) for root in
          ("2.16.840.1.113883.10.12.201", "1.3.6.1.4.1.19376.1.4.1.2.16", "1.2.250.1.213.1.1.2.73")),
        code,
        node("title", "Commentaires"),
        node("text", clean(words)),
    )  # fmt: skip
