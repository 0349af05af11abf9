"""The emergency department: steps, sources, rights, names, undo, speed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import EdFact, Movement, Venue
from archipel.domains.flow.values.ed import EdStep
from archipel.foundation.accounts.roles import CAPABILITIES, Role
from archipel.foundation.outbox.models import Event
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError, Conflict, Denied, Invalid, NotFound
from archipel.territory.models import Lit
from tests.factories.accounts import audit_entries
from tests.factories.beds import CHU, LANGRES, SITE, leave, make_stay, make_unit, move, system

pytestmark = pytest.mark.django_db
SITE_LANGRES = "520000001"


def of(role: Role, *establishments: str) -> Scope:
    """The scope that an account of this role would have."""
    held = CAPABILITIES[role]
    named = establishments if "patients.voir" in held else ()
    return Scope(actor=f"{role.value}", establishments=frozenset(named), grants=dict.fromkeys(establishments, held))


def department(**changes: object) -> dict[str, flow.BedKey]:
    """An emergency department whose places are named after their usage."""
    beds = make_unit(
        "0500", filiere="URG", beds="ACC-1 TRI-1 ATT-1 BOX-1 BOX-2 DECH-1 AVAL-1", name="Urgences", **changes
    )
    usages = {"ACC": "accueil", "TRI": "tri", "ATT": "attente", "BOX": "box", "DECH": "dechocage", "AVAL": "aval"}
    for bed in beds:
        Lit.objects.filter(establishment=bed.establishment, uf=bed.uf, chambre=bed.chambre).update(
            usage=usages[bed.chambre]
        )
    return {f"{bed.chambre}{bed.lit}": bed for bed in beds}


def announce(venue: int, wish: str, *, establishment: str = CHU, hours_ago: float = 1, at: float = -2) -> None:
    """The feed's A15: a pending transfer, announced so long ago, for a moment in so many hours."""
    now = clock.now()
    said = now - timedelta(hours=hours_ago)
    with in_scope(system(establishment)):
        Movement.objects.create(
            establishment=establishment, movement=f"a|P{venue}", venue="x", patient="x", trigger="A15",
            effective_at=now, stamp=f"{said:%Y%m%d%H%M%S%f}|m", has_place=False, cancelled=False, fact_id=0,
        )  # fmt: skip
        plan = {
            "kind": "A15", "at": (now - timedelta(hours=at)).isoformat(), "uf": "", "chambre": "", "lit": "",
            "wish": wish, "movement": f"a|P{venue}",
        }  # fmt: skip
        Venue.objects.filter(id=venue).update(plans=[plan])


def step(venue: int, site: str = SITE, scope: Scope | None = None) -> EdStep:
    with in_scope(scope or system()):
        (found,) = [p for p in flow.ed_board(scope=scope or system(), site=site).patients if p.venue_id == venue]
        return found.step


def test_every_step_comes_from_the_place_the_message_or_the_person() -> None:
    places = department()
    expected = {
        "ACC1": EdStep.ACCUEIL, "TRI1": EdStep.TRI, "ATT1": EdStep.ATTENTE, "BOX1": EdStep.SOINS,
        "DECH1": EdStep.SOINS, "AVAL1": EdStep.ATTENTE_AVAL,
    }  # fmt: skip
    venues = {name: make_stay(places[name]) for name in expected}
    gone = make_stay(places["BOX2"])
    leave(gone)
    assert {name: step(venue) for name, venue in venues.items()} == expected
    assert step(gone) is EdStep.SORTIE
    announce(venues["BOX1"], "MED")
    assert step(venues["BOX1"]) is EdStep.ATTENTE_AVAL
    nurse = of(Role.IDE_URGENCES, CHU)
    flow.record_triage(scope=nurse, venue=venues["ACC1"], level=2)
    assert step(venues["ACC1"]) is EdStep.ATTENTE
    flow.record_medical_start(scope=nurse, venue=venues["ACC1"])
    assert step(venues["ACC1"]) is EdStep.SOINS
    flow.ask_orientation(scope=nurse, venue=venues["ACC1"], filiere="CHI", isolation="contact", needs="oxygène")
    assert step(venues["ACC1"]) is EdStep.ATTENTE_AVAL
    flow.cancel_orientation(scope=nurse, venue=venues["ACC1"])
    assert step(venues["ACC1"]) is EdStep.SOINS


def test_what_people_say_and_what_the_feed_says_stand_side_by_side() -> None:
    make_unit("3001")
    venue = make_stay(department()["BOX1"])
    announce(venue, "3001", hours_ago=3)
    nurse = of(Role.IDE_URGENCES, CHU)
    flow.ask_orientation(scope=nurse, venue=venue, filiere="CHI", needs="oxygène")
    with in_scope(nurse):
        patient = flow.ed_patient(scope=nurse, venue=venue)
    entered, told = patient.orientations
    assert (entered.source, entered.filiere, entered.needs) == ("ide_urgences", "CHI", "oxygène")
    assert (told.source, told.wish, told.filiere) == ("messages", "Médecine A", "MED")
    assert told.since == pytest.approx(clock.now() - timedelta(hours=3), abs=timedelta(minutes=1))


def test_a_past_exit_leaves_the_board() -> None:
    places = department()
    old = make_stay(places["BOX1"], since=9, until=3)
    new = make_stay(places["BOX2"], since=9, until=1)
    with in_scope(system()):
        assert [p.venue_id for p in flow.ed_board(scope=system(), site=SITE).patients] == [new]
        assert flow.ed_patient(scope=system(), venue=old).step is EdStep.SORTIE


def test_moved_to_a_ward_is_gone() -> None:
    ward = make_unit("3001")
    venue = make_stay(department()["BOX1"])
    move(venue, ward[0])
    assert step(venue) is EdStep.SORTIE


def test_refusals_are_french_and_leave_nothing() -> None:
    places = department()
    ward = make_unit("3001")
    venue, inpatient = make_stay(places["ACC1"]), make_stay(ward[0])
    nurse = of(Role.IDE_URGENCES, CHU)
    flow.record_triage(scope=nurse, venue=venue, level=3)
    refused: list[tuple[type[ArchipelError], str, object]] = [
        (Invalid, "niveau-tri", lambda: flow.record_triage(scope=nurse, venue=venue, level=6)),
        (Conflict, "deja-dit", lambda: flow.record_triage(scope=nurse, venue=venue, level=3)),
        (Conflict, "pas-aux-urgences", lambda: flow.record_triage(scope=nurse, venue=inpatient, level=3)),
        (Invalid, "filiere", lambda: flow.ask_orientation(scope=nurse, venue=venue, filiere="URG")),
        (Invalid, "isolement", lambda: flow.ask_orientation(scope=nurse, venue=venue, filiere="MED", isolation="x")),
        (Invalid, "besoins", lambda: flow.ask_orientation(scope=nurse, venue=venue, filiere="MED", needs="x" * 301)),
        (Conflict, "rien-a-annuler", lambda: flow.cancel_orientation(scope=nurse, venue=venue)),
        (NotFound, "venue-inconnue", lambda: flow.record_medical_start(scope=nurse, venue=12)),
        (NotFound, "fait-inconnu", lambda: flow.undo_ed(scope=nurse, fact=12_345_678)),
    ]
    for kind, code, act in refused:
        with in_scope(nurse), pytest.raises(kind) as caught:
            act()  # type: ignore[operator]
        assert caught.value.error_code == code
    with in_scope(system()):
        assert EdFact.objects.count() == 1


def test_each_act_is_traced_told_and_undone() -> None:
    venue = make_stay(department()["ACC1"])
    nurse = of(Role.IDE_URGENCES, CHU)
    with in_scope(nurse):
        act = flow.record_triage(scope=nurse, venue=venue, level=2)
        (event,) = Event.objects.filter(topic="flow.changed")
        assert event.payload == {"uf": [f"{CHU}:0500"], "sites": [SITE]}
        flow.undo_ed(scope=nurse, fact=act.fact)
        assert flow.ed_patient(scope=nurse, venue=venue).status.triage_level == ""
        with pytest.raises(Conflict):
            flow.undo_ed(scope=nurse, fact=act.fact)
        again = flow.record_triage(scope=nurse, venue=venue, level=2)
        assert again.fact != act.fact
        assert flow.ed_patient(scope=nurse, venue=venue).triage_by == "ide_urgences"
    traced = audit_entries(object_type="venue")
    assert [entry.action for entry in traced] == ["urgences.tri", "urgences.annulation", "urgences.tri"]
    assert all("FICTIF" not in str(entry.details) for entry in traced)


@pytest.mark.parametrize("role", list(Role))
def test_only_the_emergency_team_enters_anything(role: Role) -> None:
    venue = make_stay(department()["ACC1"])
    scope = of(role, CHU)
    acts = [
        lambda: flow.record_triage(scope=scope, venue=venue, level=1),
        lambda: flow.record_medical_start(scope=scope, venue=venue),
        lambda: flow.ask_orientation(scope=scope, venue=venue, filiere="MED"),
        lambda: flow.cancel_orientation(scope=scope, venue=venue),
    ]
    for act in acts:
        with in_scope(scope):
            if role in (Role.IDE_URGENCES, Role.MEDECIN_URGENCES):
                act()
            else:
                with pytest.raises((Denied, NotFound)):
                    act()


def test_elsewhere_counts_and_never_a_name() -> None:
    venue = make_stay(department()["ACC1"], name="SECRETISSIME")
    announce(venue, "MED")
    for scope in (of(Role.IDE_URGENCES, LANGRES), of(Role.DIRECTION, CHU), of(Role.ADMINISTRATEUR, CHU)):
        with in_scope(scope):
            board = flow.ed_board(scope=scope, site=SITE)
            assert not board.names and not board.patients
            assert board.load.present == 1
            assert board.load.steps[EdStep.ATTENTE_AVAL] == 1, (
                "the counts know of the message that the scope cannot see"
            )
            assert board.load.places == 3
            assert "SECRETISSIME" not in repr(board)
            assert "SECRETISSIME" not in repr(flow.ed_loads(scope=scope))
            with pytest.raises(NotFound):
                flow.ed_patient(scope=scope, venue=venue)
            with pytest.raises((NotFound, Denied)):
                flow.record_triage(scope=scope, venue=venue, level=1)
    nobody = Scope(actor="x", establishments=frozenset())
    with in_scope(nobody), pytest.raises(Denied):
        flow.ed_board(scope=nobody, site=SITE)


def test_a_site_without_emergency_is_not_found() -> None:
    make_unit("3001")
    with in_scope(system()), pytest.raises(NotFound):
        flow.ed_board(scope=system(), site=SITE)
