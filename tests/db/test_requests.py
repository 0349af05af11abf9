"""Requests for a downstream bed: rights, names, states, arrivals, delays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import BedFact, BedStatus, Request, RequestEvent, Venue
from archipel.domains.flow.values.requests import RequestStatus
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import Scope, in_scope
from archipel.identity.models import Patient
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError, Conflict, Denied, Invalid, NotFound
from tests.db.test_downstream import SITE_LANGRES, langres
from tests.db.test_ed import department, of
from tests.factories.accounts import audit_entries
from tests.factories.beds import CHU, LANGRES, SITE, leave, make_stay, make_unit, move, system

pytestmark = pytest.mark.django_db
NURSE = of(Role.IDE_URGENCES, CHU)
THERE = of(Role.GESTIONNAIRE_LITS, LANGRES)
HERE = of(Role.GESTIONNAIRE_LITS, CHU)


def patient(name: str = "SECRETISSIME") -> int:
    """A woman of 70 in a box of the emergency department."""
    venue = make_stay(department()["BOX1"], name=name)
    with in_scope(system()):
        today = clock.today()
        Patient.objects.filter(nom_utilise=name).update(date_naissance=date(today.year - 70, 1, 1))
    return venue


def ask(venue: int, bed: flow.BedKey, scope: Scope = NURSE, **more: str) -> flow.RequestAct:
    return flow.create_request(scope=scope, venue=venue, bed=bed, filiere="MED", **more)  # type: ignore[arg-type]


def row(number: int) -> Request:
    with in_scope(system()):
        return Request.objects.get(id=number)


def reserved(bed: flow.BedKey) -> bool:
    with in_scope(system()):
        status = BedStatus.objects.filter(**bed.columns()).first()
        return status is not None and status.reserved_from is not None


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Moves the clock of the process forward."""

    def forward(span: timedelta) -> None:
        before = clock.now
        monkeypatch.setattr(clock, "now", lambda: before() + span)

    return forward


def test_asked_elsewhere_accepted_there() -> None:
    venue, beds = patient(), langres()
    act = ask(venue, beds[0], needs="  oxygène   2 L ", isolation="contact")
    assert act.status is RequestStatus.ENVOYEE
    assert not reserved(beds[0])
    with in_scope(THERE):
        (line,) = flow.requests_of(scope=THERE)
        assert (line.side.value, line.filiere, line.sexe, line.age, line.isolation, line.needs) == (
            "recue", "MED", "F", 70, "contact", "oxygène 2 L",
        )  # fmt: skip
        assert (line.origin_unit, line.unit_name, line.bed_label) == ("Urgences", "Médecine Langres", "1-1")
        assert line.waits_for_us
        assert line.venue_id is None
        assert "SECRETISSIME" not in repr(line), "a list never gives a name"
        done = flow.accept_request(scope=THERE, request=act.number)
    assert done.undoable
    assert reserved(beds[0])
    with in_scope(NURSE):
        (line,) = flow.requests_of(scope=NURSE)
        assert (line.side.value, line.status_label, line.may_answer, line.may_cancel) == (
            "envoyee", "Acceptée", False, True,
        )  # fmt: skip
        steps = flow.request_steps(scope=NURSE, number=act.number)
    assert [(step.status.value, step.actor) for step in steps] == [
        ("envoyee", "ide_urgences"), ("acceptee", "gestionnaire_lits"),
    ]  # fmt: skip


def test_in_ones_own_house_the_bed_manager_reserves_at_once_the_nurse_asks() -> None:
    venue = patient()
    first, second = make_unit("3001", beds="1- 2-")
    act = ask(venue, first, HERE)
    assert act.status is RequestStatus.ACCEPTEE
    assert reserved(first)
    flow.cancel_request(scope=HERE, request=act.number, reason="lit plus proche trouvé")
    assert not reserved(first)
    asked = ask(venue, second)
    assert asked.status is RequestStatus.ENVOYEE
    assert row(asked.number).patient_name == "", "no copy of the identity inside one establishment"
    assert flow.accept_request(scope=HERE, request=asked.number).status is RequestStatus.ACCEPTEE
    assert reserved(second)


def test_another_bed_may_be_given() -> None:
    venue, beds = patient(), langres()
    unit = flow.BedKey(LANGRES, "7001")
    act = ask(venue, unit)
    with in_scope(THERE), pytest.raises(Invalid):
        flow.accept_request(scope=THERE, request=act.number)
    with in_scope(THERE), pytest.raises(Invalid):
        flow.accept_request(scope=THERE, request=act.number, bed=flow.BedKey(CHU, "0500", "BOX", "1"))
    flow.accept_request(scope=THERE, request=act.number, bed=beds[1])
    assert reserved(beds[1])
    assert row(act.number).chambre == "2"


def test_refused_with_a_reason_then_asked_again() -> None:
    venue, beds = patient(), langres()
    act = ask(venue, beds[0])
    with in_scope(THERE), pytest.raises(Invalid):
        flow.refuse_request(scope=THERE, request=act.number, reason="  ")
    flow.refuse_request(scope=THERE, request=act.number, reason="plus d'infirmière de nuit")
    with in_scope(NURSE):
        (line,) = flow.requests_of(scope=NURSE)
        assert (line.status_label, line.reason) == ("Refusée", "plus d'infirmière de nuit")
    assert ask(venue, beds[1]).number != act.number


def test_refusals() -> None:
    venue, beds = patient(), langres()
    inside = make_unit("3001", beds="1- 2-")
    flow.close_bed(scope=system(), bed=inside[0], reason="travaux")
    flow.reserve_bed(scope=system(), bed=inside[1], text="quelqu'un")
    gone = make_stay(inside[0], until=1)
    act = ask(venue, beds[0])
    flow.accept_request(scope=THERE, request=act.number)
    missing = flow.BedKey(LANGRES, "7001", "99", "Z")
    tried: list[tuple[type[ArchipelError], str, object]] = [
        (Conflict, "demande-en-cours", lambda: ask(venue, beds[1])),
        (Conflict, "patient-sorti", lambda: ask(gone, beds[1])),
        (NotFound, "venue-inconnue", lambda: ask(4, beds[1])),
        (Conflict, "demande-deja-traitee", lambda: flow.accept_request(scope=THERE, request=act.number)),
        (NotFound, "demande-inconnue", lambda: flow.accept_request(scope=THERE, request=10**9)),
        (Invalid, "motif-manquant", lambda: flow.cancel_request(scope=NURSE, request=act.number, reason="")),
    ]
    for kind, code, attempt in tried:
        with in_scope(system()), pytest.raises(kind) as caught:
            attempt()  # type: ignore[operator]
        assert caught.value.error_code == code
    flow.cancel_request(scope=NURSE, request=act.number, reason="rentre chez lui")
    assert not reserved(beds[0])
    for bed, kind in ((inside[0], Conflict), (inside[1], Conflict), (missing, NotFound)):
        with in_scope(system()), pytest.raises(kind):
            ask(venue, bed)
    with in_scope(THERE), pytest.raises(Conflict):
        flow.refuse_request(scope=THERE, request=act.number, reason="trop tard")


def test_undo_gives_the_bed_back_then_it_is_too_late(later: Callable[[timedelta], None]) -> None:
    venue, beds = patient(), langres()
    act = ask(venue, beds[0])
    flow.accept_request(scope=THERE, request=act.number)
    other = Scope(actor="quelqu'un", establishments=THERE.establishments, grants=THERE.grants)
    with in_scope(other), pytest.raises(Denied):
        flow.undo_answer(scope=other, request=act.number)
    flow.undo_answer(scope=THERE, request=act.number)
    assert not reserved(beds[0])
    assert row(act.number).status == "envoyee"
    flow.refuse_request(scope=THERE, request=act.number, reason="erreur")
    flow.undo_answer(scope=THERE, request=act.number)
    flow.accept_request(scope=THERE, request=act.number)
    later(timedelta(seconds=21))
    with in_scope(THERE), pytest.raises(Conflict):
        flow.undo_answer(scope=THERE, request=act.number)
    assert reserved(beds[0])


@pytest.mark.parametrize("role", list(Role))
def test_who_asks_and_who_answers(role: Role) -> None:
    venue, beds = patient(), langres()
    asking, answering = of(role, CHU), of(role, LANGRES)
    act = ask(venue, beds[0])
    asks = {Role.IDE_URGENCES, Role.MEDECIN_URGENCES, Role.GESTIONNAIRE_LITS, Role.CELLULE_TERRITORIALE}
    answers = {Role.GESTIONNAIRE_LITS, Role.CELLULE_TERRITORIALE}
    refused = (Denied, NotFound)
    for scope in (asking, answering):
        with in_scope(scope):
            if role in answers and scope is answering:
                flow.accept_request(scope=scope, request=act.number)
                flow.undo_answer(scope=scope, request=act.number)
                assert flow.read_identity(scope=scope, request=act.number) is not None
            else:
                for attempt in (
                    lambda scope=scope: flow.accept_request(scope=scope, request=act.number),
                    lambda scope=scope: flow.refuse_request(scope=scope, request=act.number, reason="x"),
                    lambda scope=scope: flow.undo_answer(scope=scope, request=act.number),
                    lambda scope=scope: flow.read_identity(scope=scope, request=act.number),
                ):
                    with pytest.raises(refused):
                        attempt()
    with in_scope(answering), pytest.raises(refused):
        flow.cancel_request(scope=answering, request=act.number, reason="x")
    with in_scope(asking):
        if role in asks:
            flow.cancel_request(scope=asking, request=act.number, reason="x")
            ask(venue, beds[0], asking)
        else:
            with pytest.raises(refused):
                flow.cancel_request(scope=asking, request=act.number, reason="x")
            with pytest.raises(refused):
                ask(venue, beds[0], asking)


def test_the_receiving_team_sees_the_request_and_nothing_else() -> None:
    venue, beds = patient(), langres()
    act = ask(venue, beds[0])
    third = of(Role.GESTIONNAIRE_LITS, "210000001")
    with in_scope(THERE):
        assert not Venue.objects.filter(id=venue).exists()
        assert not Patient.objects.filter(nom_utilise="SECRETISSIME").exists()
        with pytest.raises(NotFound):
            flow.ed_patient(scope=THERE, venue=venue)
        who = flow.read_identity(scope=THERE, request=act.number)
    assert who is not None
    assert who.nom == "SECRETISSIME Alix"
    assert who.naissance is not None
    with in_scope(third):
        assert not Request.objects.exists()
        assert flow.requests_of(scope=third) == ()
        with pytest.raises(NotFound):
            flow.request_line(scope=third, number=act.number)
    read = audit_entries(action="demandes.identite")
    assert [(e.actor, e.establishment, e.object_key, e.details) for e in read] == [
        ("gestionnaire_lits", CHU, str(act.number), {"lue_par": LANGRES})
    ]
    assert all("SECRET" not in f"{e.details} {e.reason}" for e in audit_entries())


def test_the_identity_goes_with_the_request(later: Callable[[timedelta], None]) -> None:
    venue, beds = patient(), langres()

    def readable(number: int) -> bool:
        with in_scope(THERE):
            return flow.read_identity(scope=THERE, request=number) is not None

    refused = ask(venue, beds[0]).number
    assert readable(refused)
    flow.refuse_request(scope=THERE, request=refused, reason="complet")
    assert not readable(refused)
    assert row(refused).patient_name, "kept for the seconds during which the answer may be taken back"
    later(timedelta(seconds=21))
    assert flow.settle_requests().forgotten == 1
    assert (row(refused).patient_name, row(refused).patient_birth) == ("", None)

    accepted = ask(venue, beds[0]).number
    flow.accept_request(scope=THERE, request=accepted)
    make_stay(beds[0], since=0)
    assert flow.settle_requests().closed == 1
    assert row(accepted).status == "close"
    assert readable(accepted), "24 h after the acceptance, to prepare the stay"
    assert flow.settle_requests().forgotten == 0
    later(timedelta(hours=25))
    assert not readable(accepted)
    flow.settle_requests()
    with in_scope(THERE):
        assert Request.objects.get(id=accepted).patient_name == ""


def test_the_feed_closes_what_is_over() -> None:
    ward = make_unit("3001", beds="1- 2-")
    venue = patient()
    act = ask(venue, ward[0], HERE)
    assert flow.settle_requests().closed == 0
    move(venue, ward[0])
    assert flow.settle_requests().closed == 1
    assert reason(act.number) == "arrivé dans le lit"


def reason(number: int) -> str:
    with in_scope(system()):
        return RequestEvent.objects.filter(request_id=number).order_by("-id")[0].reason


def test_another_ward_or_the_way_home_gives_the_bed_back() -> None:
    ward = make_unit("3001", beds="1- 2- 3-")
    places = department()
    moved, home = make_stay(places["BOX1"]), make_stay(places["BOX2"])
    first, second = ask(moved, ward[0], HERE), ask(home, ward[1], HERE)
    move(moved, ward[2])
    leave(home)
    assert flow.settle_requests().closed == 2
    assert reason(first.number) == "installé ailleurs : UF 3001, lit 3-1"
    assert reason(second.number) == "patient sorti"
    assert not reserved(ward[0])
    assert not reserved(ward[1])


def test_leaving_for_the_other_hospital_keeps_the_bed_until_the_arrival() -> None:
    venue, beds = patient(), langres()
    act = ask(venue, beds[0])
    flow.accept_request(scope=THERE, request=act.number)
    leave(venue)
    assert flow.settle_requests().closed == 0
    assert reserved(beds[0])
    make_stay(beds[0], since=0)
    assert flow.settle_requests().closed == 1
    assert not reserved(beds[0]), "the newcomer has another venue: the reservation is over"


def test_the_same_ins_in_another_ward_there() -> None:
    venue, beds = patient(), langres()
    act = ask(venue, beds[0])
    flow.accept_request(scope=THERE, request=act.number)
    arrived = make_stay(beds[1], since=0, name="AUTRE")
    assert flow.settle_requests().closed == 0
    with in_scope(system()):
        Patient.objects.filter(nom_utilise__in=("AUTRE", "SECRETISSIME")).update(
            ins_matricule="278019930000175", ins_oid="1.2.250.1.213.1.4.10"
        )
    assert flow.settle_requests().closed == 1
    assert reason(act.number) == "installé ailleurs : UF 7001, lit 2-1"
    assert arrived


def test_delays(later: Callable[[timedelta], None]) -> None:
    venue, beds = patient(), langres()
    silent = ask(venue, beds[0]).number
    later(timedelta(hours=7))
    assert flow.settle_requests().expired == 1
    assert row(silent).status == "expiree"
    late = ask(venue, beds[0]).number
    flow.accept_request(scope=THERE, request=late)
    later(timedelta(hours=23))
    assert flow.settle_requests().expired == 0
    later(timedelta(hours=2))
    assert flow.settle_requests().expired == 1
    assert not reserved(beds[0])


def test_every_change_is_a_fact_and_a_trace() -> None:
    venue, beds = patient(), langres()
    act = ask(venue, beds[0])
    flow.accept_request(scope=THERE, request=act.number)
    traced = [entry.action for entry in audit_entries() if entry.object_type in ("demande", "lit")]
    assert traced == ["demandes.envoyee", "lits.reserver", "demandes.acceptee"]
    with in_scope(system()):
        assert RequestEvent.objects.count() == 2
        assert BedFact.objects.count() == 1
    assert (SITE, SITE_LANGRES) != ("", "")
