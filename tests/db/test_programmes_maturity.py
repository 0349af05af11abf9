"""Maturity: answers are facts, campaigns remind once, the group is weighed by AC, the plan stands its check."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction as F

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from archipel.foundation.scope import Capability, Scope, in_scope, system_scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.programmes.maturity import public as maturity
from archipel.programmes.maturity.models import Answer, CampaignFact
from archipel.programmes.maturity.public import But, Etat, Evidence, Given, GroupResult, Mesure, Question
from archipel.programmes.maturity.queries.activity import Activity
from archipel.programmes.perimetre import public as perimetre
from tests.factories.maturity import small_grid
from tests.factories.programmes import pmsi, region_scope, tell

pytestmark = pytest.mark.django_db
CHU, LANGRES, AUTUN = "210780581", "520780057", "710780644"
GHT = "BFC-03"
CARE = ("care-d2", "auto-diagnostic-d2")
YES, NO = Mesure(Etat.MESUREE, F(1)), Mesure(Etat.MESUREE, F(0))
BIA = ("d2-o1-c-soins", "d2-o1-c-administratif", "d2-o1-c-plateau")


@pytest.fixture
def ght() -> frozenset[str]:
    perimetre.load_reference(scope=system_scope("tests", []))
    return perimetre.members(GHT)


def manager(*codes: str, more: tuple[Capability, ...] = ()) -> Scope:
    held = frozenset({Capability.VOIR_PROGRAMMES, Capability.GERER_PROGRAMMES, *more})
    return Scope(
        actor="charge", establishments=frozenset(), grants=dict.fromkeys(codes, held), programmes=frozenset(codes)
    )


def care() -> maturity.Grille:
    return maturity.grid(*CARE)


def say(scope: Scope, entity: str, **answers: Mesure) -> maturity.Act:
    given = [Given(name.replace("_", "-"), measure) for name, measure in answers.items()]
    return maturity.answer(scope=scope, grid=care(), entity=entity, given=given)


def test_an_answer_stands_until_another_and_may_be_taken_back(ght: frozenset[str]) -> None:
    scope, grid = manager(CHU), care()
    first = say(scope, CHU, d2_o1_c_soins=NO)
    second = maturity.answer(
        scope=scope, grid=grid, entity=CHU,
        given=[Given("d2-o1-c-soins", YES, "fait", (Evidence("BIA urgences", "GED 12"),))],
    )  # fmt: skip
    with in_scope(scope):
        who = maturity.entity(scope, grid, CHU)
        said = maturity.assessments(grid, [who])[0].answers["d2-o1-c-soins"]
        assert (said.mesure, said.comment, said.declared_only, said.actor) == (YES, "fait", False, "charge")
    undo = maturity.undo_answer(scope=scope, fact=second.facts[0])
    with in_scope(scope):
        assert maturity.assessments(grid, [who])[0].bilan.indicateurs["d2-o1-c-soins"] == 0
    with pytest.raises(Conflict):
        maturity.undo_answer(scope=scope, fact=second.facts[0])
    maturity.undo_answer(scope=scope, fact=undo.facts[0])
    with in_scope(scope):
        assert maturity.assessments(grid, [who])[0].bilan.indicateurs["d2-o1-c-soins"] == 1
        assert Answer.objects.filter(pk__in=[*first.facts, *second.facts, *undo.facts]).count() == 3
        with pytest.raises(DatabaseError), transaction.atomic():
            Answer.objects.filter(pk=first.facts[0]).update(comment="autre")


def test_answers_are_refused_with_their_reason_and_nothing_is_written(ght: frozenset[str]) -> None:
    scope, grid = manager(CHU), care()
    tomorrow = timezone.localdate() + timedelta(days=1)
    for given, said in [
        (Given("inconnue", YES), "n'est pas dans la grille"),
        (Given("d2-o4-test", Mesure(Etat.MESUREE, F(2))), "oui ou non"),
        (Given("d2-o1-c-soins", YES, effective_on=tomorrow), "futur"),
        (Given("d2-o1-c-soins", YES, evidence=(Evidence(" "),)), "titre"),
        (Given("d2-p1", YES), "groupement"),
    ]:
        with pytest.raises(Invalid, match=said):
            maturity.answer(scope=scope, grid=grid, entity=CHU, given=[Given("d2-o1-c-plateau", YES), given])
    reader = Scope("x", frozenset(), {CHU: frozenset({Capability.VOIR_PROGRAMMES})}, programmes=frozenset({CHU}))
    with pytest.raises(Denied):
        say(reader, CHU, d2_o1_c_soins=YES)
    with pytest.raises(NotFound):
        say(scope, LANGRES, d2_o1_c_soins=YES)
    with pytest.raises(Denied):
        say(manager(LANGRES), f"ght:{GHT}", d2_p1=YES)
    with in_scope(system_scope("tests", ght)):
        assert Answer.objects.count() == 0


def test_another_establishment_reads_nothing_of_it_but_the_group_s_own_answers(ght: frozenset[str]) -> None:
    say(manager(CHU), CHU, d2_o1_c_soins=YES)
    say(manager(*ght), f"ght:{GHT}", d2_p1=YES)
    with in_scope(manager(LANGRES)):
        assert [a.indicator for a in Answer.objects.all()] == ["d2-p1"]
    with in_scope(manager(CHU)):
        assert Answer.objects.count() == 2
    with in_scope(manager("250000015")):
        assert Answer.objects.count() == 0


def test_levels_over_time_are_those_of_the_days(ght: frozenset[str]) -> None:
    scope, grid = manager(CHU), care()
    today = timezone.localdate()
    for days, measure in ((30, NO), (10, YES)):
        maturity.answer(
            scope=scope, grid=grid, entity=CHU,
            given=[Given("d2-o4-test", measure, effective_on=today - timedelta(days=days))],
        )  # fmt: skip
    with in_scope(scope):
        who = maturity.entity(scope, grid, CHU)
        moments = maturity.history(grid, who)
        assert [(today - m.day).days for m in moments] == [30, 10]
        assert [m.bilan.indicateurs["d2-o4-test"] for m in moments] == [0, 1]
        before = maturity.assessments(grid, [who], today - timedelta(days=20))[0]
        assert before.bilan.indicateurs["d2-o4-test"] == 0


def weigh(values: dict[str, int]) -> None:
    """Give the AC of establishments, each through its FINESS PMSI."""
    since = timezone.localdate() - timedelta(days=100)
    for code, value in values.items():
        weigh_one(code, value, since)


def weigh_one(code: str, value: int, since: date, source: str = "DIM") -> None:
    with in_scope(region_scope()):
        tell(region_scope(), pmsi(code), "activite-combinee", Decimal(value), since, source)


def test_the_66_percent_rule_over_the_members(ght: frozenset[str]) -> None:
    scope, grid, today = manager(*ght), care(), timezone.localdate()
    others = sorted(ght - {CHU})
    for code in BIA:
        maturity.answer(scope=scope, grid=grid, entity=CHU, given=[Given(code, YES)])

    def result() -> GroupResult:
        with in_scope(scope):
            return maturity.group_result(grid, maturity.group(scope, grid, GHT), today)

    weigh(dict.fromkeys(others[1:], 34) | {CHU: 66 * len(others)})
    unknown = result()
    assert (unknown.parts[0].part.id, unknown.parts[0].resultat.sans_ac) == ("bia-pcra", (others[0],))
    assert unknown.ensemble.sans_ac == (others[0],)
    assert unknown.activity[others[0]].source == "non renseignée"
    weigh({others[0]: 34})  # exactly 66 % for the CHU
    bia = result().parts[0]
    assert (bia.resultat.verdict, bia.resultat.bas) == ("oui", F(66, 100))
    weigh_one(others[0], 35, today)
    less = result()
    assert less.activity[others[0]] == Activity(F(35), "DIM")
    assert less.parts[0].resultat.verdict == "inconnu" and less.parts[0].decidant == (others[0],)
    weigh_one(others[0], 34, today, "ARS")
    assert result().activity[others[0]].source == "contredite"


def test_the_plan_finds_the_least_effort_for_the_share(ght: frozenset[str]) -> None:
    scope, grid, today = manager(*ght), care(), timezone.localdate()
    others = sorted(ght - {CHU})
    weigh(dict.fromkeys(others[:-1], 10) | {CHU: 200})
    for code in BIA:
        maturity.state_effort(scope=scope, grid=grid, entity=CHU, indicator=code, level=0, days=Decimal("7.5"))
        maturity.answer(scope=scope, grid=grid, entity=others[0], given=[Given(code, YES)])
    with in_scope(scope):
        group = maturity.group(scope, grid, GHT)
        asked = Question(But.PART, F(1), F(66, 100), F(40), part="bia-pcra")
        found = maturity.plan(grid, group, asked, today)
    assert found.plan.possible and not found.problems
    assert [e.code for e in found.left_out] == [others[-1]]
    assert (found.plan.effort, found.supposed) == (F("22.5"), frozenset())  # the CHU alone carries enough
    assert {s.entite for s in found.plan.pas} == {CHU}
    with in_scope(scope):
        whole = maturity.plan(grid, group, Question(But.CHACUN, F(1), F(1), F(1)), today)
    assert whole.plan.possible and not whole.problems and whole.supposed
    asked_once = [s for s in whole.plan.pas if s.entite == f"ght:{GHT}"]
    assert {s.indicateur for s in asked_once} == {i.id for i in grid.indicateurs if i.groupe}


def test_a_campaign_reminds_each_late_member_once_for_each_day(ght: frozenset[str]) -> None:
    scope = manager(*ght, more=(Capability.VALIDER_PROGRAMMES,))
    grid, today = care(), timezone.localdate()
    made = maturity.open_campaign(
        scope=scope, grid=grid, title="CaRE", establishments=[CHU, LANGRES], due_on=today + timedelta(days=7),
        reminders=(7, 1), ght=GHT,
    )  # fmt: skip
    for indicator in grid.indicateurs:
        if not indicator.groupe:
            maturity.answer(
                scope=scope, grid=grid, entity=CHU, given=[Given(indicator.id, Mesure(Etat.SANS_OBJET))],
                campaign=made.facts[0],
            )  # fmt: skip
    maturity.send_reminders(today)
    maturity.send_reminders(today)
    maturity.send_reminders(today + timedelta(days=1))
    with in_scope(scope):
        sent = list(CampaignFact.objects.values_list("kind", "establishment", "automatic"))
        assert sent == [("relance", LANGRES, True)]
        info = maturity.campaign(scope, made.facts[0], today)
        assert [(m.entity.code, m.complete) for m in info.members if not m.entity.group] == [
            (CHU, True), (LANGRES, False),
        ]  # fmt: skip
        assert maturity.campaign(scope, made.facts[0], today + timedelta(days=9)).state == "en_retard"
    maturity.extend(scope=scope, number=made.facts[0], due_on=today + timedelta(days=30), reason="congés")
    maturity.close(scope=scope, number=made.facts[0])
    with pytest.raises(Conflict):
        maturity.close(scope=scope, number=made.facts[0])
    maturity.reopen(scope=scope, number=made.facts[0])
    assert "1 établissement" in maturity.remind(scope=scope, number=made.facts[0]).message
    with in_scope(scope):
        info = maturity.campaign(scope, made.facts[0], today)
        assert info.due_on == today + timedelta(days=30) and info.state == "en_cours"
        assert [s.kind for s in maturity.steps(made.facts[0])] == [
            "relance", "prolongation", "cloture", "reouverture", "relance",
        ]  # fmt: skip


def test_only_who_validates_for_every_member_leads_a_campaign(ght: frozenset[str]) -> None:
    today = timezone.localdate()
    lead = manager(CHU, more=(Capability.VALIDER_PROGRAMMES,))
    with pytest.raises(Denied):
        maturity.open_campaign(
            scope=lead, grid=care(), title="x", establishments=[CHU, LANGRES], due_on=today + timedelta(days=1)
        )
    made = maturity.open_campaign(scope=lead, grid=care(), title="x", establishments=[CHU], due_on=today)
    with pytest.raises(Denied):
        maturity.close(scope=manager(CHU), number=made.facts[0])
    with pytest.raises(NotFound):
        maturity.close(scope=manager(LANGRES), number=made.facts[0])
    for fields, said in [
        ({"title": " "}, "titre"),
        ({"establishments": []}, "établissement"),
        ({"due_on": today - timedelta(days=1)}, "avant"),
        ({"reminders": (400,)}, "relances"),
    ]:
        good = {"title": "x", "establishments": [CHU], "due_on": today}
        with pytest.raises(Invalid, match=said):
            maturity.open_campaign(scope=lead, grid=care(), **(good | fields))


@pytest.mark.parametrize(
    ("indicator", "text", "value"),
    [("oui-1", "Oui", F(1)), ("oui-1", "non", F(0)), ("couv-1", "2,9", F("2.9")), ("delai-1", "1 234,5", F("1234.5")),
     ("couv-1", "70 %", F(70))],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(indicator: str, text: str, value: F) -> None:
    assert maturity.measure_of(small_grid(), indicator, text) == Mesure(Etat.MESUREE, value)


def test_what_is_not_a_number_is_told() -> None:
    grid = small_grid()
    assert maturity.measure_of(grid, "couv-1", " Sans  objet ").etat is Etat.SANS_OBJET
    assert maturity.measure_of(grid, "couv-1", "non mesuré").etat is Etat.NON_MESUREE
    for text in ("", "abc", "NaN", "1e99", "inf"):
        with pytest.raises(Invalid, match="attendu"):
            maturity.measure_of(grid, "couv-1", text)
    counted = maturity.measure_of(grid, "typo-1", "", [("IDE", "3", "4"), ("médecins", "", "")])
    assert counted.categories == (("IDE", 3, 4),)
    with pytest.raises(Invalid, match="entier"):
        maturity.measure_of(grid, "typo-1", "", [("IDE", "x", "4")])
