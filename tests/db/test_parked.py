"""Messages that wait for somebody: replayed, corrected, abandoned; a rebuild honours what was decided."""

from __future__ import annotations

import pytest
from django.db import transaction

from archipel.connectors.hl7v2_pam import parked
from archipel.connectors.hl7v2_pam.apply import Applier
from archipel.connectors.hl7v2_pam.codec import Profile, read_header
from archipel.connectors.hl7v2_pam.digest import establishments, state_digest
from archipel.connectors.hl7v2_pam.rebuild import rebuild
from archipel.domains.flow.models import Venue
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.bulk import raw_cursor
from archipel.foundation.journal import queries, services
from archipel.foundation.journal.models import Decision, Message, Outcome, Pending, Sender
from archipel.foundation.journal.queries import MessageFilters
from archipel.foundation.journal.store import Incoming, content_digest, store_in
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from tests.factories.accounts import audit_entries, make_establishment, make_user
from tests.factories.pam import Move, Source, message

CHU, CHB = "210780581", "520780032"


def receive(*contents: bytes, establishment: str = CHU) -> list[int]:
    """Store messages as the listener does, and apply them."""
    make_establishment(establishment)
    with transaction.atomic(), in_scope(system_scope("tests", [establishment])):
        batch = []
        for raw in contents:
            header = read_header(raw)
            sender, _ = Sender.objects.get_or_create(
                application=header.application,
                facility=header.facility,
                defaults={"establishment": establishment, "name": header.application},
            )
            batch.append(
                Incoming(
                    sender.pk, establishment, header.control_id, header.event, raw, content_digest(raw), "mllp:tests"
                )
            )
        stored = store_in(raw_cursor(), batch)
    work()
    return [one.message_id for one in stored]


def work() -> None:
    """What the worker does."""
    applier = Applier()
    while applier.apply_pending():
        pass


def bad(control: str = "1", facility: str = CHU, venue: str = "V1") -> bytes:
    """An admission whose date is impossible."""
    good = message(Move("A01", control, venue=venue, movement=control, source=Source(facility=facility)))
    return good.replace(b"|20260105060000||INSERT", b"|20269905060000||INSERT")


def repaired(text: str) -> str:
    return text.replace("20269905060000", "20260105060000")


def dim(establishment: str = CHU) -> Scope:
    return scope_of(make_user("dim", establishment))


def outcome(number: int, establishment: str = CHU) -> Outcome:
    with in_scope(system_scope("tests", [establishment])):
        return Outcome.objects.get(message_id=number)


def venues(establishment: str = CHU) -> int:
    with in_scope(system_scope("tests", [establishment])):
        return Venue.objects.count()


def text(scope: Scope, number: int) -> str:
    return parked.text_of(queries.message(scope=scope, number=number).raw, Profile())


@pytest.mark.django_db
def test_parked_messages_are_gathered_by_reason() -> None:
    numbers = receive(bad("1"), bad("2"), message(Move("A01", "3")))
    scope = dim()
    (group,) = queries.parked_groups(scope=scope)
    assert (group.count, group.segment, group.field) == (2, "ZBE", "2") and "ZBE-2" in group.reason
    assert queries.parked_count(scope=scope) == 2
    page = queries.messages(scope=scope, filters=MessageFilters(outcome="parked", reason=group.reason))
    assert [row.id for row in page.rows] == numbers[1::-1]


@pytest.mark.django_db
def test_a_corrected_message_is_applied_and_the_original_stays() -> None:
    (number,) = receive(bad())
    scope = dim()
    before = queries.message(scope=scope, number=number).raw
    copy = parked.correct(scope=scope, number=number, text=repaired(text(scope, number)), reason="mois 99")
    work()
    assert outcome(copy).outcome == "applied" and venues() == 1
    first = outcome(number)
    assert (first.outcome, first.reason) == ("ignored", f"Corrigé par le message n° {copy}.")
    with in_scope(system_scope("tests", [CHU])):
        new = Message.objects.get(pk=copy)
        assert (new.corrects, new.source) == (number, f"correction:{scope.actor}")
        assert bytes(Message.objects.get(pk=number).raw) == before
        assert Decision.objects.get().kind == "corrige"
    assert [e.action for e in audit_entries(actor=scope.actor)] == ["message.corriger"]
    with pytest.raises(Conflict):
        parked.correct(scope=scope, number=number, text=repaired(text(scope, number)) + "\nZZZ|1")
    with pytest.raises(Conflict):
        services.replay(scope=scope, numbers=[number])


@pytest.mark.django_db
def test_what_a_correction_may_not_be() -> None:
    raw = bad().replace(b"UNICODE UTF-8", b"8859/1").replace(b"ESSAI^ALIX^ALIX", "ESSAÏ^ALIX^ALIX".encode("latin-1"))
    (number,) = receive(raw)
    scope = dim()
    found = text(scope, number)
    assert "ESSAÏ" in found
    for wrong in (found, "", "PID|1", repaired(found).replace("ESSAÏ", "ESSA語")):
        with pytest.raises(Invalid):
            parked.correct(scope=scope, number=number, text=wrong)
    assert outcome(number).outcome == "parked"
    copy = parked.correct(scope=scope, number=number, text=repaired(found).replace("\n", "\r\n"))
    assert "ESSAÏ".encode("latin-1") in queries.message(scope=scope, number=copy).raw


@pytest.mark.django_db
def test_a_correction_that_is_already_in_the_journal_is_refused_whole() -> None:
    (number,) = receive(bad())
    scope = dim()
    good = repaired(text(scope, number))
    receive(good.replace("\n", "\r").encode())
    with pytest.raises(Conflict, match="déjà dans le journal"), transaction.atomic():
        parked.correct(scope=scope, number=number, text=good)
    assert outcome(number).outcome == "parked"


@pytest.mark.django_db
def test_abandon_then_replay_after_the_profile_changed() -> None:
    strict = message(Move("A01", "9", movement="9")).replace(b"|20260105060000||INSERT", b"|20260105060000|X|INSERT")
    (number,) = receive(message(Move("A01", "8", venue="V8", movement="8")))
    scope = dim()
    sender = Sender.objects.get()
    profile = {"strict": True}
    services.update_sender(scope=scope, number=sender.pk, name="GAM", silence_minutes=5, profile=profile)
    (number,) = receive(strict)
    assert outcome(number).outcome == "parked"
    with pytest.raises(Invalid):
        services.abandon(scope=scope, number=number, reason=" ")
    services.abandon(scope=scope, number=number, reason="message d'essai")
    assert outcome(number).reason == f"Abandonné par {scope.actor} : message d'essai"
    with pytest.raises(Conflict):
        services.abandon(scope=scope, number=number, reason="encore")
    services.update_sender(scope=scope, number=sender.pk, name="GAM", silence_minutes=5, profile={})
    assert services.replay(scope=scope, numbers=[number]) == 1
    with pytest.raises(Conflict):
        services.replay(scope=scope, numbers=[number])
    work()
    assert outcome(number).outcome == "applied" and not Pending.objects.exists()


@pytest.mark.django_db
def test_a_group_is_replayed_at_once() -> None:
    numbers = receive(*[bad(str(n)) for n in range(1, 8)])
    scope = dim()
    (group,) = queries.parked_groups(scope=scope)
    with pytest.raises(Invalid):
        services.replay_group(scope=scope, filters=MessageFilters())
    assert services.replay_group(scope=scope, filters=MessageFilters(reason=group.reason)) == 7
    assert Pending.objects.filter(again=True).count() == 7 and queries.parked_groups(scope=scope) == []
    work()
    assert {outcome(number).outcome for number in numbers} == {"parked"}
    assert len(audit_entries(action="message.rejouer")) == 7


@pytest.mark.django_db
def test_only_the_keepers_of_the_establishment_decide() -> None:
    (number,) = receive(bad())
    good = repaired(text(dim(), number))
    acts = (
        lambda scope: services.replay(scope=scope, numbers=[number]),
        lambda scope: services.abandon(scope=scope, number=number, reason="pour voir"),
        lambda scope: parked.correct(scope=scope, number=number, text=good),
        lambda scope: services.open_message(scope=scope, number=number),
    )
    roles = ("gestionnaire_lits", "ide_urgences", "pharmacien", "direction")
    for scope in [scope_of(make_user(role)) for role in roles]:
        for act in acts:
            with pytest.raises(Denied):
                act(scope)
    for scope in (dim(CHB), scope_of(make_user("administrateur", CHB))):
        assert queries.messages(scope=scope, filters=MessageFilters()).rows == ()
        assert queries.parked_groups(scope=scope) == []
        for act in acts:
            with pytest.raises(NotFound):
                act(scope)
    assert outcome(number).outcome == "parked"
    with in_scope(system_scope("tests", [CHU])):
        assert Decision.objects.count() == 0 and Message.objects.count() == 1 and not Pending.objects.exists()
    services.replay(scope=scope_of(make_user("administrateur", "*")), numbers=[number])


def test_a_rebuild_honours_what_was_decided(fresh_database: str) -> None:
    first, second, third = receive(bad("1", venue="V1"), bad("2", venue="V2"), bad("3", venue="V3"))
    scope = dim()
    parked.correct(scope=scope, number=first, text=repaired(text(scope, first)))
    services.abandon(scope=scope, number=second, reason="essai du fournisseur")
    work()
    before = {number: (outcome(number).outcome, outcome(number).reason) for number in (first, second, third)}
    assert [pair[0] for pair in before.values()] == ["ignored", "ignored", "parked"]
    with transaction.atomic():
        live = state_digest(establishments())
    done = rebuild()
    assert done.same and done.after == live and done.messages == 4
    assert {number: (outcome(number).outcome, outcome(number).reason) for number in before} == before
    assert venues() == 1


def test_a_rebuild_under_way_makes_decisions_wait(fresh_database: str) -> None:
    import psycopg

    (number,) = receive(bad())
    scope = dim()
    with psycopg.connect(fresh_database, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(7205003, 1)")
        with pytest.raises(Conflict, match="reconstruction"):
            services.abandon(scope=scope, number=number, reason="pendant ce temps")
    services.abandon(scope=scope, number=number, reason="après")
