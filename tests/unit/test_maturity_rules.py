"""Maturity: each stated boundary, on both sides; rounding; what is missing stays unknown."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import pytest

from archipel.programmes.maturity.rules.bands import answer_problem, banded, level_of, rounded, scale_problems
from archipel.programmes.maturity.rules.consolidation import Pese, Porteur, consolidate, deciding, share
from archipel.programmes.maturity.rules.levels import assess
from archipel.programmes.maturity.values import (
    ABSENTE,
    Agregation,
    Arrondi,
    Bande,
    Etat,
    Indicateur,
    Mesure,
    Niveau,
    Saisie,
    Verdict,
)
from tests.factories.maturity import DELAI, DIRECTE, INVERSE, SCALES, small_grid


def given(value: F | int | str) -> Mesure:
    return Mesure(Etat.MESUREE, F(value))


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (0, 0),
        (9, 0),
        (10, 1),
        (39, 1),
        (40, 2),
        (69, 2),
        (70, 3),
        (89, 3),
        (90, 4),
        (100, 4),
        ("9.49", 0),
        ("9.5", 1),
        ("39.5", 2),
        ("69.4999", 2),
        ("69.5", 3),
        ("89.5", 4),
        ("99.9", 4),
    ],
)
def test_direct_bands(value: int | str, level: int) -> None:
    assert banded(DIRECTE, F(value)) == level


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (0, 4),
        (1, 3),
        (4, 3),
        (5, 2),
        (9, 2),
        (10, 1),
        (20, 1),
        (21, 0),
        (100, 0),
        ("0.4", 4),
        ("0.5", 3),
        ("4.5", 2),
        ("9.5", 1),
        ("20.4", 1),
        ("20.5", 0),
    ],
)
def test_inverse_bands(value: int | str, level: int) -> None:
    assert banded(INVERSE, F(value)) == level


@pytest.mark.parametrize(
    ("value", "level"),
    [(0, 4), (7, 4), (8, 3), (14, 3), (15, 2), (30, 2), (31, 1), (400, 1), ("7.4", 4), ("7.5", 3), ("30.5", 1)],
)
def test_delay_bands(value: int | str, level: int) -> None:
    assert banded(DELAI, F(value)) == level


def test_an_unmeasured_delay_is_level_0_and_no_answer_is_unknown() -> None:
    delay = Indicateur("d", "Délai", Saisie.MESURE, "delai")
    assert level_of(delay, Mesure(Etat.NON_MESUREE), SCALES, 4) == 0
    assert level_of(delay, ABSENTE, SCALES, 4) is None
    assert level_of(delay, Mesure(Etat.SANS_OBJET), SCALES, 4) is None


def test_rounding_is_named_and_exact() -> None:
    assert [rounded(F(v), Arrondi.DEMI_SUPERIEUR) for v in ("0.5", "1.4999", "2.5", "-0.5")] == [1, 1, 3, 0]
    assert [rounded(F("69.9"), how) for how in (Arrondi.INFERIEUR, Arrondi.SUPERIEUR)] == [69, 70]
    assert rounded(F(70), Arrondi.SUPERIEUR) == 70
    counted = Indicateur("t", "T", Saisie.TYPOLOGIE, "directe")
    assert level_of(counted, Mesure(Etat.MESUREE, categories=(("a", 139, 200),)), SCALES, 4) == 3  # 69.5 %
    assert level_of(counted, Mesure(Etat.MESUREE, categories=(("a", 1, 2), ("b", 9, 8 + 2))), SCALES, 4) == 3  # 10/12


def test_a_scale_that_does_not_cover_its_integers_is_told() -> None:
    assert [scale_problems(one, 4) for one in SCALES.values()] == [[], [], []]
    overlap = replace(DIRECTE, bandes=(Bande(0, 0, 10), Bande(4, 10, 100)))
    assert "se recouvrent" in scale_problems(overlap, 4)[0]
    hole = replace(DIRECTE, bandes=(Bande(0, 0, 9), Bande(4, 11, 100)))
    assert "rien entre 9 et 11" in scale_problems(hole, 4)[0]
    short = replace(DIRECTE, bandes=(Bande(0, 1, 9), Bande(4, 10, 99)))
    assert [("dessous" in p, "dessus" in p) for p in scale_problems(short, 4)] == [(True, False), (False, True)]
    assert "hors de 0 à 4" in scale_problems(replace(DIRECTE, bandes=(Bande(5, 0, 100),)), 4)[0]
    assert "dépasse" in " ".join(scale_problems(replace(DIRECTE, bandes=(Bande(0, 9, 0),)), 4))
    assert "aucune" in scale_problems(replace(DIRECTE, bandes=()), 4)[0]


@pytest.mark.parametrize(
    ("indicator", "answer", "said"),
    [
        ("proc-1", given(3), ""),
        ("proc-1", given("3.5"), "palier"),
        ("proc-1", given(5), "0 à 4"),
        ("couv-1", given(100), ""),
        ("couv-1", given(101), "au plus 100"),
        ("couv-1", given(-1), "au moins 0"),
        ("couv-1", Mesure(Etat.MESUREE), "valeur"),
        ("delai-1", given(900), ""),
        ("delai-1", given(-1), "au moins 0"),
        ("typo-1", Mesure(Etat.MESUREE, categories=(("IDE", 3, 2),)), "IDE"),
        ("typo-1", Mesure(Etat.MESUREE, categories=(("IDE", 0, 0),)), "effectif"),
        ("typo-1", Mesure(Etat.MESUREE, categories=(("IDE", 1, 2),)), ""),
        ("oui-1", Mesure(Etat.SANS_OBJET), ""),
        ("oui-1", given(2), "oui ou non"),
    ],
)
def test_answers_are_refused_with_a_reason(indicator: str, answer: Mesure, said: str) -> None:
    grid = small_grid()
    found = grid.indicateur(indicator)
    assert found is not None
    problem = answer_problem(grid, found, answer)
    assert (said in problem) if said else problem == ""


FULL = {
    "proc-1": given(2), "couv-1": given(70), "part-1": given(0), "delai-1": given(14),
    "typo-1": Mesure(Etat.MESUREE, categories=(("IDE", 9, 10),)), "oui-1": given(1),
}  # fmt: skip


def test_levels_are_exact_means_rounded_down() -> None:
    found = assess(small_grid(), FULL)
    assert found.indicateurs == {"proc-1": 2, "couv-1": 3, "part-1": 4, "delai-1": 3, "typo-1": 4, "oui-1": 4}
    assert found.rubriques["repertoire"].valeur == F(13, 4)
    assert found.rubriques["sorties"].valeur == F(11, 3)
    assert found.ensemble.valeur == (F(13, 4) + 2 * F(11, 3)) / 3
    assert found.ensemble.atteint == 3
    least = assess(small_grid(Agregation.MINIMUM, Agregation.MINIMUM), FULL)
    assert least.ensemble.valeur == 2


def test_a_missing_answer_makes_an_interval_and_what_does_not_apply_is_left_out() -> None:
    missing = {k: v for k, v in FULL.items() if k != "oui-1"}
    found = assess(small_grid(), missing).rubriques["sorties"]
    assert (found.bas, found.haut, found.valeur, found.repondus, found.attendus) == (F(7, 3), F(11, 3), None, 2, 3)
    assert not found.decide
    without = assess(small_grid(), FULL | {"oui-1": Mesure(Etat.SANS_OBJET)})
    assert without.rubriques["sorties"].valeur == F(7, 2)
    assert without.ensemble.attendus == without.ensemble.repondus == 6
    nothing = assess(small_grid(), dict.fromkeys(FULL, Mesure(Etat.SANS_OBJET))).ensemble
    assert (nothing.bas, nothing.atteint, nothing.decide) == (None, None, True)
    assert assess(small_grid(Agregation.MINIMUM), missing | {"delai-1": given(90)}).rubriques["sorties"].decide is False


def at(value: F | int) -> Niveau:
    return Niveau(F(value), F(value), 1, 1)


def test_the_group_is_a_mean_weighted_by_ac_and_unknown_without_it() -> None:
    known = [Pese("A", F(3000), at(4)), Pese("B", F(1000), at(2))]
    assert consolidate(known).valeur == F(7, 2)
    unknown = consolidate([*known, Pese("C", None, at(1))])
    assert (unknown.valeur, unknown.bas, unknown.haut, unknown.sans_ac) == (None, 1, F(7, 2), ("C",))
    same = consolidate([Pese("A", None, at(3)), Pese("B", F(5), at(3))])
    assert (same.valeur, same.sans_ac) == (3, ("A",))  # whatever the AC, the mean is 3
    part = consolidate([Pese("A", F(1), at(4)), Pese("B", F(1), Niveau(F(0), F(4), 0, 1))])
    assert (part.valeur, part.bas, part.haut, part.incomplets) == (None, 2, 4, ("B",))
    assert consolidate([]).valeur is None
    assert consolidate([Pese("A", F(1), Niveau(None, None, 0, 0))]).valeur is None


R66 = F(66, 100)


@pytest.mark.parametrize(
    ("held", "verdict"),
    [
        (F(66), Verdict.OUI),
        (F("65.999"), Verdict.NON),
        (F("66.001"), Verdict.OUI),
        (F(0), Verdict.NON),
        (F(100), Verdict.OUI),
    ],
)
def test_the_66_percent_rule_on_both_sides(held: F, verdict: Verdict) -> None:
    found = share([Porteur("A", held, True), Porteur("B", 100 - held, False)], R66)
    assert (found.verdict, found.valeur) == (verdict, held / 100)


def test_the_share_is_unknown_only_when_what_is_missing_could_change_it() -> None:
    big, small = Porteur("A", F(70), True), Porteur("B", F(30), None)
    assert share([big, small], R66).verdict is Verdict.OUI
    assert share([Porteur("A", F(70), None), Porteur("B", F(30), True)], R66).verdict is Verdict.INCONNU
    assert share([Porteur("A", F(70), False), Porteur("B", F(30), None)], R66).verdict is Verdict.NON
    assert share([big, Porteur("B", None, False)], R66).verdict is Verdict.INCONNU
    assert share([big, Porteur("B", None, True)], R66).verdict is Verdict.OUI
    assert share([Porteur("A", None, True)], R66).verdict is Verdict.OUI  # alone, it is itself
    assert share([Porteur("A", None, False)], R66).verdict is Verdict.NON
    assert share([], R66).verdict is Verdict.INCONNU


def test_the_fewest_answers_that_would_prove_the_share() -> None:
    rows = [Porteur("A", F(40), None), Porteur("B", F(26), None), Porteur("C", F(20), None), Porteur("D", F(14), None)]
    assert deciding(rows, R66) == ("A", "B")
    assert deciding([Porteur("A", F(90), True)], R66) == ()
    assert deciding([*rows, Porteur("E", None, True)], R66) == ()
    assert deciding([Porteur("A", F(50), None), Porteur("B", F(50), False)], R66) == ()
