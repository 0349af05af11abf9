"""Exit documents from the exit to the acknowledgement, on real sockets: nothing lost, nothing handed over twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict

import pytest
from django.test import Client, override_settings

from archipel.connectors.mdm.listener import Listener, Options
from archipel.connectors.mdm.mock import Behaviour, Mock
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.kernel.errors import ArchipelError, Conflict, Denied, Invalid
from archipel.passages.documents import public as documents
from archipel.passages.documents.models import Delivery, Document, Receipt
from archipel.passages.documents.values import Kind, Recipient
from tests.factories.accounts import audit_entries, make_user
from tests.factories.beds import CHU, LANGRES, system
from tests.factories.documents import make_exit, make_physician, scope_for

FAST = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WISHES = {"dmp": True, "patient": True}
TEXT = {"diagnostic": "Bronchite", "sortie": "Repos"}
HODA = Recipient("Dr Hoda", "a.hoda@medecin.mssante.fr", "ps", "10101010102")


@pytest.fixture(autouse=True)
def _environment(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("ARCHIPEL_PFI", "ARCHIPEL_PFI_ADDRESSES", "ARCHIPEL_MSSANTE_SMTP"):
        monkeypatch.delenv(name, raising=False)
    with override_settings(INS_ENVIRONMENT="test", CDA_RULES="", DOCUMENTS_AUTO="", PASSWORD_HASHERS=FAST):
        yield


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener(Options(port=0))
    made.start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def platform(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mock]:
    made = Mock(Behaviour(("127.0.0.1", listener.port), delay=0.05)).start()
    monkeypatch.setenv("ARCHIPEL_PFI", f"127.0.0.1:{made.port}")
    yield made
    made.stop()


def get(number: int) -> Document:
    with in_scope(system()):
        return Document.objects.get(pk=number)


def draft(**changes: object) -> int:
    """A draft prepared by the worker's tick from an exit."""
    venue = make_exit(**changes)  # type: ignore[arg-type]
    documents.prepare_due()
    with in_scope(system()):
        return int(Document.objects.get(venue_number=venue, kind=Kind.CR_PASSAGE.value).pk)


def written(number: int, **changes: object) -> None:
    physician = scope_for(make_physician(rpps=f"2{number:010d}"))
    told = {"sections": TEXT, "recipients": [HODA], "wishes": WISHES} | changes
    documents.write(scope=physician, document=number, **told)  # type: ignore[arg-type]
    documents.validate(scope=physician, document=number)


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "still not there"
        time.sleep(0.02)


def due_now() -> None:
    """The next attempt is due at once."""
    with in_scope(system()):
        Delivery.objects.update(next_at="2020-01-01T00:00:00Z")


def test_an_exit_becomes_a_report_sent_and_acknowledged(platform: Mock) -> None:
    number = draft()
    assert documents.prepare_due() == 0, "one draft for each exit"
    assert get(number).state == "brouillon"
    assert documents.run_once() == 0, "nothing leaves before a physician validates"
    written(number)
    assert get(number).state == "controle"
    documents.run_once()
    assert get(number).state in ("envoye", "transmis")
    until(lambda: get(number).state == "transmis")
    assert list(platform.documents) == [get(number).uid]
    assert [line["reponse"] for line in platform.log if line["quoi"] == "recu"] == ["AA"]
    physician = Client()
    physician.force_login(make_physician(rpps="10000000001"))
    page = physician.get(f"/documents/{number}/").content.decode()
    assert "Transmis" in page
    assert "Déposé au DMP" in page
    assert HODA.address in page
    assert "a.hoda" in page
    pdf = physician.get(f"/documents/{number}/page")
    assert pdf.content.startswith(b"%PDF-")
    assert audit_entries(action="documents.page")


def test_the_list_says_where_each_document_stands() -> None:
    number = draft()
    nurse = Client()
    nurse.force_login(make_user(Role.IDE_URGENCES, CHU))
    page = nurse.get("/documents/").content.decode()
    assert "1 à valider" in page
    assert f"/documents/{number}/" in page
    assert len(audit_entries(action="documents.liste")) == 1
    assert "À valider" in nurse.get("/documents/export").content.decode()
    assert nurse.post(f"/documents/{number}/agir", {"action": "valider", "document": number}).status_code == 403
    other = Client()
    other.force_login(make_user(Role.MEDECIN_URGENCES, LANGRES))
    assert other.get(f"/documents/{number}/").status_code == 404
    assert "Aucun document" in other.get("/documents/").content.decode()
    bed_manager = Client()
    bed_manager.force_login(make_user(Role.GESTIONNAIRE_LITS, CHU))
    assert bed_manager.get("/documents/").status_code == 403


def test_who_answers_for_a_document_has_an_rpps_and_wrote_something() -> None:
    number = draft()
    nameless = scope_for(make_physician(rpps=""))
    with pytest.raises(Invalid, match="RPPS"):
        documents.validate(scope=nameless, document=number)
    physician = scope_for(make_physician())
    with pytest.raises(Invalid, match="Rien n'est écrit"):
        documents.validate(scope=physician, document=number)
    with pytest.raises(Invalid, match="adresse MSSanté"):
        documents.write(scope=physician, document=number, sections=TEXT, recipients=[Recipient("x", "x")], wishes={})
    with pytest.raises(Denied):
        nurse = make_user(Role.IDE_URGENCES, CHU, rpps="10000000009", last_name="X")
        documents.validate(scope=scope_for(nurse), document=number)


def test_an_unqualified_identity_goes_nowhere_and_says_why(platform: Mock) -> None:
    number = draft(qualified=False)
    written(number)
    documents.run_once()
    found = get(number)
    assert found.state == "sans_destination"
    assert "INS" in " ".join(found.reasons)
    assert not platform.log


def test_a_bad_document_is_refused_with_the_element(monkeypatch: pytest.MonkeyPatch) -> None:
    number = draft()
    with in_scope(system()):
        from archipel.identity.models import Patient

        Patient.objects.update(date_naissance=None)
    with pytest.raises(documents.Refused, match="birthTime"):
        written(number)
    assert get(number).validated_at is None


def test_an_objection_keeps_the_dmp_out(platform: Mock) -> None:
    number = draft(attributes={"dmp_alimentation": "IO"})
    written(number)
    documents.run_once()
    until(lambda: get(number).state == "transmis")
    assert not get(number).flags["dest_dmp"]
    assert "ZAM^Z01" not in [line.get("type") for line in platform.log]


def test_the_network_cut_loses_nothing_and_hands_nothing_over_twice(platform: Mock) -> None:
    platform.behaviour.cut = 1
    number = draft()
    written(number)
    documents.run_once()
    assert get(number).state == "a_envoyer", "nobody knows: the same message is due again"
    with in_scope(system()):
        (one,) = Delivery.objects.all()
    assert "coupée" in one.error or "fermé" in one.error
    due_now()
    documents.run_once()
    until(lambda: get(number).state == "transmis")
    received = [line for line in platform.log if line["quoi"] == "recu"]
    assert [line["deja"] for line in received] == [False, True]
    assert len({line["message"] for line in received}) == 1
    assert len(platform.documents) == 1


def test_a_platform_down_is_tried_again_and_told_once(monkeypatch: pytest.MonkeyPatch, listener: Listener) -> None:
    monkeypatch.setenv("ARCHIPEL_PFI", "127.0.0.1:9")
    number = draft()
    written(number)
    for _ in range(3):
        due_now()
        documents.run_once()
    found = get(number)
    assert found.state == "a_envoyer"
    with in_scope(system()):
        told = list(found.events.filter(kind="a_envoyer").values_list("text", flat=True))
        assert Delivery.objects.get().attempts == 3
    assert len(told) == 1
    assert "ne répond pas" in told[0]
    made = Mock(Behaviour(("127.0.0.1", listener.port), delay=0.02)).start()
    monkeypatch.setenv("ARCHIPEL_PFI", f"127.0.0.1:{made.port}")
    due_now()
    documents.run_once()
    until(lambda: get(number).state == "transmis")
    made.stop()


def test_a_refusal_is_explained_and_sent_again_by_a_person(platform: Mock) -> None:
    platform.behaviour.refuse = "PV1-19 : venue inconnue"
    number = draft()
    written(number)
    documents.run_once()
    found = get(number)
    assert found.state == "echec"
    assert "venue inconnue" in found.problem
    platform.behaviour.refuse = ""
    dim = Client()
    dim.force_login(make_user(Role.DIM, CHU))
    assert "venue inconnue" in dim.get("/documents/").content.decode()
    assert dim.post(f"/documents/{number}/agir", {"action": "renvoyer"}).status_code == 302
    documents.run_once()
    until(lambda: get(number).state == "transmis")
    with in_scope(system()):
        assert Delivery.objects.count() == 2
    physician = scope_for(make_physician(rpps="10000000003"))
    with pytest.raises(Conflict, match="Rien n'a échoué"):
        documents.resend(scope=physician, document=number)


def test_a_busy_platform_is_tried_again_without_a_person(platform: Mock) -> None:
    platform.behaviour.reject = 1
    number = draft()
    written(number)
    documents.run_once()
    assert get(number).state == "a_envoyer"
    due_now()
    documents.run_once()
    until(lambda: get(number).state == "transmis")


def test_acknowledgements_late_twice_and_backwards_give_the_same(platform: Mock) -> None:
    platform.behaviour.backwards, platform.behaviour.repeat = True, 3
    number = draft()
    written(number)
    documents.run_once()
    until(lambda: sum(line["quoi"] == "accuse" for line in platform.log) == 15)
    assert get(number).state == "transmis"
    with in_scope(system()):
        kinds = sorted(Receipt.objects.exclude(kind="ack").values_list("kind", flat=True))
    assert kinds == ["dmp", "mss_lecture", "mss_lecture", "mss_reception", "mss_reception"]


def test_the_dmp_refuses_and_the_reason_is_on_the_page(platform: Mock) -> None:
    platform.behaviour.dmp_error = ("DMPInvalidAuthor", "auteur non habilité")
    number = draft()
    written(number, recipients=[], wishes={"dmp": True})
    documents.run_once()
    until(lambda: get(number).state == "echec")
    assert "auteur non habilité" in get(number).problem


def test_an_acknowledgement_of_nobody_is_kept_and_shown(platform: Mock, listener: Listener) -> None:
    stray = b"MSH|^~\\&|PFI|X|ARCHIPEL|Y|20261127||ZAM^Z01^ZAM_Z01|77|T|2.6\rOBX|1|CWE|ACK_RECEPTION_DMP|INCONNU|Y\r"
    from archipel.connectors.mdm.listener import take

    assert b"MSA|AA|77" in take(stray)
    assert b"MSA|AA|77" in take(stray)
    assert documents.unmatched() == 1
    assert b"MSA|AE" in take(b"MSH|^~\\&|PFI|X|A|Y|2026||ADT^A01|78|T|2.6\r")
    dim = Client()
    dim.force_login(make_user(Role.DIM, CHU))
    assert "aucun de nos envois" in dim.get("/documents/").content.decode()


def test_a_correction_replaces_the_version_before(platform: Mock) -> None:
    number = draft()
    written(number)
    documents.run_once()
    until(lambda: get(number).state == "transmis")
    physician = scope_for(make_physician(rpps="10000000004"))
    with pytest.raises(Conflict, match="nouvelle version"):
        documents.write(scope=physician, document=number, sections=TEXT, recipients=[], wishes={})
    fresh = documents.correct(scope=physician, document=number)
    with pytest.raises(Conflict, match="plus récente"):
        documents.correct(scope=physician, document=number)
    documents.validate(scope=physician, document=fresh)
    documents.run_once()
    until(lambda: get(fresh).state == "transmis")
    assert [line["type"] for line in platform.log if line["quoi"] == "recu"] == ["T02", "T10"]
    assert get(fresh).replaces == get(number).uid


def test_the_setting_lets_documents_go_unread_and_says_so(platform: Mock) -> None:
    number = draft()
    with override_settings(DOCUMENTS_AUTO="10101010101^DURAND^Paul"):
        documents.run_once()
    until(lambda: get(number).state == "transmis")
    assert get(number).automatic
    physician = Client()
    physician.force_login(make_physician(rpps="10000000005"))
    assert "sans relecture médicale" in physician.get(f"/documents/{number}/").content.decode()


def test_a_resident_gets_a_return_sheet(platform: Mock) -> None:
    number = draft(attributes={"pmsi_provenance": "7"})
    with in_scope(system()):
        sheet = Document.objects.get(kind=Kind.FLUDR.value)
        assert sheet.venue_number == Document.objects.get(pk=number).venue_number
    home = Recipient("EHPAD Les Tilleuls", "tilleuls@ehpad.mssante.fr", "ehpad", "210000001")
    written(int(sheet.pk), recipients=[home])
    documents.run_once()
    until(lambda: get(int(sheet.pk)).state == "transmis")
    assert [line["loinc"] for line in platform.log if line["quoi"] == "recu"] == ["74207-2"]


def test_given_up_with_a_reason_nothing_more_is_sent(platform: Mock) -> None:
    platform.behaviour.reject = 5
    number = draft()
    written(number)
    documents.run_once()
    physician = scope_for(make_physician(rpps="10000000006"))
    with pytest.raises(Invalid, match="pourquoi"):
        documents.abandon(scope=physician, document=number, reason="")
    documents.abandon(scope=physician, document=number, reason="dossier ouvert par erreur")
    platform.behaviour.reject = 0
    due_now()
    documents.run_once()
    assert get(number).state == "abandonne"
    assert not platform.documents


def test_the_form_writes_validates_and_keeps_what_was_typed() -> None:
    number = draft()
    client = Client()
    client.force_login(make_physician())
    given = {
        "document": number,
        "etablissement": CHU,
        "r_diagnostic": "Entorse",
        "dmp": "1",
        "adresse": "pas une adresse",
    }
    answer = client.post(f"/documents/{number}/agir", given | {"action": "valider"})
    assert answer.status_code == 422
    assert "adresse MSSanté" in answer.content.decode()
    given |= {"adresse": "dr.x@medecin.mssante.fr", "adresse_type": "ps", "adresse_nom": "Dr X"}
    assert client.post(f"/documents/{number}/agir", given | {"action": "valider"}).status_code == 302
    found = get(number)
    assert found.sections == {"diagnostic": "Entorse"}
    assert found.recipients == [asdict(Recipient("Dr X", "dr.x@medecin.mssante.fr", "ps", ""))]
    assert found.state == "controle"


def test_the_directory_is_kept_by_physicians() -> None:
    client = Client()
    client.force_login(make_physician())
    given = {
        "etablissement": CHU,
        "nom": "EHPAD A",
        "type": "ehpad",
        "adresse": "a@ehpad.mssante.fr",
        "numero": "210000001",
    }
    assert client.post("/documents/correspondants/", given | {"numero": "12"}).status_code == 422
    assert client.post("/documents/correspondants/", given).status_code == 302
    assert "EHPAD A" in client.get("/documents/correspondants/").content.decode()
    number = draft()
    assert "EHPAD A" in client.get(f"/documents/{number}/").content.decode()
    nurse = Client()
    nurse.force_login(make_user(Role.IDE_URGENCES, CHU))
    assert nurse.post("/documents/correspondants/", given).status_code == 403


def test_a_present_patient_has_no_report_yet() -> None:
    from tests.factories.beds import make_stay, make_unit

    (bed,) = make_unit("0599", filiere="URG", beds="BOX-1", name="Urgences", usage="box")
    venue = make_stay(bed)
    assert documents.prepare_due() == 0
    with pytest.raises(ArchipelError, match="encore aux urgences"):
        documents.prepare(scope=scope_for(make_physician()), venue=venue, kind=Kind.CR_PASSAGE)


def test_the_share_of_exits_with_a_transmitted_document_is_measured(platform: Mock) -> None:
    from archipel.kernel import clock
    from tests.db.test_ed import of

    now = clock.now()
    director = of(Role.DIRECTION, CHU)
    nothing = documents.documents_share(scope=director, establishments=[CHU], at=now, known_at=now)
    assert nothing.measures[0].value is None
    number = draft(attributes={"dmp_alimentation": "INO"})
    draft(attributes={"dmp_alimentation": "IO"})
    draft(qualified=False)
    draft()
    written(number)
    documents.run_once()
    until(lambda: get(number).state == "transmis")
    now = clock.now()
    found = documents.documents_share(scope=director, establishments=[CHU], at=now, known_at=now)
    assert [(one.code, one.part, one.group) for one in found.measures] == [
        ("part", 1, 4), ("part-validee", 1, 4), ("sorties", 4, 4),
    ]  # fmt: skip
    dmp = documents.dmp_eligibility(scope=director, establishments=[CHU], at=now, known_at=now)
    assert [(one.code, one.part) for one in dmp.measures[:4]] == [
        ("part", 2), ("part-information", 2), ("part-opposition", 1), ("part-qualifiee", 3),
    ]  # fmt: skip
    with pytest.raises(Denied):
        documents.documents_share(scope=of(Role.PHARMACIEN, CHU), establishments=[CHU], at=now, known_at=now)
