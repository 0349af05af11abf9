"""Verdicts on the real groups: both sides of each condition, the facts they rest on, what would decide."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel.errors import Denied, NotFound
from archipel.programmes.eligibility import public as eligibility
from archipel.programmes.eligibility.public import Answer
from archipel.programmes.packs.public import Verdict
from archipel.programmes.perimetre.public import Key, Kind
from tests.factories.programmes import CHU, LANGRES, MACON, ej, load_region, pmsi, region_scope, scope_for, tell

pytestmark = pytest.mark.django_db
AT = date(2026, 4, 15)
AAP = "hopen2-aap"
SUN, HOP = "versement-usage-sun-es", "versement-usage-hopen2-phase1"
CANDIDATE, NOTE, MATURITY = (
    "hospiconnect-candidature-validee", "hospiconnect-note-cadrage-deposee",
    "hospiconnect-indicateurs-maturite-complets",
)  # fmt: skip
SINCE = date(2026, 2, 1)


@pytest.fixture
def everyone() -> Scope:
    load_region()
    return region_scope()


def ask(scope: Scope, code: str, theme: str, at: date = AT, pack: str = AAP, **more: object) -> Answer:
    with in_scope(scope):
        found = eligibility.verdicts(scope=scope, at=at, subjects=[code], pack=pack, theme=theme, **more)  # type: ignore[arg-type]
    ((answer,),) = found.cells.values()
    return answer


def labels(ways: tuple[eligibility.Way, ...]) -> list[set[str]]:
    return [{one.fact for one in way} for way in ways]


def test_nothing_told_is_unknown_and_says_what_is_missing(everyone: Scope) -> None:
    answer = ask(everyone, LANGRES, "rattrapage")
    assert answer.verdict is Verdict.INCONNU
    assert labels(answer.to_yes) == [{SUN, HOP}]
    assert labels(answer.decide) == [{HOP}, {SUN}] or labels(answer.decide) == [{SUN}, {HOP}]
    assert "il manque" in answer.sentence and "SUN-ES" in answer.sentence


@pytest.mark.parametrize(
    ("sun", "hop", "expected"),
    [(False, False, "oui"), (True, False, "non"), (False, True, "non"), (True, None, "non"), (False, None, "inconnu")],
)
def test_catching_up_is_for_who_never_had_a_payment_of_use(
    everyone: Scope, sun: bool | None, hop: bool | None, expected: str
) -> None:
    with in_scope(everyone):
        for fact, value in ((SUN, sun), (HOP, hop)):
            if value is not None:
                tell(everyone, pmsi(LANGRES), fact, value, SINCE)
    answer = ask(everyone, LANGRES, "rattrapage")
    assert answer.verdict == expected
    assert (answer.to_yes == ()) == (expected != "inconnu")


@pytest.mark.parametrize("missing", [None, CANDIDATE, NOTE, MATURITY])
def test_the_other_themes_ask_three_things_of_the_legal_entity(everyone: Scope, missing: str | None) -> None:
    with in_scope(everyone):
        for fact in (CANDIDATE, NOTE, MATURITY):
            tell(everyone, ej(LANGRES), fact, fact != missing, SINCE)
    for theme in ("urgences", "logistique-produits", "temps-travail-rh"):
        answer = ask(everyone, LANGRES, theme)
        assert answer.verdict == ("non" if missing else "oui")
    before = ask(everyone, LANGRES, "urgences", date(2026, 1, 31))
    assert before.verdict is Verdict.INCONNU and len(labels(before.to_yes)[0]) == 3


def test_a_contradiction_is_not_settled_unless_all_agree(everyone: Scope) -> None:
    with in_scope(everyone):
        tell(everyone, pmsi(LANGRES), SUN, False, SINCE, "attestation")
        tell(everyone, pmsi(LANGRES), SUN, True, SINCE, "ARS")
    answer = ask(everyone, LANGRES, "rattrapage")
    assert answer.verdict is Verdict.INCONNU and answer.contradicted
    assert "se contredisent" in answer.sentence
    with in_scope(everyone):
        tell(everyone, pmsi(LANGRES), HOP, True, SINCE)
    assert ask(everyone, LANGRES, "rattrapage").verdict is Verdict.NON


def test_the_explanation_names_the_rule_its_source_and_the_facts_with_theirs(everyone: Scope) -> None:
    with in_scope(everyone):
        tell(everyone, pmsi(LANGRES), SUN, True, SINCE, "notification du 30 juin", proof="N-2023-12")
        found = eligibility.verdicts(scope=everyone, at=AT, subjects=[LANGRES], pack=AAP, theme="rattrapage")
        ((answer,),) = found.cells.values()
        told = eligibility.explain(found.ground, answer)
    assert told.reason.rule == "rattrapage" and told.reason.source.startswith("S4, Conditions d'éligibilité")
    by = {used.fact: used for used in told.used}
    ((text, fact, source),) = by[SUN].values
    assert (text, source) == ("oui", "notification du 30 juin") and fact is not None and fact.proof == "N-2023-12"
    assert by[HOP].state == "inconnu" and by[HOP].values == ()
    assert [used.fact for used in told.blocking] == [SUN]
    assert "n'est pas éligible" in answer.sentence and "(oui)" in answer.sentence


def test_the_answer_as_it_was_known(everyone: Scope) -> None:
    from django.utils import timezone

    before = timezone.now()
    with in_scope(everyone):
        tell(everyone, pmsi(LANGRES), SUN, True, SINCE)
    assert ask(everyone, LANGRES, "rattrapage").verdict is Verdict.NON
    assert ask(everyone, LANGRES, "rattrapage", known_at=before).verdict is Verdict.INCONNU


def test_what_is_out_of_sight_is_said_to_be(everyone: Scope) -> None:
    with in_scope(everyone):
        tell(everyone, pmsi(MACON), SUN, True, SINCE)
    mine = scope_for(Role.DIRECTION, "ght:BFC-03")
    with in_scope(mine):
        found = eligibility.verdicts(scope=mine, at=AT, subjects=[MACON], pack=AAP)
        assert found.rows == () and found.cells == {}
        here = found.ground
        assert here.state(pmsi(MACON), SUN) == "cache"
    nobody = scope_for(Role.DIM, CHU)
    with in_scope(nobody), pytest.raises(Denied):
        eligibility.verdicts(scope=nobody, at=AT)


def test_a_group_and_the_region_are_asked_at_once(everyone: Scope) -> None:
    with in_scope(everyone):
        group = eligibility.verdicts(scope=everyone, at=AT, subjects=["BFC-03"], pack=AAP)
        assert len(group.rows) == 9 and len(group.questions) == 4 and len(group.cells) == 36
        whole = eligibility.verdicts(scope=everyone, at=AT, subjects=["region:27"])
        assert len(whole.rows) == 52 and {q.pack for q in whole.questions} >= {AAP, "hospiconnect"}
        assert all(row.hypothesis for row in whole.rows)
        with pytest.raises(NotFound):
            eligibility.verdicts(scope=everyone, at=AT, subjects=["999999999"])
        with pytest.raises(NotFound):
            eligibility.verdicts(scope=everyone, at=AT, pack="inconnu")
        over = eligibility.verdicts(scope=everyone, at=AT, subjects=[CHU], closed=True)
        assert "hopital-numerique" in {q.pack for q in over.questions}


def test_every_rule_is_answered_by_itself(everyone: Scope) -> None:
    with in_scope(everyone):
        found = eligibility.verdicts(scope=everyone, at=AT, subjects=[CHU], pack=AAP, rules=True)
        by = {q.rule: found.cells[found.rows[0].key, q.id][0] for q in found.questions}
    assert by["membre-public-de-ght"].verdict is Verdict.OUI
    assert by["guichet-non-clos"].verdict is Verdict.OUI
    assert "porteur-eligible-rattrapage" not in by


@pytest.mark.parametrize(("day", "expected"), [(date(2026, 5, 29), "oui"), (date(2026, 5, 30), "non")])
def test_the_window_closes_after_its_last_day(everyone: Scope, day: date, expected: str) -> None:
    with in_scope(everyone):
        found = eligibility.verdicts(scope=everyone, at=day, subjects=[CHU], pack=AAP, rules=True)
        (answer,) = found.cells[Key(Kind.PMSI, CHU), f"{AAP}/=guichet-non-clos"]
    assert answer.verdict == expected


def test_what_to_tell_first(everyone: Scope) -> None:
    with in_scope(everyone):
        tell(everyone, ej(LANGRES), CANDIDATE, True, SINCE)
        tell(everyone, ej(LANGRES), NOTE, True, SINCE)
        found = eligibility.verdicts(scope=everyone, at=AT, subjects=[LANGRES], pack=AAP)
        first = eligibility.todo(found.answers())[0]
    assert first.needed.fact == MATURITY and (first.alone, first.helps) == (3, 3)
    assert Decimal(len(first.questions)) == 3
