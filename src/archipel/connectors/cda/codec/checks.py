"""Our own checks: what the official schematrons let through and that makes a document useless or dangerous.

Seen to pass them: a matricule removed, an unknown INS list, a wrong key, a date that is only a year, a made-up LOINC
code. Each fault names the element, what was found and what was expected; never a name nor a matricule.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from lxml import etree

from archipel.connectors.cda.codec.parts import HL7, LOINC, OID_PERSONS, OID_STRUCTURES, Element
from archipel.kernel import ins
from archipel.kernel.errors import ArchipelError
from archipel.passages.documents.values.content import KINDS, Kind, Problem

NS = {"h": HL7}
_FULL = re.compile(r"\d{14}[+-]\d{4}")
_DAY = re.compile(r"\d{8}")
_OID = re.compile(r"[012](\.(0|[1-9]\d*))+")
_INS_FAMILY = "1.2.250.1.213.1.4."
_MOMENTS = (
    "effectiveTime",
    "author/time",
    "legalAuthenticator/time",
    "documentationOf/serviceEvent/effectiveTime/low",
    "componentOf/encompassingEncounter/effectiveTime/low",
    "componentOf/encompassingEncounter/effectiveTime/high",
)
_LONGEST_OID = 64


def check(cda: bytes, kind: Kind, environment: str) -> list[Problem]:
    """Every fault found; empty when the document may leave.

    Args:
        cda: the document.
        kind: what it should be.
        environment: production, test or demo: which INS lists it may carry (kernel/ins.py).
    """
    try:
        root = etree.fromstring(cda, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as error:
        return [Problem("ClinicalDocument", f"le XML est illisible ({error.msg}, ligne {error.lineno}).")]
    if root.tag != f"{{{HL7}}}ClinicalDocument":
        return [Problem("ClinicalDocument", "l'élément racine n'est pas un ClinicalDocument de HL7 v3.")]
    found: list[Problem] = []
    for rule in (_identity, _traits, _moments, _code, _numbers, _people, _body, _confidentiality):
        found += rule(root, kind, environment)
    return found


def _all(root: Element, path: str) -> list[Element]:
    return list(root.findall("/".join(f"h:{part}" for part in path.split("/")), NS))


def _first(root: Element, path: str) -> Element | None:
    found = _all(root, path)
    return found[0] if found else None


def _identity(root: Element, kind: Kind, environment: str) -> Iterator[Problem]:
    where = "recordTarget/patientRole/id"
    told = [one for one in _all(root, where) if (one.get("root") or "").startswith(_INS_FAMILY)]
    if not told:
        yield Problem(where, "l'INS est absente ; attendu le matricule d'une identité qualifiée.")
        return
    if len(told) > 1:
        yield Problem(where, f"{len(told)} INS pour un patient ; attendu une seule.")
    for one in told:
        oid, text = one.get("root") or "", one.get("extension") or ""
        if oid not in ins.LABELS:
            yield Problem(where, f"liste d'INS inconnue ({oid[:40]}) ; attendu NIR, NIA, test ou démonstration.")
            continue
        if oid not in ins.allowed_oids(environment):
            yield Problem(where, f"{ins.LABELS[oid]} refusée dans l'environnement « {environment} ».")
        if len(text) != 15:
            yield Problem(where, f"matricule de {len(text)} caractères ; attendu 15, clé comprise.")
            continue
        try:
            ins.parse(text, oid)
        except ArchipelError as error:
            yield Problem(where, error.message)


def _traits(root: Element, kind: Kind, environment: str) -> Iterator[Problem]:
    base = "recordTarget/patientRole/patient"
    names = _all(root, f"{base}/name/family")
    given = _all(root, f"{base}/name/given")
    if not any(one.get("qualifier") == "BR" and (one.text or "").strip() for one in names):
        yield Problem(f"{base}/name/family", "le nom de naissance (qualifier BR) est absent.")
    if not any(one.get("qualifier") == "BR" and (one.text or "").strip() for one in given):
        yield Problem(f"{base}/name/given", "le premier prénom de naissance (qualifier BR) est absent.")
    birth = _first(root, f"{base}/birthTime")
    value = birth.get("value", "") if birth is not None else ""
    if not _DAY.fullmatch(value):
        shape = f"{len(value)} caractères trouvés" if value else "absente"
        yield Problem(f"{base}/birthTime", f"la date de naissance est {shape} ; attendu AAAAMMJJ.")
    sex = _first(root, f"{base}/administrativeGenderCode")
    if sex is None or sex.get("code") not in ("M", "F"):
        # JDV_J143, which the official schematrons ask for, has no code for an unknown sex.
        yield Problem(f"{base}/administrativeGenderCode", "le sexe est absent ou inconnu ; attendu M ou F.")


def _moments(root: Element, kind: Kind, environment: str) -> Iterator[Problem]:
    for path in _MOMENTS:
        told = _all(root, path)
        if not told:
            yield Problem(path, "la date est absente.")
        for one in told:
            value = one.get("value", "")
            if not _FULL.fullmatch(value):
                yield Problem(path, f"trouvé « {value[:24]} » ; attendu AAAAMMJJHHMMSS±ZZZZ, heure et fuseau compris.")
    bounds = [_first(root, f"{_ENCOUNTER}/{end}") for end in ("low", "high")]
    arrived, left = (_FULL.fullmatch(one.get("value", "")) if one is not None else None for one in bounds)
    if arrived and left and _instant(arrived[0]) > _instant(left[0]):
        yield Problem(f"{_ENCOUNTER}/high", "la sortie est avant l'arrivée ; attendu une sortie qui la suit.")


_ENCOUNTER = "componentOf/encompassingEncounter/effectiveTime"


def _instant(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S%z")
    except ValueError:  # the 31st of February
        return datetime.min.replace(tzinfo=UTC)


def _code(root: Element, kind: Kind, environment: str) -> Iterator[Problem]:
    info, one = KINDS[kind], _first(root, "code")
    if one is None:
        yield Problem("code", "le type de document est absent.")
        return
    if one.get("codeSystem") != LOINC or one.get("code") != info.loinc:
        yield Problem(
            "code", f"trouvé « {(one.get('code') or '')[:20]} » ; attendu {info.loinc} de LOINC ({info.display})."
        )
    elif one.get("displayName") != info.display:
        yield Problem("code", f"le libellé n'est pas celui du code {info.loinc} ; attendu « {info.display} ».")
    if kind is Kind.FLUDR:
        event = _first(root, "documentationOf/serviceEvent/code")
        if event is None or event.get("code") != "28651-8" or event.get("codeSystem") != LOINC:
            yield Problem("documentationOf/serviceEvent/code", "attendu 28651-8 de LOINC pour un retour en EHPAD.")


def _numbers(root: Element, kind: Kind, environment: str) -> Iterator[Problem]:
    for path in ("id", "setId"):
        one = _first(root, path)
        oid = one.get("root", "") if one is not None else ""
        if not _OID.fullmatch(oid) or len(oid) > _LONGEST_OID:
            yield Problem(path, "l'identifiant n'est pas un OID de 64 caractères au plus.")
        elif one is not None and one.get("extension"):
            yield Problem(path, "le DMP n'accepte pas d'extension : un OID complet est attendu.")
    version = _first(root, "versionNumber")
    text = version.get("value", "") if version is not None else ""
    if not text.isdigit() or int(text) < 1:
        yield Problem("versionNumber", "attendu un entier positif.")
    elif int(text) > 1 and _first(root, "relatedDocument/parentDocument/id") is None:
        yield Problem("relatedDocument", f"la version {text} ne dit pas quel document elle remplace.")


def _people(root: Element, kind: Kind, environment: str) -> Iterator[Problem]:
    for path in ("author/assignedAuthor/id", "legalAuthenticator/assignedEntity/id"):
        told = [one for one in _all(root, path) if one.get("root") == OID_PERSONS]
        if not told:
            yield Problem(path, "le professionnel n'est pas identifié ; attendu son RPPS (8 + 11 chiffres).")
        for one in told:
            text = one.get("extension", "")
            if not (text.isdigit() and len(text) == 12 and text.startswith("8")):
                yield Problem(path, f"identifiant de {len(text)} caractères ; attendu 8 suivi des 11 chiffres du RPPS.")
    path = "custodian/assignedCustodian/representedCustodianOrganization/id"
    told = [one for one in _all(root, path) if one.get("root") == OID_STRUCTURES]
    if not told:
        yield Problem(path, "la structure n'est pas identifiée ; attendu son FINESS (1 + 9 caractères).")
    for one in told:
        text = one.get("extension", "")
        if not (len(text) == 10 and text.startswith("1") and text.isalnum()):
            yield Problem(path, f"trouvé « {text[:12]} » ; attendu 1 suivi des 9 caractères du FINESS.")


def _body(root: Element, kind: Kind, environment: str) -> Iterator[Problem]:
    path = "component/nonXMLBody/text" if kind is Kind.CR_PASSAGE else "component/structuredBody"
    holders = _all(root, path)
    if kind is Kind.FLUDR:
        holders = [one for one in root.iter(f"{{{HL7}}}value") if one.get("mediaType") == "application/pdf"]
        path = "observationMedia/value"
    if len(holders) != 1:
        yield Problem(path, f"{len(holders)} PDF dans le document ; attendu un seul.")
        return
    one = holders[0]
    if one.get("mediaType") != "application/pdf" or one.get("representation") != "B64":
        yield Problem(path, "attendu un PDF (mediaType application/pdf) en base 64.")
    try:
        content = base64.b64decode(one.text or "", validate=True)
    except (binascii.Error, ValueError):
        yield Problem(path, "le contenu n'est pas en base 64.")
        return
    if not content.startswith(b"%PDF-"):
        yield Problem(path, "le contenu décodé n'est pas un PDF.")


def _confidentiality(root: Element, kind: Kind, environment: str) -> Iterator[Problem]:
    one = _first(root, "confidentialityCode")
    if one is None or one.get("code") != "N":
        yield Problem("confidentialityCode", "attendu N : un document à confidentialité renforcée n'est pas partagé.")
