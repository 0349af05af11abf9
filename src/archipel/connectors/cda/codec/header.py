"""The header of a document (CI-SIS, volet « Structuration minimale des documents de santé »)."""

from __future__ import annotations

from archipel.connectors.cda.codec.parts import (
    OID_PERSONS,
    OID_SPECIALTY,
    OID_STRUCTURES,
    Element,
    clean,
    day,
    loinc,
    national_person,
    national_structure,
    node,
    stamp,
)
from archipel.passages.documents.values.content import (
    KINDS,
    Content,
    Kind,
    Organisation,
    PatientIdentity,
    Physician,
    Recipient,
)

GENDERS = {"M": "Masculin", "F": "Féminin"}
TEMPLATES = {
    Kind.CR_PASSAGE: (("1.3.6.1.4.1.19376.1.2.20", ""),),
    Kind.FLUDR: (("1.2.250.1.213.1.1.1.24", "2022.01"),),
}
"""IHE XDS-SD for a document whose body is a PDF; the volet DLU-FLUDR 2022.01."""


def header(content: Content) -> list[Element]:
    """Every element that stands before the body, in the order of the schema."""
    info = KINDS[content.kind]
    moment = stamp(content.created_at)
    templates = [node("templateId", root=root, **({"extension": ext} if ext else {}))
                 for root, ext in (("2.16.840.1.113883.2.8.2.1", ""), ("1.2.250.1.213.1.1.1.1", ""),
                                   *TEMPLATES[content.kind])]  # fmt: skip
    parts: list[Element | None] = [
        node("realmCode", code="FR"),
        node("typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040"),
        *templates,
        node("id", root=content.uid),
        loinc("code", info.loinc, info.display),
        node("title", info.title),
        node("effectiveTime", value=moment),
        node("confidentialityCode", code="N", displayName="Normal", codeSystem="2.16.840.1.113883.5.25",
             codeSystemName="Confidentiality"),
        node("languageCode", code="fr-FR"),
        node("setId", root=content.set_uid),
        node("versionNumber", value=str(content.version)),
        _record_target(content.patient),
        _author(content.author, content.organisation, moment),
        _custodian(content.organisation),
        *(_recipient(one) for one in content.recipients),
        _authenticator(content.author, content.organisation, moment),
        _service_event(content),
        _related(content),
        _encounter(content),
    ]  # fmt: skip
    return [part for part in parts if part is not None]


def _record_target(patient: PatientIdentity) -> Element:
    ids: list[Element] = []
    if patient.ins_matricule:
        ids.append(node("id", extension=f"{patient.ins_matricule}{patient.ins_cle}", root=patient.ins_oid))
    if patient.ipp and patient.ipp_oid:
        ids.append(node("id", extension=patient.ipp, root=patient.ipp_oid))
    birth = (
        node("birthTime", value=day(patient.naissance)) if patient.naissance else node("birthTime", nullFlavor="UNK")
    )
    gender = GENDERS.get(patient.sexe)
    sex = (
        node("administrativeGenderCode", code=patient.sexe, displayName=gender, codeSystem="2.16.840.1.113883.5.1")
        if gender
        else node("administrativeGenderCode", code="U", displayName="Inconnu", codeSystem="2.16.840.1.113883.5.1")
    )
    place = node("place", node("addr", node("county", patient.lieu_naissance))) if patient.lieu_naissance else None
    name = node(
        "name",
        node("family", clean(patient.nom_naissance), qualifier="BR"),
        node("given", clean(patient.prenoms or patient.prenom)),
        node("given", clean(patient.prenom), qualifier="BR"),
        node("family", clean(patient.nom_utilise), qualifier="CL"),
        node("given", clean(patient.prenom), qualifier="CL"),
    )
    return node(
        "recordTarget",
        node(
            "patientRole", *ids, node("addr", nullFlavor="NAV"), node("telecom", nullFlavor="NAV"),
            node("patient", name, sex, birth, node("birthplace", place) if place is not None else None,
                 classCode="PSN"),
        ),
    )  # fmt: skip


def telecom(phone: str) -> Element:
    """The hospital's phone, unknown when the site has not told it."""
    return node("telecom", value=f"tel:{phone}", use="WP") if phone else node("telecom", nullFlavor="NAV")


def organisation(name: str, one: Organisation, *, setting: bool = False) -> Element:
    """The hospital, as an author's or a custodian's organisation."""
    address = node("addr", node("city", clean(one.commune))) if one.commune else node("addr", nullFlavor="NAV")
    code = node(
        "standardIndustryClassCode", code="ETABLISSEMENT", displayName="Etablissement de santé",
        codeSystem="1.2.250.1.213.1.1.4.9", codeSystemName="practiceSettingCode",
    )  # fmt: skip
    return node(
        name,
        node("id", root=OID_STRUCTURES, extension=national_structure(one.finess)),
        node("name", clean(one.name)),
        telecom(one.phone),
        address,
        code if setting else None,
    )


def _person(name: str, one: Physician) -> Element:
    given, family = clean(one.prenom or one.nom), clean(one.nom)
    return node(name, node("name", node("given", given), node("family", family), node("suffix", "DR")))


def entity(name: str, one: Physician, hospital: Organisation) -> Element:
    """A physician inside the hospital."""
    return node(
        name,
        node("id", root=OID_PERSONS, extension=national_person(one.rpps)),
        node("code", code=one.specialty, displayName=one.specialty_label, codeSystem=OID_SPECIALTY),
        node("addr", nullFlavor="NAV"),
        telecom(hospital.phone),
        _person("assignedPerson", one),
        organisation("representedOrganization", hospital, setting=True),
    )


def _author(one: Physician, hospital: Organisation, moment: str) -> Element:
    return node("author", node("time", value=moment), entity("assignedAuthor", one, hospital))


def _authenticator(one: Physician, hospital: Organisation, moment: str) -> Element:
    return node(
        "legalAuthenticator",
        node("time", value=moment),
        node("signatureCode", code="S"),
        entity("assignedEntity", one, hospital),
    )


def _custodian(hospital: Organisation) -> Element:
    return node("custodian", node("assignedCustodian", organisation("representedCustodianOrganization", hospital)))


def _recipient(one: Recipient) -> Element:
    """Somebody who receives a copy. Mail addresses travel in the message, not in the document (CI-SIS, PRT)."""
    blank = (node("addr", nullFlavor="NAV"), node("telecom", nullFlavor="NAV"))
    if one.kind == "ps":
        person = node("informationRecipient", node("name", node("family", clean(one.name))))
        number = node("id", root=OID_PERSONS, extension=national_person(one.identifier)) if one.identifier else None
        return node("informationRecipient", node("intendedRecipient", number, *blank, person))
    finess = node("id", root=OID_STRUCTURES, extension=national_structure(one.identifier)) if one.identifier else None
    place = node("receivedOrganization", finess, node("name", clean(one.name)))
    return node("informationRecipient", node("intendedRecipient", *blank, place))


def _service_event(content: Content) -> Element:
    passage = content.passage
    if content.kind is Kind.FLUDR:
        code = loinc("code", "28651-8", "Retour du résident à l'EHPAD")
        when = node("effectiveTime", node("low", value=stamp(passage.left_at)))
    else:
        code = loinc("code", KINDS[content.kind].loinc, KINDS[content.kind].display)
        when = node(
            "effectiveTime", node("low", value=stamp(passage.arrived_at)), node("high", value=stamp(passage.left_at))
        )
    performer = node("performer", entity("assignedEntity", content.author, content.organisation), typeCode="PRF")
    return node("documentationOf", node("serviceEvent", code, when, performer))


def _related(content: Content) -> Element | None:
    if not content.replaces:
        return None
    return node("relatedDocument", node("parentDocument", node("id", root=content.replaces)), typeCode="RPLC")


def _encounter(content: Content) -> Element:
    passage = content.passage
    facility = node("code", code="SA01", displayName="Etablissement public de santé", codeSystem="1.2.250.1.71.4.2.4")
    return node(
        "componentOf",
        node(
            "encompassingEncounter",
            node("code", code="EMER", displayName="Urgences", codeSystem="2.16.840.1.113883.5.4",
                 codeSystemName="HL7:ActEncounterCode"),
            node("effectiveTime", node("low", value=stamp(passage.arrived_at)),
                 node("high", value=stamp(passage.left_at))),
            node("responsibleParty", entity("assignedEntity", content.author, content.organisation)),
            node("location", node("healthCareFacility", facility)),
        ),
    )  # fmt: skip
