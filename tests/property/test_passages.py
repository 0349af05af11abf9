"""Passages: attribution, precedence, coherence; whatever the order of facts and the shape of the stay."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from archipel.domains.flow.rules.passage_checks import badly_written, check, completeness, expected, has, overall
from archipel.domains.flow.rules.passages import build, holding, moment_for, runs, share_out, told
from archipel.domains.flow.values import Place, Segment
from archipel.domains.flow.values.passages import CODES, ENTERED, HOSPITALISED, Item, Passage, PassageFact, Severity

BEGIN = datetime(2026, 11, 26, 8, tzinfo=UTC)
ED, WARDS = ("0500", "0501"), ("3001", "3100")
FILIERES = {"3001": "MED", "3100": "SMR"}

units = st.sampled_from([*ED, *WARDS])


@st.composite
def stays(draw: st.DrawFn) -> tuple[Segment, ...]:
    at, found = BEGIN, []
    for rank in range(draw(st.integers(1, 7))):
        at += timedelta(minutes=draw(st.sampled_from([0, 0, 0, 30])))
        end = at + timedelta(minutes=draw(st.integers(1, 600)))
        found.append(Segment(at, end, Place(draw(units)), "", "", "E", True, f"m{rank}"))
        at = end
    if draw(st.booleans()):
        last = found.pop()
        found.append(Segment(last.begin, None, last.place, "", "", "E", True, last.movement))
    return tuple(found)


@given(stays())
def test_runs_cover_exactly_the_segments_of_the_department(segments: tuple[Segment, ...]) -> None:
    found = runs(segments, set(ED))
    inside = [s for s in segments if s.place.uf in ED]
    for segment in inside:
        assert (
            sum(1 for run in found if run.begin <= segment.begin and (run.end is None or segment.begin < run.end)) == 1
        )
    assert all(first.end is not None and first.end <= second.begin for first, second in pairwise(found))
    for run in found:
        assert set(run.ufs) <= set(ED)
        assert run.after not in ED
        assert run.before not in ED


facts = st.builds(
    PassageFact,
    fact_id=st.integers(1, 40),
    item=st.sampled_from(sorted(ENTERED)),
    value=st.lists(st.sampled_from(["1", "2", "MED"]), max_size=2).map(tuple),
    effective_at=st.integers(-100, 3000).map(lambda n: BEGIN + timedelta(minutes=n)),
    recorded_at=st.integers(0, 3000).map(lambda n: BEGIN + timedelta(minutes=n)),
)


@given(stays(), st.lists(facts, unique_by=lambda f: f.fact_id), st.randoms())
def test_each_fact_belongs_to_one_passage_whatever_the_order(segments, rows, random) -> None:
    found = runs(segments, set(ED))
    shares = share_out(rows, found)
    assert sorted(f.fact_id for share in shares for f in share) == (sorted(f.fact_id for f in rows) if found else [])
    shuffled = list(rows)
    random.shuffle(shuffled)
    later = BEGIN + timedelta(days=9)
    assert [holding(share, later) for share in share_out(shuffled, found)] == [holding(s, later) for s in shares]


@given(stays(), st.integers(0, 4000))
def test_an_entry_made_at_any_time_comes_back_to_its_own_passage(segments, minutes) -> None:
    found = runs(segments, set(ED))
    now = BEGIN + timedelta(minutes=minutes)
    for rank, run in enumerate(found):
        if run.begin <= now:
            fact = PassageFact(1, "dp", ("R104",), moment_for(run, now), now)
            shares = share_out([fact], [one for one in found if one.begin <= now])
            assert shares[rank] == (fact,)


def test_an_undo_restores_what_the_movements_tell() -> None:
    one = PassageFact(1, "mode_sortie", ("9",), BEGIN, BEGIN)
    undo = PassageFact(2, "", (), BEGIN, BEGIN + timedelta(minutes=1), undoes=1)
    assert holding([one], BEGIN)[Item.MODE_SORTIE].value == ("9",)
    assert holding([undo, one], BEGIN + timedelta(minutes=2)) == {}


def passage(**changes: object) -> Passage:
    (run,) = runs([Segment(BEGIN, BEGIN + timedelta(hours=4), Place("0500"), "", "", "E", True, "m")], {"0500"})
    values = {
        Item.CP: ("21000",), Item.COMMUNE: ("Dijon",), Item.SEXE: ("F",), Item.MODE_ENTREE: ("8",),
        Item.PROVENANCE: ("8",), Item.TRANSPORT: ("PERSO",), Item.TRANSPORT_PEC: ("AUCUN",), Item.MOTIF: ("R104",),
        Item.GRAVITE: ("2",), Item.DP: ("R104",), Item.MODE_SORTIE: ("8",),
    }  # fmt: skip
    base: dict[str, object] = {
        "establishment": "210780581", "site": "210987558", "venue_id": 1, "venue": "a|1", "rank": 1, "uf": "0500",
        "arrived_at": run.begin, "left_at": run.end, "values": values, "birth": date(1980, 1, 1),
    }  # fmt: skip
    set_values = dict(values)
    for name, value in changes.items():
        if name in set(Item):
            set_values[Item(name)] = value if isinstance(value, tuple) else (value,)
            if value == "":
                del set_values[Item(name)]
        else:
            base[name] = value
    return Passage(**(base | {"values": set_values}))  # type: ignore[arg-type]


def codes(one: Passage, now: datetime = BEGIN + timedelta(days=1)) -> set[str]:
    return {problem.code for problem in check(one, now)}


def test_a_good_passage_has_nothing_to_mend() -> None:
    assert codes(passage()) == set()


def test_each_mutant_is_explained_on_its_item() -> None:
    mutants = [
        ({"left_at": BEGIN - timedelta(hours=1)}, "sortie-avant-entree"),
        ({"left_at": BEGIN + timedelta(hours=100)}, "duree-longue"),
        ({"left_at": BEGIN}, "duree-nulle"),
        ({"birth": date(2027, 1, 1)}, "naissance-apres-entree"),
        ({"birth": date(1880, 1, 1)}, "age"),
        ({"birth": None}, "manque"),
        ({"mode_sortie": "9", "orientation": "MED"}, "mode-orientation"),
        ({"mode_sortie": "6", "orientation": "PSA"}, "mode-orientation"),
        ({"mode_sortie": "6"}, "manque"),
        ({"destination": "1"}, "mode-destination"),
        ({"mode_sortie": "6", "destination": "7", "orientation": "MED"}, "mode-destination"),
        ({"provenance": "1"}, "entree-provenance"),
        ({"mode_entree": "7"}, "entree-provenance"),
        ({"transport_pec": "MED"}, "transport-pec"),
        ({"transport": "SMUR"}, "transport-pec"),
        ({"gravite": "D"}, "ccmu-sortie"),
        ({"gravite": "5"}, "ccmu-sortie"),
        ({"sexe": "M", "dp": "O800"}, "dp-sexe"),
        ({"da": ("R104",)}, "da-double"),
        ({"gravite": "P", "dp": "S720"}, "ccmu-dp"),
        ({"dp": "104"}, "format"),
        ({"cp": "2100"}, "format"),
        ({"actes": ("ZCQK",)}, "format"),
        ({"arrived_at": BEGIN + timedelta(days=2)}, "entree-future"),
        ({"left_at": None}, "mode-sans-sortie"),
        ({"orientation": "PSA", "actes": ("ZBQK002",)}, "psa-actes"),
    ]
    for change, code in mutants:
        found = check(passage(**change), BEGIN + timedelta(days=1))
        assert code in {p.code for p in found}, change
        assert all(p.sentence for p in found)


def test_somebody_who_left_without_waiting_needs_no_diagnosis() -> None:
    gone = passage(orientation="PSA", dp="", gravite="")
    assert codes(gone) == set()
    assert codes(passage(dp="")) == {"manque"}


values = st.dictionaries(
    st.sampled_from(list(Item)),
    st.lists(
        st.text("AZ09.x é\n", max_size=8) | st.sampled_from([c for table in CODES.values() for c in table]),
        min_size=1,
        max_size=3,
    ).map(tuple),
)


@given(values, st.none() | st.dates(), st.integers(-50, 9000), st.booleans())
def test_any_passage_is_checked_and_counted_without_a_fall(given_values, birth, minutes, gone) -> None:
    one = Passage(
        "e", "s", 1, "a|1", 1, "0500", BEGIN, BEGIN + timedelta(minutes=minutes) if gone else None, given_values,
        birth=birth,
    )  # fmt: skip
    found = check(one, BEGIN + timedelta(days=30))
    rows = completeness([one])
    assert {r.item for r in rows if r.wanted} == set(expected(one))
    missing = {p.item for p in found if p.severity is Severity.MANQUE}
    assert missing == {item for item in expected(one) if not has(one, item)}
    assert 0 <= (overall(rows) or 0) <= 100
    for item, kept in given_values.items():
        wrong = any(badly_written(item, value) for value in kept)
        assert wrong == any(p.item is item and p.code == "format" for p in found)


@given(stays(), st.sampled_from(["", "6", "7", "8", "9", "x"]), st.sampled_from(["", "7", "8", "N"]))
def test_what_movements_tell_is_always_in_the_nomenclature(segments, exit_mode, entry) -> None:
    end = max((s.end for s in segments if s.end), default=None)
    for run in runs(segments, set(ED)):
        found = told(run, FILIERES, {"pmsi_mode_entree": entry}, exit_mode=exit_mode, discharged_at=end)
        assert all(not badly_written(item, value) for item, value in found.items())
        if run.after is not None:
            assert found[Item.MODE_SORTIE] in HOSPITALISED
            assert found[Item.DESTINATION] == {"3001": "1", "3100": "2"}[run.after]
        if run.end is None:
            assert Item.MODE_SORTIE not in found
        made = build(
            run, establishment="e", site="s", venue_id=1, venue="a|1", rank=1, movements=found, entered={}, birth=None,
            sex="F",
        )  # fmt: skip
        assert made.one(Item.SEXE) == "F"
        assert made.hospitalised == (run.end is not None and found.get(Item.MODE_SORTIE) in HOSPITALISED)
