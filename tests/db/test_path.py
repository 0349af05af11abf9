"""A patient's path: searched by exact identifiers, read as it is or was known, out of reach for the others."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from archipel.domains.flow.models import Venue
from archipel.domains.flow.pages.path import decode_key, encode_key, venue_url
from archipel.domains.flow.queries import path as queries
from archipel.foundation.scope import in_scope, system_scope
from archipel.kernel import clock
from tests.db.test_parked import CHB, CHU, receive
from tests.factories.accounts import audit_entries, make_user
from tests.factories.pam import T0, Move, Patient, Source, message

pytestmark = pytest.mark.django_db
PATIENT = Patient("800000001", "ESSAI", "ALIX", "19700101", "F", "2700199100001")


@pytest.fixture(autouse=True)
def ins_of_test(settings) -> None:
    """The invented INS are of the test list."""
    settings.INS_ENVIRONMENT = "test"


def admitted(facility: str = CHU, **changes: object) -> list[int]:
    """An admission, then a transfer."""
    source = Source(facility=facility)
    moved = T0 + timedelta(hours=5)
    base = {"patient": PATIENT, "source": source, **changes}
    return receive(
        message(Move("A01", "1", movement="M1", **base)),
        message(Move("A02", "2", movement="M2", at=moved, effective=moved, lit="F", **base)),
        establishment=facility,
    )


def signed_in(role: str = "gestionnaire_lits", establishment: str = CHU) -> Client:
    client = Client()
    client.force_login(make_user(role, establishment))
    return client


def the_venue(establishment: str = CHU) -> Venue:
    with in_scope(system_scope("tests", [establishment])):
        return Venue.objects.get()


@pytest.mark.parametrize("key", ["CHU|26000001", "a b/c&d|é?#", "~x|" + "9" * 80])
def test_keys_travel_in_addresses(key: str) -> None:
    token = encode_key(key)
    assert decode_key(token) == key and token.replace("-", "").replace("_", "").isalnum()
    assert decode_key("@@@") is None or decode_key("@@@") != key


def test_the_path_says_where_and_which_message_said_so() -> None:
    numbers = admitted()
    page = signed_in().get(venue_url(CHU, the_venue().key))
    text = page.content.decode()
    assert page.status_code == 200 and "ESSAI" in text and "chambre 101, lit F" in text and "lit P" in text
    assert f"message n° {numbers[0]}" not in text, "bed managers do not read messages"
    text = signed_in("dim").get(venue_url(CHU, the_venue().key)).content.decode()
    assert (f"/messages/{numbers[0]}/" in text and "Récupérée" in text) or "Qualifiée" in text or "Validée" in text
    assert " style=" not in text and "onclick" not in text
    assert [e.action for e in audit_entries(object_type="venue")] == ["venue.lire", "venue.lire"]


def test_as_of_a_past_moment_only_what_was_received_counts() -> None:
    moment = timezone.now() - timedelta(days=1)
    with patch("archipel.foundation.journal.store.clock.now", return_value=moment):
        admitted()
    later = T0 + timedelta(hours=6)
    receive(
        message(
            Move("A12", "3", at=later, effective=T0 + timedelta(hours=5), movement="M2", action="CANCEL",
                 original="A02", lit="F", patient=PATIENT)
        )
    )  # fmt: skip
    venue = the_venue()
    with in_scope(system_scope("tests", [CHU])):
        now = queries.path(establishment=CHU, key=venue.key, at=clock.now())
        then = queries.path(
            establishment=CHU, key=venue.key, at=clock.now(), known_at=timezone.now() - timedelta(hours=12)
        )
        before = queries.path(establishment=CHU, key=venue.key, at=clock.now(), known_at=moment - timedelta(hours=1))
    assert now and then and before
    assert [s.segment.place.lit for s in now.stretches] == ["P"]
    assert [s.segment.place.lit for s in then.stretches] == ["P", "F"] and then.differs and then.learnt_since == 1
    assert [m.changes for m in then.movements] == [(), ("annulé depuis",)]
    assert before.stretches == () and all(m.unknown for m in before.movements)
    known = (timezone.localtime() - timedelta(hours=12)).strftime("%Y-%m-%dT%H:%M")
    text = signed_in().get(venue_url(CHU, venue.key), {"su": known}).content.decode()
    assert "annulé depuis" in text and "Le parcours a changé depuis" in text
    assert signed_in().get(venue_url(CHU, venue.key), {"su": "hier"}).status_code == 422


def test_out_of_reach_looks_like_nothing() -> None:
    admitted()
    venue = the_venue()
    stranger = signed_in("gestionnaire_lits", CHB)
    answers = [
        stranger.get(venue_url(CHU, venue.key)),
        stranger.get(venue_url(CHU, "CHU|nulle-part")),
        stranger.get(f"/venues/{CHU}/n/{venue.pk}/"),
        stranger.post(f"/venues/{CHU}/{encode_key(venue.key)}/fusion/", {"acte": "defaire", "motif": "pour voir"}),
        signed_in("direction").get(venue_url(CHU, venue.key)),
    ]
    assert {answer.status_code for answer in answers} == {404}
    bodies = {answer.content.decode().split("<main")[1].split("</main")[0] for answer in answers[:2]}
    assert len(bodies) == 1 and "accès exceptionnel" in bodies.pop()
    assert audit_entries(action="venue.lire") == []
    assert Client().get(venue_url(CHU, venue.key)).status_code == 302
    number = signed_in().get(f"/venues/{CHU}/n/{venue.pk}/")
    assert number.status_code == 302 and number["Location"] == venue_url(CHU, venue.key)


@pytest.mark.parametrize(
    ("criteria", "count"),
    [
        ({"ipp": "800000001"}, 1),
        ({"ipp": "80000000"}, 0),
        ({"ins": "270019910000" + "1"}, 1),
        ({"dossier": "V1"}, 1),
        ({"dossier": "V"}, 0),
        ({"nom": "essaï", "naissance": "1970-01-01"}, 1),
        ({"nom": "ESSAI al", "naissance": "1970-01-01"}, 1),
        ({"nom": "ESSAI", "naissance": "1970-01-02"}, 0),
        ({"nom": "SSAI", "naissance": "1970-01-01"}, 0),
    ],
)
def test_search_by_exact_identifiers(criteria: dict[str, str], count: int) -> None:
    admitted()
    page = signed_in().post("/patients/", criteria)
    assert page.status_code == 200 and len(page.context["results"]) == count
    assert len(audit_entries(action="patient.rechercher")) == count
    page = signed_in("gestionnaire_lits", CHB).post("/patients/", criteria)
    assert page.context["results"] == []


@pytest.mark.parametrize(
    "criteria",
    [{}, {"nom": "ESSAI"}, {"nom": "E", "naissance": "1970-01-01"}, {"nom": "ESSAI", "naissance": "hier"},
     {"ins": "12"}, {"ins": "270019910000199"}],
)  # fmt: skip
def test_search_that_says_nothing_is_refused(criteria: dict[str, str]) -> None:
    assert signed_in().post("/patients/", criteria).status_code == 422
    assert signed_in("direction").post("/patients/", {"ipp": "1"}).status_code == 403


def test_names_obey_the_privacy_mode() -> None:
    admitted()
    client = Client()
    client.force_login(make_user("dim", CHU, names_hidden=True))
    for page in (client.get(venue_url(CHU, the_venue().key)), client.post("/patients/", {"ipp": "800000001"})):
        text = page.content.decode()
        assert "ESSAI" not in text and "•••" in text and "01/01/1970" not in text


def test_the_same_number_of_queries_whatever_the_length() -> None:
    admitted()
    venue, client = the_venue(), signed_in()

    def count() -> int:
        client.get(venue_url(CHU, venue.key))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(venue_url(CHU, venue.key))
        return len(captured)

    few = count()
    for rank in range(3, 30):
        at = T0 + timedelta(hours=rank * 2)
        receive(
            message(
                Move("A02", f"{rank}", movement=f"M{rank}", at=at, effective=at, chambre=f"{rank}", patient=PATIENT)
            )
        )
    assert count() == few <= 40
