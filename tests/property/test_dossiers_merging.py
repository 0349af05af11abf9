"""Merging what several wrote: both are in it, or both are kept; nothing is chosen for anybody."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.programmes.dossiers.rules.comparing import ADDED, REMOVED, SAME, compare, words
from archipel.programmes.dossiers.rules.merging import both, merge, merge_choices, merge_rows, merge_texts, sentences
from archipel.programmes.dossiers.values.content import COLUMNS, Content
from archipel.programmes.dossiers.values.template import RubricKind

quick = settings(max_examples=60, deadline=None)
prose = st.text(alphabet="ab é.!?…\n ", max_size=60)
identifiers = st.sampled_from(["a", "b", "c", "d"])
cells = st.sampled_from(["", "un", "deux", "trois"])


@st.composite
def rows(draw: Any) -> list[dict[str, str]]:
    names = draw(st.lists(identifiers, unique=True, max_size=4))
    return [{"id": name, "nom": draw(cells), "role": draw(cells)} for name in names]


@st.composite
def contents(draw: Any) -> Content:
    return {"texte": draw(prose), "choix": draw(st.lists(identifiers, unique=True)), "lignes": draw(rows())}


@quick
@given(prose)
def test_the_sentences_of_a_text_are_the_text(text: str) -> None:
    assert "".join(sentences(text)) == text


@quick
@given(prose, prose)
def test_who_changed_nothing_changes_nothing(base: str, other: str) -> None:
    assert merge_texts(base, other, base) == other == merge_texts(base, base, other) == merge_texts(base, other, other)


@quick
@given(prose, prose, prose)
def test_a_merge_does_not_depend_on_who_saved_first(base: str, one: str, two: str) -> None:
    assert merge_texts(base, one, two) == merge_texts(base, two, one)


@quick
@given(st.sets(st.integers(0, 19)), st.sets(st.integers(0, 19)))
def test_different_sentences_are_all_kept(ours: set[int], theirs: set[int]) -> None:
    """Twenty sentences; each side rewrites some, never the same: both are in the result, neighbours too."""
    theirs -= ours
    written = {n: f"Phrase {n} de départ. " for n in range(20)}
    mine = "".join(f"Phrase {n} de moi. " if n in ours else text for n, text in written.items())
    other = "".join(f"Phrase {n} d'eux. " if n in theirs else text for n, text in written.items())
    found = merge_texts("".join(written.values()), other, mine)
    assert found is not None
    for n in range(20):
        who = "de moi" if n in ours else "d'eux" if n in theirs else "de départ"
        assert f"Phrase {n} {who}." in found


def test_what_is_added_before_and_after_a_sentence_is_kept() -> None:
    assert merge_texts("Départ.", "Avant. Départ.", "Départ. Après.") == "Avant. Départ. Après."
    assert merge_texts("Un.\nDeux.", "Un.\nDeux.\nTrois.", "Zéro.\nUn.\nDeux.") == "Zéro.\nUn.\nDeux.\nTrois."
    found = sentences("Le 3.5 % de M. X… fini !\n\nOui")
    assert found == ["Le 3.", "5 % de M.", " ", "X…", " ", "fini", " ", "!", "\n", "\n", "Oui"]


def test_an_empty_line_is_not_a_change() -> None:
    empty = {"texte": "", "choix": [], "lignes": [{"id": "a", "nom": "", "role": ""}]}
    assert compare({}, empty, COLUMNS[RubricKind.EQUIPE]).nothing


def test_the_same_sentence_is_a_conflict() -> None:
    assert merge_texts("Un. Deux. Trois.", "Un. Deux bis. Trois.", "Un. Deux ter. Trois.") is None
    assert merge_texts("", "Les uns.", "Les autres.") is None
    assert merge_texts("Un. Deux.", "Un. Deux. Trois.", "Un. Deux bis.") is None


@quick
@given(*[st.lists(identifiers, unique=True)] * 3)
def test_choices_are_sets(base: list[str], one: list[str], two: list[str]) -> None:
    found = set(merge_choices(base, one, two))
    assert found == ((set(one) | set(two)) - (set(base) - set(one)) - (set(base) - set(two)))


@quick
@given(rows(), rows(), rows())
def test_no_cell_that_somebody_wrote_disappears(base: list[Any], one: list[Any], two: list[Any]) -> None:
    found, clashes = merge_rows(base, one, two)
    kept, old = {row["id"]: row for row in found}, {row["id"]: row for row in base}
    for side in (one, two):
        for row in side:
            if row["id"] in clashes or row == old.get(row["id"]):
                continue
            for field in ("nom", "role"):
                if row[field] != old.get(row["id"], {}).get(field):
                    assert kept[row["id"]][field] == row[field]


@quick
@given(contents(), contents(), contents())
def test_a_merge_keeps_all_or_says_where_it_cannot(base: Content, one: Content, two: Content) -> None:
    found = merge(base, one, two)
    assert (found.content is None) == bool(found.disagreements)
    kept = both(one, two)
    for side in (one, two):
        assert str(side["texte"]).strip() in str(kept.get("texte", ""))
        assert set(side["choix"]) <= set(kept.get("choix", ()))
        lines = [{k: v for k, v in row.items() if k != "id"} for row in kept.get("lignes", ())]
        assert all({k: v for k, v in row.items() if k != "id"} in lines for row in side["lignes"])
    names = [row["id"] for row in kept.get("lignes", ())]
    assert len(names) == len(set(names))


@quick
@given(prose, prose)
def test_a_comparison_tells_both_texts(before: str, after: str) -> None:
    pieces = words(before, after)
    assert "".join(p.text for p in pieces if p.state in (SAME, REMOVED)) == before
    assert "".join(p.text for p in pieces if p.state in (SAME, ADDED)) == after


@quick
@given(contents(), contents())
def test_a_comparison_finds_nothing_only_when_there_is_nothing(one: Content, two: Content) -> None:
    columns = COLUMNS[RubricKind.EQUIPE]
    found = compare(one, two, columns)
    as_read = [(row["id"], row["nom"], row["role"]) for row in one["lignes"]]
    other = [(row["id"], row["nom"], row["role"]) for row in two["lignes"]]
    filled = lambda rows: {r for r in rows if r[1] or r[2]}  # noqa: E731
    same = one["texte"] == two["texte"] and set(one["choix"]) == set(two["choix"]) and filled(as_read) == filled(other)
    assert found.nothing == same
