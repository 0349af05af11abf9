"""Senders: how they are, their profile, the establishment they belong to, the alarm of their silence; the screens."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from archipel.connectors.hl7v2_pam import parked, sender_profile, silence
from archipel.connectors.hl7v2_pam.codec import Profile
from archipel.connectors.hl7v2_pam.parked import view
from archipel.connectors.hl7v2_pam.rebuild import rebuild
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.journal import senders, services
from archipel.foundation.journal.models import Decision, Message, Pending, Sender
from archipel.foundation.outbox.models import Event
from archipel.foundation.scope import in_scope, system_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from tests.db.test_parked import CHB, CHU, bad, dim, outcome, receive, repaired, text, venues, work
from tests.factories.accounts import audit_entries, make_establishment, make_user
from tests.factories.pam import Move, Source, message


def signed_in(role: str = "dim", establishment: str = CHU, **fields: object) -> Client:
    client = Client()
    client.force_login(make_user(role, establishment, **fields))
    return client


FORM = {
    "nom": "GAM du CHU", "silence": "30", "charset": "UNICODE UTF-8", "strict": "oui", "timezone": "Europe/Paris",
    "authority": "", "authorities": "1.2.3 ; CHU", "uf_map": "A1 ; 3001\nA2 ; 3002",
}  # fmt: skip


@pytest.mark.django_db
def test_how_a_sender_is() -> None:
    good = message(Move("A01", "1"))
    receive(good, bad("2"))
    receive(good)
    (row,) = senders.senders(scope=dim())
    assert (row.last_hour, row.parked, row.duplicates, row.silent, row.provisional) == (2, 1, 1, False, True)
    assert senders.senders(scope=dim(CHB)) == [] and senders.silent_senders(scope=dim()) == []
    for role in ("gestionnaire_lits", "direction", "pharmacien"):
        with pytest.raises(Denied):
            senders.senders(scope=scope_of(make_user(role)))
    with pytest.raises(NotFound):
        senders.sender(scope=dim(CHB), number=row.id)


@pytest.mark.django_db
def test_a_silence_is_announced_once_and_so_is_its_end() -> None:
    receive(message(Move("A01", "1")))
    assert silence.announce_silences() == 0
    later = clock.now() + timedelta(minutes=61)
    with patch.object(clock, "now", return_value=later):
        assert silence.announce_silences() == 1 and silence.announce_silences() == 0
        (found,) = senders.silent_senders(scope=dim())
        page = signed_in().get("/messages/emetteurs/").content.decode()
        assert "Silencieux" in page and "Émetteur silencieux" in page
        assert "Émetteur silencieux" not in signed_in(establishment=CHB).get("/messages/emetteurs/").content.decode()
        assert found[1] == "GAM"
    assert silence.announce_silences() == 1
    events = list(Event.objects.filter(topic="sender.silence").order_by("id"))
    assert [event.payload["silent"] for event in events] == [True, False]
    assert {event.establishment for event in events} == {CHU}
    Sender.objects.update(silence_minutes=0)
    with patch.object(clock, "now", return_value=later):
        assert silence.announce_silences() == 0


@pytest.mark.django_db
def test_the_profile_is_edited_checked_and_traced() -> None:
    receive(message(Move("A01", "1")))
    number, client = Sender.objects.get().pk, signed_in()
    assert "GAM" in client.get(f"/messages/emetteurs/{number}/").content.decode()
    wrong = {**FORM, "timezone": "Mars/Olympus", "silence": "-1", "uf_map": "A1", "nom": ""}
    page = client.post(f"/messages/emetteurs/{number}/", wrong)
    assert page.status_code == 422 and {"nom", "silence", "timezone", "uf_map"} <= page.context["errors"].keys()
    assert "Mars/Olympus" in page.content.decode(), "nothing typed is lost"
    assert Sender.objects.get().profile == {}
    assert client.post(f"/messages/emetteurs/{number}/", FORM).status_code == 302
    row = Sender.objects.get()
    assert (row.name, row.silence_minutes, row.provisional) == ("GAM du CHU", 30, False)
    assert row.profile["uf_map"] == {"A1": "3001", "A2": "3002"} and row.profile["strict"] is True
    assert len(audit_entries(action="emetteur.regler")) == 1
    exported = client.get(f"/messages/emetteurs/{number}/uf?format=csv").content
    again = SimpleUploadedFile("uf.csv", exported.replace(b"3002", b"3009"))
    assert client.post(f"/messages/emetteurs/{number}/uf/import/", {"fichier": again}).status_code == 302
    assert Sender.objects.get().profile["uf_map"] == {"A1": "3001", "A2": "3009"}
    broken = SimpleUploadedFile("uf.csv", b"recu;structure\r\nA1;1;2\r\n")
    page = client.post(f"/messages/emetteurs/{number}/uf/import/", {"fichier": broken})
    assert page.status_code == 422 and "Ligne 2" in page.content.decode()
    for other in (signed_in(establishment=CHB), signed_in("administrateur", CHB)):
        assert other.get(f"/messages/emetteurs/{number}/").status_code == 404
        assert other.post(f"/messages/emetteurs/{number}/", {**FORM, "nom": "X"}).status_code == 404
    assert signed_in("gestionnaire_lits").post(f"/messages/emetteurs/{number}/", FORM).status_code == 403
    assert Sender.objects.get().name == "GAM du CHU"


def test_attaching_a_provisional_sender_then_rebuilding(fresh_database: str) -> None:
    place = "~CHX"
    numbers = receive(message(Move("A01", "1", source=Source(facility="CHX"))), establishment=place)
    numbers += receive(bad("2", facility="CHX"), establishment=place)
    make_establishment(CHU)
    number = Sender.objects.get().pk
    with pytest.raises(NotFound):
        services.attach_sender(scope=dim(), number=number, establishment=CHU, reason="c'est lui")
    keeper = scope_of(make_user("administrateur", "*"))
    for target, error in ((place, Invalid), ("999999999", NotFound)):
        with pytest.raises(error):
            services.attach_sender(scope=keeper, number=number, establishment=target, reason="c'est lui")
    with pytest.raises(Invalid):
        services.attach_sender(scope=keeper, number=number, establishment=CHU, reason="")
    services.attach_sender(scope=keeper, number=number, establishment=CHU, reason="c'est lui")
    with pytest.raises(Conflict):
        services.attach_sender(scope=keeper, number=number, establishment=CHU, reason="c'est lui")
    assert {e.establishment for e in audit_entries(action="emetteur.rattacher")} == {place, CHU}
    assert venues(place) == 1 and venues(CHU) == 0
    rebuild()
    assert venues(place) == 0 and venues(CHU) == 1
    own = dim()
    assert [services.open_message(scope=own, number=n).row.establishment for n in numbers] == [place, place]
    copy = parked.correct(scope=own, number=numbers[1], text=repaired(text(own, numbers[1])))
    work()
    assert outcome(copy).outcome == "applied" and outcome(numbers[1], place).outcome == "ignored"


@pytest.mark.django_db
def test_every_screen_of_messages_is_closed_to_those_who_do_not_keep_them() -> None:
    (number,) = receive(bad())
    row = Sender.objects.get().pk
    lists = ("/messages/", "/messages/attente/", "/messages/emetteurs/", "/messages/export", "/messages/attente/export")
    mine = (f"/messages/{number}/", f"/messages/{number}/brut", f"/messages/emetteurs/{row}/")
    acts = [{"acte": "rejouer"}, {"acte": "abandonner", "motif": "voilà"}, {"acte": "corriger", "texte": "MSH|"}]
    for role in ("gestionnaire_lits", "ide_urgences", "pharmacien", "direction"):
        client = signed_in(role)
        assert {client.get(url).status_code for url in (*lists, *mine)} == {403}
        assert {client.post(mine[0], act).status_code for act in acts} == {403}
    for stranger in (signed_in(establishment=CHB), signed_in("administrateur", CHB)):
        assert {stranger.get(url).status_code for url in lists} == {200}
        assert all("ZBE-2" not in stranger.get(url).content.decode() for url in lists)
        assert {stranger.get(url).status_code for url in mine} == {404}
        assert {stranger.post(mine[0], act).status_code for act in acts} == {404}
        assert stranger.post("/messages/attente/rejouer/", {"motif": outcome(number).reason}).status_code == 302
    assert {Client().get(url).status_code for url in (*lists, *mine)} == {302}
    with in_scope(system_scope("tests", [CHU])):
        assert Message.objects.count() == 1 and not Decision.objects.exists() and not Pending.objects.exists()
    assert outcome(number).outcome == "parked" and audit_entries(action="message.lire") == []


@pytest.mark.django_db
def test_the_message_is_shown_with_what_is_wrong_and_acted_upon() -> None:
    (number,) = receive(bad())
    client = signed_in()
    page = client.get("/messages/attente/")
    assert page.context["total"] == 1 and "ZBE-2" in page.content.decode()
    shown = client.get(f"/messages/{number}/")
    html = shown.content.decode()
    faulty = [f.number for s in shown.context["view"].segments for f in s.fields if f.faulty]
    assert faulty == [2] and "date du mouvement" in html and "ESSAI" in html and " style=" not in html
    assert [e.action for e in audit_entries(object_type="message")] == ["message.lire"]
    assert client.get(f"/messages/{number}/brut").content == bad()
    typed = repaired(shown.context["text"]).replace("MSH|", "XXX|")
    refused = client.post(f"/messages/{number}/", {"acte": "corriger", "texte": typed})
    assert refused.status_code == 422 and "XXX|" in refused.content.decode()
    answer = client.post(f"/messages/{number}/", {"acte": "corriger", "texte": repaired(shown.context["text"])})
    assert answer.status_code == 302 and client.get(answer["Location"]).status_code == 200
    found = client.get("/messages/", {"controle": "1", "issue": "ignored"})
    assert [row.id for row, _ in found.context["rows"]] == [number]
    assert client.get("/messages/", {"du": "hier"}).status_code == 422
    hidden = signed_in(names_hidden=True)
    assert "ESSAI" not in hidden.get(f"/messages/{number}/").content.decode()
    assert hidden.get(f"/messages/{number}/brut").status_code == 403
    for form, kind in (("csv", "text/csv"), ("xlsx", "spreadsheet")):
        assert kind in client.get("/messages/export", {"format": form})["Content-Type"]


@pytest.mark.django_db
def test_lists_cost_the_same_whatever_their_length() -> None:
    receive(bad("1"))
    client = signed_in()

    def count(url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return len(captured)

    urls = ("/messages/", "/messages/attente/", "/messages/attente/?controle=1", "/messages/emetteurs/")
    few = [count(url) for url in urls]
    receive(*[bad(str(n)) for n in range(2, 40)])
    receive(*[bad(str(n), facility=f"F{n % 7}") for n in range(50, 70)])
    assert [count(url) for url in urls] == few and max(few) <= 45


@given(st.dictionaries(st.text("ABC123", min_size=1, max_size=8), st.text("ABC123", min_size=1, max_size=8)))
def test_a_correspondence_is_read_as_it_is_written(pairs: dict[str, str]) -> None:
    assert sender_profile.read_pairs(sender_profile.pairs_text(pairs)) == pairs


@given(st.text(max_size=200))
def test_whatever_is_typed_is_read_or_refused_in_french(typed: str) -> None:
    try:
        pairs = sender_profile.read_pairs(typed)
    except Invalid as refusal:
        assert refusal.message
    else:
        assert all(left and right for left, right in pairs.items())


@given(st.binary(max_size=300), st.sampled_from(["", "PID", "ZBE"]), st.sampled_from(["", "2", "3.4", "x"]))
def test_any_bytes_can_be_shown(raw: bytes, segment: str, field: str) -> None:
    shown = view(raw, Profile(), segment=segment, field=field)
    assert shown.charset and all(one.text for one in shown.segments)
