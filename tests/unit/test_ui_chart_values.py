"""A chart's table: one row per category, bounds beside their series, unknown said as such."""

from __future__ import annotations

from datetime import date

import pytest
from django.template import Context, Template

from archipel.foundation.web.charts import Chart, Mark, Series


def test_the_table_holds_every_figure_and_its_bounds() -> None:
    chart = Chart("x", "Titre", "Mois", [date(2026, 1, 1), date(2026, 2, 1)],
                  [Series("Prévu", (1234.5, None), low=(1000, None), high=(1500, None))], kind="line")  # fmt: skip
    assert chart.in_time
    assert [(c.title, c.attributes) for c in chart.columns] == [
        ("Prévu", (("serie", ""),)),
        ("Prévu, au moins", (("bas-de", "s0"),)),
        ("Prévu, au plus", (("haut-de", "s0"),)),
    ]
    first, second = chart.rows
    assert [cell.machine for cell in first.cells] == ["1234.5", "1000", "1500"]
    assert first.cells[0].text == "1\u202f234,5"
    assert (first.category, first.moment) == ("01/01/2026", "2026-01-01")
    assert [(cell.machine, cell.text) for cell in second.cells] == [("", "inconnu")] * 3


def test_a_series_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 values for 1"):
        Chart("x", "Titre", "Mois", ["a"], [Series("S", (1, 2))])


def test_the_page_is_safe_and_machine_readable() -> None:
    chart = Chart("x", "T <i>", "C", ["<b>"], [Series("S", (1000,))], maximum=12345.5, marks=[Mark(66.5, "Seuil; |")])
    text = Template("{% graphique chart %}").render(Context({"chart": chart}))
    assert 'data-max="12345.5"' in text and 'data-marks="66.5|Seuil,  "' in text
    assert "<b>" not in text and "T <i>" not in text
    assert 'data-sort="1000"' in text
