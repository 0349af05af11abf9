"""The patient's page: opened with agreement, updated by the passage, silent when it must be, erased afterwards."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
from django.core import mail
from django.test import Client, override_settings

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import Segment, Venue
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.identity.models import Patient
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound, Upstream
from archipel.passages.pathway import public as pathway
from archipel.passages.pathway.models import Opening, Thread
from archipel.passages.pathway.pages import public_page
from archipel.passages.pathway.rules.limits import Buckets
from archipel.passages.pathway.values.words import WORDS
from tests.db.test_ed import announce, department, of
from tests.factories.accounts import audit_entries, make_user
from tests.factories.beds import CHU, LANGRES, leave, make_stay, make_unit, move, system

pytestmark = pytest.mark.django_db
NAME = "SECRETISSIME"


@pytest.fixture(autouse=True)
def _fresh_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_page, "BY_ADDRESS", Buckets(10_000, 1_000))
    monkeypatch.setattr(public_page, "BY_TOKEN", Buckets(10_000, 1_000))


def nurse(*places: str) -> object:
    return of(Role.IDE_URGENCES, *(places or (CHU,)))


def opened(venue: int, language: str = "fr") -> str:
    return pathway.open_thread(scope=nurse(), venue=venue, agreed=True, language=language).token  # type: ignore[arg-type]


def page(token: str, query: str = "", status: int = 200) -> str:
    answer = Client().get(f"/fil/{token}/{query}")
    assert answer.status_code == status
    return unescape(answer.content.decode())


def current(token: str) -> str:
    found = re.search(r'aria-current="step"><span class="mot">([^<]+)<', page(token))
    return found[1] if found else ""


def test_the_page_follows_the_real_events() -> None:
    places = department()
    words = WORDS["fr"].stages
    venue = make_stay(places["ACC1"], name=NAME)
    token = opened(venue)
    assert current(token) == words["accueil"]
    with in_scope(nurse()):
        flow.record_triage(scope=nurse(), venue=venue, level=3)
    assert current(token) == words["attente"]
    move(venue, places["BOX1"])
    assert current(token) == words["examens"]
    pathway.tell(scope=nurse(), venue=venue, mark=pathway.Mark.RESULTATS)
    assert current(token) == words["resultats"]
    announce(venue, "MED")
    assert current(token) == words["decision"]
    leave(venue)
    text = page(token)
    assert WORDS["fr"].over in text
    assert words["sortie"] in text
    assert words["hospitalisation"] not in text


def test_a_patient_who_goes_to_a_ward_is_told_so() -> None:
    venue = make_stay(department()["BOX1"])
    token = opened(venue)
    (bed,) = make_unit("3001", beds="9-")
    move(venue, bed)
    assert WORDS["fr"].stages["hospitalisation"] in page(token)


def test_nothing_that_identifies_is_on_the_page_in_any_language() -> None:
    venue = make_stay(department()["BOX1"], name=NAME)
    with in_scope(system()):
        row = Venue.objects.get(pk=venue)
        Patient.objects.filter(key=row.patient).update(
            prenom="Prunelle", date_naissance=date(1931, 2, 17), ins_matricule="2790351215189", statut="QUAL"
        )
    token = opened(venue)
    with in_scope(nurse()):
        flow.record_triage(scope=nurse(), venue=venue, level=2)
        flow.ask_orientation(scope=nurse(), venue=venue, filiere="MED", needs="oxygène")
    for code in WORDS:
        text = page(token, f"?langue={code}")
        for secret in (
            NAME, "Prunelle", "1931", "17/02", "279035", row.key, str(venue), CHU, "oxyg", "Médecine", "niveau",
            "BOX", "Dijon", "CH 210780581", "Urgences ·", token,
        ):  # fmt: skip
            assert secret not in text, (code, secret)
        assert f'lang="{code}"' in text
    assert 'dir="rtl"' in page(token, "?langue=ar")


def test_the_answer_is_stored_nowhere_and_light() -> None:
    token = opened(make_stay(department()["BOX1"]))
    answer = Client().get(f"/fil/{token}/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]
    assert not answer.cookies
    from django.contrib.staticfiles import finders

    size = len(answer.content) + len(Client().get("/fil/sw.js").content)
    for name in ("pathway/fil.css", "pathway/fil.js"):
        size += Path(str(finders.find(name))).stat().st_size
    assert size < 50_000
    text = answer.content.decode()
    assert '<noscript><meta http-equiv="refresh" content="60"></noscript>' in text
    assert "<script>" not in text
    assert 'style="' not in text


def test_only_the_hash_is_kept_and_a_new_address_kills_the_old_one() -> None:
    venue = make_stay(department()["BOX1"])
    first = opened(venue)
    second = opened(venue)
    page(first, status=404)
    page(second)
    with in_scope(system()):
        row = Thread.objects.get()
        assert second not in "".join(str(value) for value in vars(row).values())
        assert Opening.objects.count() == 1
    assert all(second not in str(vars(entry)) for entry in audit_entries())


def silenced(kind: str, venue: int) -> None:
    with in_scope(system()):
        row = Venue.objects.get(pk=venue)
        if kind == "death":
            Patient.objects.filter(key=row.patient).update(deces=True)
        elif kind == "death told by the stay":
            Venue.objects.filter(pk=venue).update(attributes={"deces": [True, "2026"]})
        elif kind == "secret told by the stay":
            Venue.objects.filter(pk=venue).update(attributes={"sejour_secret": [True, "2026"]})
        elif kind == "cancelled":
            Venue.objects.filter(pk=venue).update(cancelled=True)
    if kind == "psychiatry":
        (bed,) = make_unit("6001", filiere="PSY", beds="9-")
        move(venue, bed)
    if kind == "secret":
        pathway.keep_secret(scope=nurse(), venue=venue, secret=True)


@pytest.mark.parametrize(
    "kind", ["death", "death told by the stay", "psychiatry", "secret", "secret told by the stay", "cancelled"]
)
def test_silenced_it_answers_as_if_it_never_existed(kind: str) -> None:
    venue = make_stay(department()["BOX1"])
    token = opened(venue)
    page(token)
    silenced(kind, venue)
    unknown = Client().get("/fil/" + "x" * 43 + "/")
    answer = Client().get(f"/fil/{token}/")
    assert (answer.status_code, answer.content) == (unknown.status_code, unknown.content) == (404, unknown.content)
    assert dict(answer.headers) == dict(unknown.headers)


def test_no_page_is_opened_for_those_it_would_silence() -> None:
    venue = make_stay(department()["BOX1"])
    silenced("death", venue)
    with pytest.raises(Conflict, match="reste fermé"):
        opened(venue)


def test_it_is_opt_in_and_kept_by_the_department() -> None:
    venue = make_stay(department()["BOX1"])
    with pytest.raises(Invalid, match="accord"):
        pathway.open_thread(scope=nurse(), venue=venue, agreed=False)
    with pytest.raises(Invalid, match="langue"):
        pathway.open_thread(scope=nurse(), venue=venue, agreed=True, language="tlh")
    with pytest.raises(NotFound):
        pathway.open_thread(scope=nurse(LANGRES), venue=venue, agreed=True)
    with pytest.raises(Denied):
        pathway.open_thread(scope=of(Role.PHARMACIEN, CHU), venue=venue, agreed=True)
    token = opened(venue)
    pathway.close_thread(scope=nurse(), venue=venue)
    page(token, status=404)
    with pytest.raises(NotFound):
        pathway.tell(scope=nurse(), venue=venue, mark=pathway.Mark.EXAMENS)
    gone = make_stay(flow.BedKey(CHU, "0500", "BOX", "2"))
    leave(gone)
    with pytest.raises(Conflict, match="plus aux urgences"):
        opened(gone)


def test_it_is_erased_after_the_stay_and_still_counted() -> None:
    venue = make_stay(department()["BOX1"])
    token = opened(venue)
    leave(venue)
    assert pathway.erase_due() == 0
    with in_scope(system()):
        assert Thread.objects.get().expires_at <= clock.now() + timedelta(hours=2, minutes=1)
        Segment.objects.filter(venue_id=venue).update(end_at=clock.now() - timedelta(hours=3))
    assert pathway.erase_due() == 1
    page(token, status=404)
    with in_scope(system()):
        assert Opening.objects.count() == 1
    now = clock.now()
    director = of(Role.DIRECTION, CHU)
    found = pathway.pathway_share(scope=director, establishments=[CHU], at=now, known_at=now)
    assert (found.measure("part").value, found.measure("passages").value) == (100, 1)  # type: ignore[union-attr]
    with pytest.raises(Denied):
        pathway.pathway_share(scope=nurse(), establishments=[CHU], at=now, known_at=now)  # type: ignore[arg-type]


def test_too_many_requests_are_told_so_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_page, "BY_TOKEN", Buckets(2, 0))
    token = opened(make_stay(department()["BOX1"]))
    page(token)
    page(token)
    answer = Client().get(f"/fil/{token}/")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert WORDS["fr"].busy in answer.content.decode()
    page("autre", status=404)


def test_the_team_opens_it_from_the_sheet_and_hands_the_code_over() -> None:
    venue = make_stay(department()["BOX1"], name=NAME)
    client = Client()
    client.force_login(make_user(Role.IDE_URGENCES, CHU))
    assert f"/urgences/patients/{venue}/fil/" in client.get(f"/urgences/patients/{venue}/").content.decode()
    base = f"/urgences/patients/{venue}/fil/"
    assert (
        client.get(base).headers["Referrer-Policy"] == "same-origin"
    )  # without an origin, a browser's form is refused
    assert client.post(f"{base}ouvrir", {"langue": "ar"}).status_code == 422
    answer = client.post(f"{base}ouvrir", {"langue": "ar", "accord": "1"})
    text = answer.content.decode()
    assert "<svg" in text
    token = re.search(r"/fil/([\w-]{43})/", text)
    assert token
    assert NAME not in text
    assert 'dir="rtl"' in text
    page(token[1])
    assert token[1] not in client.get(base).content.decode(), "the address is told once"
    assert client.post(f"{base}agir", {"action": "dire", "marque": "examens"}).status_code == 302
    assert "déjà dit" in client.post(f"{base}agir", {"action": "dire", "marque": "examens"}).content.decode()
    assert client.post(f"{base}agir", {"action": "taire"}).status_code == 302
    page(token[1], status=404)
    assert client.post(f"{base}agir", {"action": "reprendre"}).status_code == 302
    page(token[1])
    other = Client()
    other.force_login(make_user(Role.IDE_URGENCES, LANGRES))
    assert other.get(base).status_code == 404
    assert other.post(f"{base}ouvrir", {"accord": "1"}).status_code == 404


@override_settings(EMAIL_HOST="smtp.test", PUBLIC_URL="https://fil.example.fr")
def test_the_address_goes_by_mail_and_the_mail_address_is_not_kept() -> None:
    venue = make_stay(department()["BOX1"])
    client = Client()
    client.force_login(make_user(Role.IDE_URGENCES, CHU))
    given = {"langue": "en", "accord": "1", "courriel": "jane@example.org"}
    assert "courriel" in client.post(f"/urgences/patients/{venue}/fil/ouvrir", given).content.decode()
    (sent,) = mail.outbox
    assert sent.to == ["jane@example.org"]
    assert "https://fil.example.fr/fil/" in sent.body
    assert "jane" not in str([vars(entry) for entry in audit_entries()])
    with pytest.raises(Invalid):
        pathway.send_address(scope=nurse(), venue=venue, address="x", language="fr", mail="pas une adresse")
    with pytest.raises(Upstream, match="SMS"):
        pathway.send_address(scope=nurse(), venue=venue, address="x", language="fr", phone="06 12 34 56 78")
    with pytest.raises(Invalid, match="chiffres"):
        pathway.send_address(scope=nurse(), venue=venue, address="x", language="fr", phone="12")
