"""The archive IHE_XDM.zip (IHE ITI TF-3, XDM; CI-SIS, volet « Échange de documents de santé »).

README.TXT, INDEX.HTM, and one submission set: IHE_XDM/SUBSET01 with METADATA.XML (ebRIM 3.0, one document entry) and
the document. The same order always gives the same bytes.
"""

from __future__ import annotations

import hashlib
import html
import io
import zipfile
from datetime import UTC
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from lxml import etree

from archipel.passages.documents.values.content import KINDS, Content, Kind

RIM = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
LCM = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
FOLDER = "IHE_XDM/SUBSET01"
PARIS = ZoneInfo("Europe/Paris")
FORMATS = {
    Kind.CR_PASSAGE: "urn:ihe:iti:xds-sd:pdf:2008",
    Kind.FLUDR: "urn:asip:ci-sis:dlu-fludr:2022",
}
Element: TypeAlias = Any
_DATE = (1980, 1, 1, 0, 0, 0)

# ebRIM classification schemes of XDS (IHE ITI TF-3, 4.2)
_CLASS, _CONFIDENTIALITY, _FORMAT = (
    "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a",
    "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f",
    "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d",
)
_FACILITY, _PRACTICE, _TYPE, _AUTHOR = (
    "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1",
    "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead",
    "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983",
    "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d",
)
_DOC_PATIENT, _DOC_UNIQUE = (
    "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427",
    "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab",
)
_SET_PATIENT, _SET_UNIQUE, _SET_SOURCE = (
    "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446",
    "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8",
    "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832",
)
_OBJECT = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject"
_STABLE, _SET = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1", "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"


def archive(content: Content, cda: bytes) -> bytes:
    """The bytes of IHE_XDM.zip for one document."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in (
            ("README.TXT", _readme(content).encode("utf-8")),
            ("INDEX.HTM", _index(content).encode("utf-8")),
            (f"{FOLDER}/METADATA.XML", metadata(content, cda)),
            (f"{FOLDER}/DOC0001.XML", cda),
        ):
            made.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _readme(content: Content) -> str:
    return (
        f"{content.organisation.name}\r\nFINESS {content.organisation.finess}\r\n\r\n"
        "Archive IHE XDM : ouvrez INDEX.HTM, ou integrez IHE_XDM/SUBSET01/METADATA.XML dans votre logiciel.\r\n"
        "Produite par Archipel.\r\n"
    )


def _index(content: Content) -> str:
    title, place = html.escape(KINDS[content.kind].title), html.escape(content.organisation.name)
    return (
        '<!DOCTYPE html>\n<html lang="fr"><head><meta charset="utf-8"><title>Documents</title></head><body>'
        f'<h1>{place}</h1><ul><li><a href="{FOLDER}/DOC0001.XML">{title}</a></li></ul></body></html>\n'
    )


def _utc(moment: Any) -> str:
    return str(moment.astimezone(UTC).strftime("%Y%m%d%H%M%S"))


def _node(tag: str, /, **attributes: str) -> Element:
    made = etree.Element(f"{{{RIM}}}{tag}", nsmap={None: RIM})
    for key, value in attributes.items():
        made.set(key, value)
    return made


def _slot(name: str, *values: str) -> Element:
    made = _node("Slot", name=name)
    listed = etree.SubElement(made, f"{{{RIM}}}ValueList")
    for value in values:
        etree.SubElement(listed, f"{{{RIM}}}Value").text = value
    return made


def _named(text: str) -> Element:
    made = _node("Name")
    made.append(_node("LocalizedString", value=text))
    return made


def _code(owner: str, scheme: str, number: int, code: str, system: str, label: str) -> Element:
    made = _node(
        "Classification", classificationScheme=scheme, classifiedObject=owner, nodeRepresentation=code,
        id=f"c{number:02d}-{owner}", objectType=f"{_OBJECT}:Classification",
    )  # fmt: skip
    made.append(_slot("codingScheme", system))
    made.append(_named(label))
    return made


def _identifier(owner: str, scheme: str, number: int, value: str, name: str) -> Element:
    made = _node(
        "ExternalIdentifier", identificationScheme=scheme, registryObject=owner, value=value,
        id=f"i{number:02d}-{owner}",
        objectType=f"{_OBJECT}:ExternalIdentifier",
    )  # fmt: skip
    made.append(_named(name))
    return made


def _patient(content: Content) -> str:
    patient = content.patient
    return f"{patient.ins_matricule}{patient.ins_cle}^^^&{patient.ins_oid}&ISO^NH"


def _author(owner: str, content: Content) -> Element:
    author, place = content.author, content.organisation
    made = _node(
        "Classification", classificationScheme=_AUTHOR, classifiedObject=owner, nodeRepresentation="",
        id=f"a-{owner}", objectType=f"{_OBJECT}:Classification",
    )  # fmt: skip
    made.append(_slot("authorInstitution", f"{place.name}^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1{place.finess}"))
    made.append(
        _slot("authorPerson", f"8{author.rpps}^{author.nom}^{author.prenom}^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS")
    )
    made.append(_slot("authorSpecialty", f"{author.specialty}^{author.specialty_label}^1.2.250.1.213.1.1.4.5"))
    return made


def metadata(content: Content, cda: bytes) -> bytes:
    """METADATA.XML: one submission set, one document entry, and the association between them."""
    root = etree.Element(f"{{{LCM}}}SubmitObjectsRequest", nsmap={"lcm": LCM, None: RIM})
    objects = etree.SubElement(root, f"{{{RIM}}}RegistryObjectList")
    objects.append(_document(content, cda))
    objects.append(_submission(content))
    objects.append(
        _node(
            "Classification", classifiedObject="lot01", classificationNode=_SET, id="classement",
            objectType=f"{_OBJECT}:Classification",
        )
    )  # fmt: skip
    link = _node(
        "Association", associationType="urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember",
        sourceObject="lot01", targetObject="doc01", id="lien01",
        objectType=f"{_OBJECT}:Association",
    )  # fmt: skip
    link.append(_slot("SubmissionSetStatus", "Original"))
    objects.append(link)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _document(content: Content, cda: bytes) -> Element:
    info, passage, patient = KINDS[content.kind], content.passage, content.patient
    made = _node("ExtrinsicObject", id="doc01", mimeType="text/xml", objectType=_STABLE)
    born = patient.naissance.strftime("%Y%m%d") if patient.naissance else ""
    slots = (
        ("URI", "DOC0001.XML"),
        ("creationTime", _utc(content.created_at)),
        ("hash", hashlib.sha1(cda, usedforsecurity=False).hexdigest()),
        ("size", str(len(cda))),
        ("languageCode", "fr-FR"),
        ("legalAuthenticator", f"8{content.author.rpps}^{content.author.nom}^{content.author.prenom}^^^^^^"
                               "&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"),
        ("serviceStartTime", _utc(passage.arrived_at)),
        ("serviceStopTime", _utc(passage.left_at)),
        ("sourcePatientId", f"{patient.ipp}^^^&{patient.ipp_oid}&ISO^PI" if patient.ipp_oid else _patient(content)),
    )  # fmt: skip
    for name, value in slots:
        made.append(_slot(name, value))
    made.append(
        _slot("sourcePatientInfo", f"PID-5|{patient.nom_naissance}^{patient.prenom}^^^^^L", f"PID-7|{born}",
              f"PID-8|{patient.sexe}")
    )  # fmt: skip
    made.append(_named(info.title))
    made.append(_author("doc01", content))
    codes = (
        (_CLASS, "11", "1.2.250.1.213.1.1.4.1", "Synthèse"),
        (_CONFIDENTIALITY, "N", "2.16.840.1.113883.5.25", "Normal"),
        (_FORMAT, FORMATS[content.kind], "1.3.6.1.4.1.19376.1.2.3", "Format"),
        (_FACILITY, "SA01", "1.2.250.1.71.4.2.4", "Etablissement public de santé"),
        (_PRACTICE, "ETABLISSEMENT", "1.2.250.1.213.1.1.4.9", "Etablissement de santé"),
        (_TYPE, info.loinc, "2.16.840.1.113883.6.1", info.display),
    )
    for number, (scheme, code, system, label) in enumerate(codes, 1):
        made.append(_code("doc01", scheme, number, code, system, label))
    made.append(_identifier("doc01", _DOC_PATIENT, 1, _patient(content), "XDSDocumentEntry.patientId"))
    made.append(_identifier("doc01", _DOC_UNIQUE, 2, content.uid, "XDSDocumentEntry.uniqueId"))
    return made


def _submission(content: Content) -> Element:
    made = _node(
        "RegistryPackage", id="lot01",
        objectType=f"{_OBJECT}:RegistryPackage",
    )  # fmt: skip
    made.append(_slot("submissionTime", _utc(content.created_at)))
    made.append(_named(KINDS[content.kind].title))
    made.append(_author("lot01", content))
    made.append(_identifier("lot01", _SET_PATIENT, 1, _patient(content), "XDSSubmissionSet.patientId"))
    made.append(_identifier("lot01", _SET_UNIQUE, 2, f"{content.uid}.1"[:64], "XDSSubmissionSet.uniqueId"))
    source = f"2.25.{int(hashlib.sha256(content.organisation.finess.encode()).hexdigest()[:24], 16)}"
    made.append(_identifier("lot01", _SET_SOURCE, 3, source, "XDSSubmissionSet.sourceId"))
    return made
