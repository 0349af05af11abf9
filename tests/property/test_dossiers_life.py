"""The life of a dossier as a fold of its ledger, its deadlines, its figures: what holds whatever happens."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.programmes.dossiers.rules.completeness import amount
from archipel.programmes.dossiers.rules.deadlines import deadlines, late_for_deposit, reminders
from archipel.programmes.dossiers.rules.lifecycle import Fact, Life, fold, possible
from archipel.programmes.dossiers.rules.statistics import Project, figures
from archipel.programmes.dossiers.values.states import ACTS, CLOSED, PATH, EventKind, Status
from archipel.programmes.dossiers.values.template import Milestone, Template

quick = settings(max_examples=60, deadline=None)
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def fact(rank: int, kind: EventKind, code: str = "", **more: Any) -> Fact:
    return Fact(rank, kind, code, "moi", NOW, NOW, **more)


@st.composite
def ledgers(draw: Any) -> list[Fact]:
    """A ledger as services write one: each act follows from the state, the last act may be taken back."""
    facts = [fact(1, EventKind.OUVERTURE, draw(st.sampled_from(["idee", "redaction"])))]
    for _ in range(draw(st.integers(0, 12))):
        life = fold(facts)
        codes = sorted(code for code, act in ACTS.items() if life.status in act.before)
        undo = life.undoable is not None and draw(st.integers(0, 4)) == 0
        if undo and life.undoable is not None:
            facts.append(fact(len(facts) + 1, EventKind.ANNULATION, life.undoable.code, undoes=life.undoable.id))
        elif codes:
            code = draw(st.sampled_from(codes))
            data = {"montant": "100"} if code == "retenir" else {}
            facts.append(fact(len(facts) + 1, EventKind.ACTE, code, data=data))
    return facts


@quick
@given(ledgers(), st.randoms())
def test_the_order_of_arrival_does_not_matter(ledger: list[Fact], chance: Any) -> None:
    mixed = list(ledger)
    chance.shuffle(mixed)
    assert fold(mixed) == fold(ledger)


@quick
@given(ledgers())
def test_taking_the_last_act_back_leads_where_it_came_from(ledger: list[Fact]) -> None:
    life = fold(ledger)
    if life.undoable is None:
        return
    back = fold([*ledger, fact(len(ledger) + 1, EventKind.ANNULATION, undoes=life.undoable.id)])
    assert back.status is life.before
    without = fold([one for one in ledger if one.id != life.undoable.id])
    assert (back.status, back.steps, back.granted) == (without.status, without.steps, without.granted)


@quick
@given(ledgers())
def test_what_is_granted_and_deposited_follows_the_state(ledger: list[Fact]) -> None:
    life = fold(ledger)
    after = PATH[PATH.index(Status.DEPOSE) :]
    assert (life.granted is not None) == (life.status in PATH[PATH.index(Status.RETENU) :])
    if life.status is not Status.ABANDONNE:
        assert life.deposited == (life.status in after or life.status is Status.REFUSE)


@quick
@given(ledgers())
def test_the_group_comes_before_the_deposit(ledger: list[Fact]) -> None:
    life = fold(ledger)
    codes = {act.code for act in possible(life, needs_ght=True)}
    assert "deposer" not in codes or life.last("valider") is not None
    assert {act.code for act in possible(life, needs_ght=True)} <= {act.code for act in possible(life, needs_ght=False)}


def test_every_state_is_reached_and_every_act_leads_on() -> None:
    reached = {Status.IDEE, Status.REDACTION} | {act.after for act in ACTS.values()}
    assert reached == set(Status)
    for status in set(Status) - {Status.SOLDE, Status.ABANDONNE}:
        assert any(status in act.before for act in ACTS.values())
    assert not possible(Life(Status.SOLDE), needs_ght=False) and not possible(Life(Status.ABANDONNE), needs_ght=False)


# --- deadlines


def template(due: date | None, nature: str = "cloture") -> Template:
    return Template("p", "1", "P", "finess_pmsi", (), (), (Milestone("m", "Clôture", nature, due, due),))


@quick
@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_a_deposit_is_late_from_the_day_after(closing: date, day: date) -> None:
    assert (late_for_deposit(template(closing), day) is not None) == (day > closing)
    assert late_for_deposit(template(None), day) is None


@quick
@given(st.integers(-60, 60), st.sampled_from(sorted(Status)))
def test_late_and_left_exclude_each_other(days: int, status: Status) -> None:
    today = date(2026, 5, 29) + timedelta(days=days)
    found = deadlines(template(date(2026, 5, 29)), status, today)
    if status in (Status.ABANDONNE, Status.REFUSE):
        assert found == ()
        return
    (one,) = found
    assert one.late == (days > 0 and not one.done)
    assert (one.left_days is not None) == (days <= 0 and not one.done)
    if one.left_days is not None:
        assert one.left_days == -days
    told = reminders(found, today)
    assert len(told) == (1 if not one.done and -30 <= days <= 0 else 0)
    if told:
        assert told[0][1] >= -days


def test_an_other_closing_of_the_calendar_does_not_close_the_deposit() -> None:
    other = Milestone("h", "HospiConnect", "cloture", date(2026, 2, 13), date(2026, 2, 13))
    last = Milestone("c", "Clôture", "cloture", date(2026, 5, 29), date(2026, 5, 29))
    both = Template("p", "1", "P", "finess_pmsi", (), (), (other, last))
    assert both.closing is last
    assert [one.id for one in deadlines(both, Status.REDACTION, date(2026, 3, 1))] == ["c"]


# --- amounts and figures


@quick
@given(st.decimals(0, 10**7, places=2))
def test_an_amount_is_read_as_people_write_it(value: Decimal) -> None:
    text = f"{value:,.2f}".replace(",", "\u202f").replace(".", ",")
    assert amount(text) == amount(f"{text} €") == amount(str(value)) == value
    for nothing in ("", None, "beaucoup", "1,2,3", "NaN", "Infinity"):
        assert amount(nothing) is None


@st.composite
def portfolios(draw: Any) -> list[Project]:
    statuses = {f"f{n}": draw(st.sampled_from(["public", "espic", "prive"])) for n in range(6)}
    found = []
    for number in range(draw(st.integers(0, 8))):
        inside = draw(st.lists(st.sampled_from(sorted(statuses)), min_size=1, max_size=3, unique=True))
        state = draw(st.sampled_from(sorted(Status)))
        granted = draw(st.one_of(st.none(), st.integers(1, 900).map(Decimal)))
        theme = draw(st.sampled_from(["urgences", "rh"]))
        parts = tuple((one, statuses[one]) for one in inside)
        found.append(Project(number, theme, state, statuses[inside[0]], parts, granted, Decimal(0)))
    return found


@quick
@given(portfolios())
def test_the_figures_add_up(projects: list[Project]) -> None:
    found = figures(projects, str.upper)
    assert (
        found.projects == len(projects) == sum(g.count for g in found.by_theme) == sum(g.count for g in found.by_state)
    )
    distinct = {finess for one in projects for finess, _ in one.establishments}
    assert found.establishments == len(distinct) == sum(group.count for group in found.by_status)
    granted = sum((one.granted or 0 for one in projects), Decimal(0))
    for groups in (found.by_status, found.by_theme, found.by_state):
        assert sum((g.granted for g in groups), Decimal(0)) == granted == found.granted
        assert not groups or abs(sum(g.share for g in groups) - 100) <= Decimal("0.05") * len(groups)
    assert found.decided <= found.projects and all(s in Status for s in CLOSED)
