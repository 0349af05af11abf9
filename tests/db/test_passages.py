"""Passages of the RPU: built from movements, entered by people, undone, seen by those who may and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import EdDay, PassageFact, Segment, Venue
from archipel.domains.flow.public import Item
from archipel.domains.flow.services.passage_days import count_recent_days
from archipel.domains.flow.values.passages import Origin
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from tests.db.test_ed import department, of
from tests.factories.accounts import audit_entries
from tests.factories.beds import CHU, LANGRES, leave, make_stay, make_unit, move, system

pytestmark = pytest.mark.django_db


def passages(role: Role = Role.IDE_URGENCES, *places: str) -> tuple[flow.Passage, ...]:
    scope, now = of(role, *(places or (CHU,))), clock.now()
    with in_scope(scope):
        return flow.ed_passages(scope=scope, since=now - timedelta(days=3), until=now + timedelta(hours=1))


def furnish() -> dict[str, int]:
    """A passage that goes on to a ward, one that goes home, one still there."""
    places = department()
    (ward, _) = make_unit("3001", beds="101-P 102-P")
    kept = make_stay(places["BOX1"], since=30, sexe="F")
    move(kept, places["AVAL1"], hours_ago=27)
    move(kept, ward, hours_ago=26)
    home = make_stay(places["BOX2"], since=28, sexe="M")
    leave(home)
    with in_scope(system()):
        now = clock.now()
        Segment.objects.filter(venue_id=home).update(end_at=now - timedelta(hours=25))
        Venue.objects.filter(id=home).update(
            discharged_at=now - timedelta(hours=25), exit_mode="8",
            attributes={
                "pmsi_mode_entree": ["8", "s"], "residence_cp": ["21000", "s"], "residence_commune": ["Dijon", "s"],
            },
        )  # fmt: skip
    return {"kept": kept, "home": home, "here": make_stay(places["ACC1"], since=1)}


def test_movements_give_entry_exit_mode_destination_and_orientation() -> None:
    venues = furnish()
    found = {p.venue_id: p for p in passages()}
    kept, home, here = (found[venues[name]] for name in ("kept", "home", "here"))
    assert (kept.one(Item.MODE_SORTIE), kept.one(Item.DESTINATION), kept.one(Item.ORIENTATION)) == ("6", "1", "MED")
    assert kept.hospitalised
    assert kept.minutes == 240
    assert kept.ward == "3001"
    assert (home.one(Item.MODE_ENTREE), home.one(Item.MODE_SORTIE), home.one(Item.CP)) == ("8", "8", "21000")
    assert home.origins[Item.CP] is Origin.MOUVEMENTS
    assert not home.hospitalised
    assert here.left_at is None
    assert not here.values.get(Item.MODE_SORTIE)


def test_what_is_entered_prevails_and_can_be_taken_back() -> None:
    venue = furnish()["kept"]
    nurse = of(Role.IDE_URGENCES, CHU)
    with in_scope(nurse):
        done = flow.enter_items(
            scope=nurse, venue=venue, rank=1,
            items={Item.GRAVITE: ["3"], Item.DP: ["r10.4"], Item.DA: ["I10", "e11.9", "I10"], Item.ORIENTATION: ["SC"]},
        )  # fmt: skip
        (passage,) = flow.venue_passages(scope=nurse, venue=venue)
        assert passage.one(Item.DP) == "R104"
        assert passage.many(Item.DA) == ("I10", "E119")
        assert passage.one(Item.ORIENTATION) == "SC"
        assert passage.entered[Item.DP].actor == nurse.actor
        with pytest.raises(Conflict):
            flow.enter_items(scope=nurse, venue=venue, rank=1, items={Item.DP: ["R104"]})
        flow.undo_items(scope=nurse, venue=venue, facts=done.facts)
        (passage,) = flow.venue_passages(scope=nurse, venue=venue)
        assert passage.one(Item.ORIENTATION) == "MED"
        assert not passage.values.get(Item.DP)
        with pytest.raises(Conflict):
            flow.undo_items(scope=nurse, venue=venue, facts=done.facts)
        assert PassageFact.objects.count() == 8
    traced = [e for e in audit_entries() if e.action == "rpu.saisie"]
    assert len(traced) == 1
    assert "R104" not in str(traced[0].details)


def test_wrong_values_are_refused_with_what_was_expected() -> None:
    venue = furnish()["here"]
    nurse = of(Role.IDE_URGENCES, CHU)
    for items, word in (
        ({Item.DP: ["10.4"]}, "CIM-10"),
        ({Item.GRAVITE: ["7"]}, "parmi"),
        ({Item.ACTES: ["ABC"]}, "CCAM"),
        ({Item.CP: ["21"]}, "cinq chiffres"),
        ({Item.DP: ["R104", "I10"]}, "trop"),
        ({Item.SORTIE: ["x"]}, "se corrige dans"),
    ):
        with pytest.raises(Invalid, match=word), in_scope(nurse):
            flow.enter_items(scope=nurse, venue=venue, rank=1, items=items)
    with pytest.raises(NotFound), in_scope(nurse):
        flow.enter_items(scope=nurse, venue=venue, rank=2, items={Item.DP: ["R104"]})


def test_only_those_who_code_passages_read_and_write_them() -> None:
    venue = furnish()["here"]
    assert len(passages(Role.DIM)) == 3
    for role in Role:
        scope = of(role, CHU)
        if role in (Role.IDE_URGENCES, Role.MEDECIN_URGENCES, Role.DIM):
            continue
        with pytest.raises(Denied):
            passages(role)
        with pytest.raises((Denied, NotFound)), in_scope(scope):
            flow.enter_items(scope=scope, venue=venue, rank=1, items={Item.GRAVITE: ["2"]})
    assert passages(Role.IDE_URGENCES, LANGRES) == ()
    other = of(Role.IDE_URGENCES, LANGRES)
    with pytest.raises(NotFound), in_scope(other):
        flow.enter_items(scope=other, venue=venue, rank=1, items={Item.GRAVITE: ["2"]})


def test_two_passages_of_one_venue_keep_their_own_entries() -> None:
    places = department()
    (ward,) = make_unit("3001", beds="101-P")
    venue = make_stay(places["BOX1"], since=50)
    move(venue, ward, hours_ago=45)
    nurse = of(Role.IDE_URGENCES, CHU)
    with in_scope(nurse):
        flow.enter_items(scope=nurse, venue=venue, rank=1, items={Item.DP: ["R074"]})
    move(venue, places["BOX2"], hours_ago=5)
    with in_scope(nurse):
        flow.enter_items(scope=nurse, venue=venue, rank=2, items={Item.DP: ["I200"]})
        first, second = flow.venue_passages(scope=nurse, venue=venue)
    assert (first.one(Item.DP), second.one(Item.DP)) == ("R074", "I200")
    assert second.one(Item.MODE_ENTREE) == "6"
    assert second.one(Item.PROVENANCE) == "1"


def test_days_are_counted_from_movements_and_a_better_source_is_kept() -> None:
    furnish()
    now = clock.now()
    with in_scope(system()):
        count_recent_days(now)
        rows = {row.day: row for row in EdDay.objects.all()}
        assert sum(row.passages for row in rows.values()) >= 2
        assert sum(row.hospitalised for row in rows.values()) == 1
        assert sum(row.hospitalised_minutes for row in rows.values()) == 240
        assert count_recent_days(now) == 0
