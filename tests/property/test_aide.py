"""Requests for help: whatever happens, the ledger reads the same, undoing restores, and a quota is never overdrawn."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from archipel.programmes.catalogue.rules.dates import plus_months
from archipel.programmes.catalogue.rules.search import Synonymes, terms, tsquery, words
from archipel.programmes.catalogue.rules.workflow import ALIVE, Fait, judges, refusal, unfold
from archipel.programmes.catalogue.values import ASKING, Acte, Acteur, Avis, Etat

DAY = date(2017, 1, 2)
CIRCUITS = st.sampled_from(
    [
        (Acteur.GHT, Acteur.ARS, Acteur.DGOS, Acteur.OPERATEUR),
        (Acteur.GHT, Acteur.ARS, Acteur.OPERATEUR),
        (Acteur.ETABLISSEMENT, Acteur.OPERATEUR),
    ]
)
ACTS = st.tuples(st.sampled_from([a for a in Acte if a is not Acte.DEPOT]), st.sampled_from(Acteur),
                 st.sampled_from(Avis))  # fmt: skip


def lived(circuit: tuple[Acteur, ...], wishes: list[tuple[Acte, Acteur, Avis]]) -> list[Fait]:
    """What the services would have written: only what is possible at each moment."""
    facts = [Fait(0, Acte.DEPOT, DAY)]
    for number, (act, actor, opinion) in enumerate(wishes, 1):
        course = unfold(circuit, facts)
        day = DAY + timedelta(days=number)
        if act is Acte.ANNULATION:
            if course.dernier:
                facts.append(Fait(number, act, day, annule=course.dernier))
        elif not refusal(circuit, course, act, actor):
            said = (actor, opinion) if act is Acte.AVIS else (None, None)
            facts.append(Fait(number, act, day, *said))
    return facts


@given(CIRCUITS, st.lists(ACTS, max_size=9), st.randoms(use_true_random=False))
def test_a_request_is_what_its_facts_say(
    circuit: tuple[Acteur, ...], wishes: list[tuple[Acte, Acteur, Avis]], dice: object
) -> None:
    facts = lived(circuit, wishes)
    course = unfold(circuit, facts)
    shuffled = list(facts)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert unfold(circuit, shuffled) == course
    granted = course.etat in (Etat.ACCORDEE, Etat.DEMARREE, Etat.TERMINEE)
    if granted:
        assert {course.avis.get(one) for one in judges(circuit)} == {Avis.FAVORABLE}
        assert course.decide_le is not None
    if course.attend:
        assert course.etat in (Etat.EN_COURS, Etat.A_COMPLETER)
        assert all(one not in ASKING for one in course.attend) == (course.etat is Etat.EN_COURS)
    if course.etat not in ALIVE and course.etat is not Etat.TERMINEE:
        assert not course.tient_droit
    if Acteur.ARS in circuit and course.avis and course.etat is not Etat.RETIREE:
        assert Acteur.ARS in course.avis or not course.avis  # the ARS speaks first


@given(CIRCUITS, st.lists(ACTS, max_size=9), ACTS)
def test_undoing_an_act_restores_what_was_before(
    circuit: tuple[Acteur, ...], wishes: list[tuple[Acte, Acteur, Avis]], last: tuple[Acte, Acteur, Avis]
) -> None:
    before = lived(circuit, wishes)
    after = lived(circuit, [*wishes, last])
    if len(after) > len(before) and after[-1].acte is not Acte.ANNULATION:
        undone = [*after, Fait(99, Acte.ANNULATION, DAY + timedelta(days=99), annule=after[-1].id)]
        assert unfold(circuit, undone) == unfold(circuit, before)


@given(st.dates(date(2010, 1, 1), date(2030, 12, 31)), st.integers(-40, 40))
def test_months_go_forward_and_back(day: date, months: int) -> None:
    moved = plus_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day <= day.day <= 31 and (moved.day == day.day or moved.day >= 28)


@given(st.text(max_size=80))
def test_any_text_can_be_searched(text: str) -> None:
    known = Synonymes([["SI", "systèmes d'information"]])
    for word in words(text):
        assert word.isascii() and "'" not in word
    assert words(text.upper()) == words(text) or not text.isascii()
    query = tsquery(terms(text, known))
    assert query.count("(") == query.count(")") and "\x00" not in query
