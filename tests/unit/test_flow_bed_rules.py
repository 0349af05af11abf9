"""Examples of the rules of beds: the word shown on a bed, and the ranking of downstream beds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archipel.domains.flow.rules import bed_state, distance_km, rank_beds, with_protection
from archipel.domains.flow.values.beds import BedStateKind, Closure, Occupant, Reservation
from archipel.domains.flow.values.ranking import BedCandidate, BedRequest, ProtectedRule, RankingRules

T0 = datetime(2026, 1, 5, 8, tzinfo=UTC)


def hours(count: float) -> datetime:
    return T0 + timedelta(hours=count)


# --- one bed ------------------------------------------------------------------------------------------


def bed(**more: object):
    facts: dict[str, object] = {
        "installed": True,
        "closure": None,
        "reservations": (),
        "occupants": (),
        "vacated_at": None,
        "cleaned_at": None,
        "tracks_cleaning": True,
        "at": T0,
    }
    return bed_state(**{**facts, **more})


CLOSED = Closure(hours(-5), "travaux", "01", None)
INSIDE = Occupant("GAM|V1", hours(-3))


@pytest.mark.parametrize(
    ("more", "state", "available"),
    [
        ({}, BedStateKind.LIBRE, True),
        ({"occupants": (INSIDE,)}, BedStateKind.OCCUPE, False),
        ({"closure": CLOSED}, BedStateKind.FERME, False),
        ({"unstaffed": CLOSED}, BedStateKind.NON_ARME, False),
        ({"installed": False}, BedStateKind.FERME, False),
        ({"vacated_at": hours(-2)}, BedStateKind.A_NETTOYER, False),
        ({"vacated_at": hours(-2), "tracks_cleaning": False}, BedStateKind.LIBRE, True),
        ({"vacated_at": hours(-2), "cleaned_at": hours(-3)}, BedStateKind.A_NETTOYER, False),
        ({"vacated_at": hours(-2), "cleaned_at": hours(-1)}, BedStateKind.LIBRE, True),
        ({"to_clean_at": hours(-1), "tracks_cleaning": False}, BedStateKind.A_NETTOYER, False),
        ({"reservations": (Reservation("R", hours(23)),)}, BedStateKind.RESERVE, False),
        ({"reservations": (Reservation("R", hours(25)),)}, BedStateKind.LIBRE, True),
        ({"reservations": (Reservation("R", hours(-9), hours(-1)),)}, BedStateKind.LIBRE, True),
        ({"reservations": (Reservation("GAM|V1", hours(1)),), "occupants": (INSIDE,)}, BedStateKind.OCCUPE, False),
    ],
)
def test_the_word_shown_on_a_bed(more, state, available):
    answer = bed(**more)
    assert (answer.state, answer.available, answer.conflict) == (state, available, False)


def test_two_patients_in_one_bed_are_flagged():
    answer = bed(occupants=(INSIDE, Occupant("GAM|V2", hours(-1))), closure=CLOSED)
    assert answer.conflict and answer.state is BedStateKind.OCCUPE
    assert "2 patients sont enregistrés dans ce lit." in answer.reasons
    assert "Lit fermé mais occupé." in answer.reasons


# --- ranking ------------------------------------------------------------------------------------------

RULES = RankingRules(compatibility={"MED": {"GER": 60}})
REQUEST = BedRequest("MED", sexe="F", age=80, origin_eg="E1", latitude=47.32, longitude=5.04)


def candidate(key: str, **more: object) -> BedCandidate:
    base = BedCandidate(key, "J1", "E1", "MED", key, "MED", True, latitude=47.32, longitude=5.04)
    return replace(base, **more)


def test_ranking_prefers_the_filiere_the_site_and_the_fit():
    beds = [
        candidate("far", eg="E2", latitude=47.02, longitude=4.84),
        candidate("compatible", filiere="GER"),
        candidate("women", room_sexe="F"),
        candidate("plain"),
        candidate("men", room_sexe="M"),
        candidate("surgery", filiere="CHI"),
        candidate("busy", available=False, unavailable_reason="occupé"),
    ]
    ranked = rank_beds(REQUEST, beds, RULES)
    keys = [bed.candidate.key for bed in ranked]
    assert keys == ["women", "plain", "compatible", "far", "busy", "men", "surgery"]
    assert [bed.rank for bed in ranked] == [1, 2, 3, 4, 0, 0, 0]
    excluded = {bed.candidate.key: bed.reasons[0].text for bed in ranked if bed.excluded}
    assert excluded == {
        "men": "Chambre double homme.",
        "surgery": "Filière CHI incompatible avec MED.",
        "busy": "Indisponible : occupé.",
    }


def test_isolation_wants_a_room_that_can():
    wanted = replace(REQUEST, isolement="contact")
    beds = [
        candidate("shared"),
        candidate("single", single=True),
        candidate("cohort", room_sexe="F", room_isolation="contact"),
        candidate("other", room_isolation="air"),
    ]
    ranked = rank_beds(wanted, beds, RULES)
    assert [(bed.candidate.key, bed.excluded) for bed in ranked] == [
        ("single", False),
        ("cohort", False),
        ("other", True),
        ("shared", True),
    ]


def test_beds_kept_for_an_emergency_department():
    beds = [candidate("mine", protected_for="E1"), candidate("theirs", eg="E2", protected_for="E2")]
    own = {b.candidate.key: b for b in rank_beds(REQUEST, beds, RULES)}
    assert not own["mine"].excluded and own["theirs"].excluded
    never = rank_beds(REQUEST, beds, replace(RULES, protected=ProtectedRule.JAMAIS))
    assert all(bed.excluded for bed in never)
    always = rank_beds(REQUEST, beds, replace(RULES, protected=ProtectedRule.TOUJOURS))
    assert [bed.candidate.key for bed in always] == ["mine", "theirs"]
    assert not always[1].excluded


def test_protection_marks_the_last_available_beds_of_a_unit():
    beds = [candidate("a"), candidate("b"), candidate("c", available=False), candidate("d", uf="CHI")]
    marked = with_protection(beds, {("J1", "MED"): 1})
    assert [(bed.key, bed.protected_for) for bed in marked] == [("a", ""), ("b", "E1"), ("c", ""), ("d", "")]


def test_a_bed_soon_free_is_ranked_when_the_rules_say_so():
    soon = candidate("soon", available=False, unavailable_reason="à nettoyer", in_hours=0.5)
    assert rank_beds(REQUEST, [soon], RULES)[0].excluded
    ranked = rank_beds(REQUEST, [soon], replace(RULES, accept_within_hours=2))[0]
    assert not ranked.excluded
    assert any("Attendu libre dans 1 h" in reason.text for reason in ranked.reasons)


def test_the_distance_from_dijon_to_langres():
    assert distance_km(47.3220, 5.0415, 47.8625, 5.3331) == pytest.approx(63.9, abs=0.6)
