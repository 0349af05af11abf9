"""What people do with beds: allowed or refused, written once, traced, told, undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import BedFact, BedStatus, Due
from archipel.foundation.audit.models import Entry
from archipel.foundation.outbox.models import Event
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError, Conflict, Denied, Invalid, NotFound
from tests.factories.beds import CHU, LANGRES, leave, make_stay, make_unit, move, system

pytestmark = pytest.mark.django_db
BedKey = flow.BedKey


def manager(*establishments: str) -> Scope:
    places = establishments or (CHU,)
    held = frozenset({Capability.VOIR_CAPACITE, Capability.VOIR_PATIENTS, Capability.GERER_LITS})
    return Scope(actor="cadre", establishments=frozenset(places), grants=dict.fromkeys(places, held))


def reader() -> Scope:
    held = frozenset(Capability) - {Capability.GERER_LITS}
    return Scope(actor="lecteur", establishments=frozenset({CHU}), grants={CHU: held})


def state(bed: BedKey) -> str:
    board = flow.unit_board(scope=manager(bed.establishment), establishment=bed.establishment, uf=bed.uf)
    return next(b for b in board.beds if (b.chambre, b.lit) == (bed.chambre, bed.lit)).state.state.value


def facts() -> int:
    with in_scope(system()):
        return BedFact.objects.count()


ACTS: dict[str, Callable[[Scope, BedKey], object]] = {
    "close_bed": lambda s, b: flow.close_bed(scope=s, bed=b, reason="travaux"),
    "reopen_bed": lambda s, b: flow.reopen_bed(scope=s, bed=b),
    "reserve_bed": lambda s, b: flow.reserve_bed(scope=s, bed=b, text="entrée programmée"),
    "cancel_reservation": lambda s, b: flow.cancel_reservation(scope=s, bed=b),
    "mark_cleaned": lambda s, b: flow.mark_cleaned(scope=s, bed=b),
    "mark_to_clean": lambda s, b: flow.mark_to_clean(scope=s, bed=b),
    "set_staffed": lambda s, b: flow.set_staffed(scope=s, bed=b, staffed=False, reason="absence"),
    "set_isolation": lambda s, b: flow.set_isolation(scope=s, bed=b, isolation="contact"),
    "set_room_sex": lambda s, b: flow.set_room_sex(scope=s, bed=b, sexe="F"),
    "plan_move": lambda s, b: flow.plan_move(scope=s, bed=b, venue=1),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", ["reader", "elsewhere"])
def test_denied_then_nothing_happened(act: str, who: str) -> None:
    bed = make_unit()[0]
    scope = reader() if who == "reader" else manager(LANGRES)
    with pytest.raises((Denied, NotFound) if act == "plan_move" else Denied):
        ACTS[act](scope, bed)
    assert facts() == 0
    with in_scope(system()):
        assert (BedStatus.objects.count(), Entry.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_undo_is_denied_too() -> None:
    bed = make_unit()[0]
    act = flow.close_bed(scope=manager(), bed=bed, reason="travaux")
    with pytest.raises(Denied):
        flow.undo(scope=reader(), facts=act.facts)
    with pytest.raises(NotFound):
        flow.undo(scope=manager(LANGRES), facts=act.facts)
    assert facts() == 1


def test_close_leaves_fact_projection_trace_and_event() -> None:
    bed = make_unit()[0]
    until = clock.now() + timedelta(hours=3)
    act = flow.close_bed(scope=manager(), bed=bed, reason=" fuite  d'eau ", kind="02", until=until)
    assert act.message == "Lit 101-P fermé."
    with in_scope(system()):
        row = BedStatus.objects.get(chambre="101", lit="P")
        assert (row.closed, row.closure_kind, row.closed_until) == (True, "02", until)
        entry = Entry.objects.get()
        assert (entry.action, entry.object_key, entry.reason) == ("lits.fermer", "3001/101/P", "fuite d'eau")
        event = Event.objects.get()
        assert event.payload == {"uf": [f"{CHU}:3001"], "sites": ["210987558"]}
    assert state(bed) == "ferme"


def test_a_closure_with_an_end_ends() -> None:
    bed = make_unit()[0]
    now = clock.now()
    flow.close_bed(scope=manager(), bed=bed, reason="travaux", until=now + timedelta(hours=1))
    later = now + timedelta(hours=1, seconds=1)
    board = flow.unit_board(scope=manager(), establishment=CHU, uf="3001", at=later)
    assert board.beds[0].state.state == "libre"
    assert flow.capacity(scope=manager(), at=later).total.available == 3
    assert flow.capacity(scope=manager()).total.available == 2


def test_the_end_of_a_closure_is_announced() -> None:
    bed = make_unit()[0]
    until = clock.now() + timedelta(hours=1)
    flow.close_bed(scope=manager(), bed=bed, reason="travaux", until=until)
    with in_scope(system()):
        assert list(Due.objects.values_list("at", "uf")) == [(until, "3001")]
        Due.objects.update(at=clock.now())
        Event.objects.all().delete()
        assert flow.announce_due() == 1
        assert Event.objects.get().payload["uf"] == [f"{CHU}:3001"]


REFUSALS: dict[str, tuple[Callable[[BedKey], object], type[ArchipelError], str]] = {
    "no reason": (lambda b: flow.close_bed(scope=manager(), bed=b, reason="  "), Invalid, "motif"),
    "past end": (
        lambda b: flow.close_bed(scope=manager(), bed=b, reason="x", until=clock.now() - timedelta(hours=1)),
        Invalid,
        "passée",
    ),
    "unknown kind": (lambda b: flow.close_bed(scope=manager(), bed=b, reason="x", kind="9"), Invalid, "Type"),
    "not closed": (lambda b: flow.reopen_bed(scope=manager(), bed=b), Conflict, "n'est pas fermé"),
    "not reserved": (lambda b: flow.cancel_reservation(scope=manager(), bed=b), Conflict, "n'est pas réservé"),
    "clean": (lambda b: flow.mark_cleaned(scope=manager(), bed=b), Conflict, "n'est pas à nettoyer"),
    "staffed": (lambda b: flow.set_staffed(scope=manager(), bed=b, staffed=True), Conflict, "déjà armé"),
    "isolation": (lambda b: flow.set_isolation(scope=manager(), bed=b, isolation="rouge"), Invalid, "inconnu"),
    "sex": (lambda b: flow.set_room_sex(scope=manager(), bed=b, sexe="X"), Invalid, "inconnu"),
    "nobody": (lambda b: flow.reserve_bed(scope=manager(), bed=b), Invalid, "pour qui"),
    "no bed": (
        lambda b: flow.close_bed(scope=manager(), bed=BedKey(CHU, "3001", "9", "Z"), reason="x"),
        NotFound,
        "n'existe pas",
    ),
    "no venue": (lambda b: flow.reserve_bed(scope=manager(), bed=b, venue=12), NotFound, "venue"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_say_why_and_write_nothing(case: str) -> None:
    act, kind, words = REFUSALS[case]
    bed = make_unit()[0]
    with pytest.raises(kind, match=words):
        act(bed)
    assert facts() == 0


def test_an_occupied_bed_is_closed_only_by_force_and_never_reserved() -> None:
    bed, other, _ = make_unit()
    make_stay(bed)
    with pytest.raises(Conflict, match="occupé"):
        flow.close_bed(scope=manager(), bed=bed, reason="travaux")
    with pytest.raises(Conflict, match="occupé"):
        flow.reserve_bed(scope=manager(), bed=bed, text="M. X")
    flow.close_bed(scope=manager(), bed=bed, reason="travaux", force=True)
    assert state(bed) == "occupe"
    flow.close_bed(scope=manager(), bed=other, reason="travaux")
    with pytest.raises(Conflict, match="fermé"):
        flow.reserve_bed(scope=manager(), bed=other, text="M. X")
    with pytest.raises(Conflict, match="déjà fermé"):
        flow.close_bed(scope=manager(), bed=other, reason="encore")


def test_a_vacated_bed_waits_for_cleaning_when_the_unit_tracks_it() -> None:
    bed, _, _ = make_unit()
    untracked = make_unit("3002", tracks_cleaning=False)[0]
    for place in (bed, untracked):
        leave(make_stay(place))
    assert (state(bed), state(untracked)) == ("a_nettoyer", "libre")
    flow.mark_cleaned(scope=manager(), bed=bed)
    assert state(bed) == "libre"
    flow.mark_to_clean(scope=manager(), bed=untracked)
    assert state(untracked) == "a_nettoyer"
    flow.mark_cleaned(scope=manager(), bed=untracked)
    assert state(untracked) == "libre"


def test_a_planned_exit_frees_nothing_and_a_future_one_neither() -> None:
    bed = make_unit()[0]
    make_stay(bed, until=-2)
    assert state(bed) == "occupe"


def test_move_is_asked_for_then_confirmed_by_the_feed() -> None:
    origin, _, target = make_unit()
    venue = make_stay(origin, name="DURAND")
    flow.plan_move(scope=manager(), bed=target, venue=venue)
    board = flow.unit_board(scope=manager(), establishment=CHU, uf="3001")
    beds = {bed.label: bed for bed in board.beds}
    assert beds["102-1"].state.state == "reserve"
    booking = beds["102-1"].booking
    assert booking is not None
    assert (booking.move, booking.subject, booking.origin) == (True, "DURAND Alix", "101-P")
    assert beds["101-P"].stays[0].moving_to == "102-1"
    move(venue, target)
    assert (state(origin), state(target)) == ("a_nettoyer", "occupe")
    leave(venue)
    assert state(target) == "a_nettoyer", "the reservation does not come back once honoured"
    flow.mark_cleaned(scope=manager(), bed=target)
    assert state(target) == "libre"
    assert flow.capacity(scope=manager()).total.reserved == 0


def test_a_second_move_replaces_the_first_and_undo_brings_it_back() -> None:
    origin, first, second = make_unit()
    venue = make_stay(origin)
    flow.plan_move(scope=manager(), bed=first, venue=venue)
    act = flow.plan_move(scope=manager(), bed=second, venue=venue)
    assert (state(first), state(second)) == ("libre", "reserve")
    flow.undo(scope=manager(), facts=act.facts)
    assert (state(first), state(second)) == ("reserve", "libre")


def test_a_move_of_somebody_gone_or_already_there_is_refused() -> None:
    origin, other, _ = make_unit()
    venue = make_stay(origin)
    with pytest.raises(Conflict, match="déjà dans le lit"):
        flow.plan_move(scope=manager(), bed=origin, venue=venue)
    leave(venue)
    with pytest.raises(Conflict, match="n'est plus présent"):
        flow.plan_move(scope=manager(), bed=other, venue=venue)
    with pytest.raises(NotFound):
        flow.plan_move(scope=manager(), bed=other, venue=99)


def test_a_reservation_ends_with_the_stay_of_its_patient() -> None:
    origin, target, _ = make_unit()
    venue = make_stay(origin)
    flow.reserve_bed(scope=manager(), bed=target, venue=venue)
    assert state(target) == "reserve"
    leave(venue)
    assert state(target) == "libre"
    flow.reserve_bed(scope=manager(), bed=target, text="Mme Y")
    assert state(target) == "reserve"


def test_sex_and_isolation_of_the_room_are_asked_to_be_forced() -> None:
    woman, other, single = make_unit()
    make_stay(woman, sexe="F")
    man = make_stay(single, sexe="M")
    with pytest.raises(Conflict, match="chambre de femmes"):
        flow.plan_move(scope=manager(), bed=other, venue=man)
    with pytest.raises(Conflict, match="autre sexe"):
        flow.set_room_sex(scope=manager(), bed=other, sexe="M")
    flow.plan_move(scope=manager(), bed=other, venue=man, force=True)
    flow.cancel_reservation(scope=manager(), bed=other)
    flow.set_isolation(scope=manager(), bed=woman, isolation="contact")
    girl = make_stay(make_unit("3009", beds="1-")[0], sexe="F")
    with pytest.raises(Conflict, match="isolement"):
        flow.reserve_bed(scope=manager(), bed=other, venue=girl)
    board = flow.unit_board(scope=manager(), establishment=CHU, uf="3001")
    assert [bed.label for bed in board.beds if bed.blocked] == ["101-F"]


def test_room_sex_is_said_for_each_bed_and_undone_at_once() -> None:
    bed = make_unit()[0]
    act = flow.set_room_sex(scope=manager(), bed=bed, sexe="M")
    assert len(act.facts) == 2
    board = flow.unit_board(scope=manager(), establishment=CHU, uf="3001")
    assert board.rooms[0].state.sexe == "M"
    flow.undo(scope=manager(), facts=act.facts)
    assert flow.unit_board(scope=manager(), establishment=CHU, uf="3001").rooms[0].state.sexe == ""


def test_undo_once_and_undo_of_an_undo() -> None:
    bed = make_unit()[0]
    act = flow.close_bed(scope=manager(), bed=bed, reason="travaux")
    undone = flow.undo(scope=manager(), facts=act.facts)
    assert state(bed) == "libre"
    with pytest.raises(Conflict, match="déjà annulée"):
        flow.undo(scope=manager(), facts=act.facts)
    flow.undo(scope=manager(), facts=undone.facts)
    assert state(bed) == "ferme"


def test_undo_never_makes_a_double_reservation() -> None:
    bed = make_unit()[0]
    flow.reserve_bed(scope=manager(), bed=bed, text="M. X")
    act = flow.cancel_reservation(scope=manager(), bed=bed)
    flow.reserve_bed(scope=manager(), bed=bed, text="Mme Y")
    before = facts()
    with pytest.raises(Conflict, match="autre patient"):
        flow.undo(scope=manager(), facts=act.facts)
    assert facts() == before
