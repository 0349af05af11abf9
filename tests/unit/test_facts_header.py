"""The first line of a file of facts: which column is which, what is missing, what is there twice."""

from __future__ import annotations

from archipel.programmes.facts.rules.importing import FACT_COLUMNS, header, read_facts


def test_a_column_said_twice_is_told_with_both_places() -> None:
    titles = ["Finess", "Fait", "Valeur", "Source", "Date d'effet", "FINESS "]
    _, wrong = header(titles, FACT_COLUMNS)
    (twice,) = [one for one in wrong if "n'en gardez qu'une" in one.message]
    assert "« Finess » (colonne 1)" in twice.message and "(colonne 6)" in twice.message and twice.line == 1


def test_nothing_is_read_of_such_a_file() -> None:
    rows = [(1, ["finess", "fait", "valeur", "source", "date_effet", "valeur"]), (2, ["1", "a", "1", "s", "", "2"])]
    lines, wrong = read_facts(rows, {}, lambda *_: None)  # type: ignore[arg-type, return-value]
    assert not lines and any("toutes deux « valeur »" in one.message for one in wrong)
