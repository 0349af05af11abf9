"""Exports open as they should, and never run what somebody typed."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from archipel.foundation.web.export import csv_bytes, table_response, xlsx_bytes
from archipel.kernel.errors import Invalid

BLANK = " \t\r\n\u00a0\u202f\ufeff\u200b"
text = st.one_of(
    st.text(max_size=60),
    st.builds(
        lambda pad, sign, rest: pad + sign + rest,
        st.text(BLANK, max_size=3),
        st.sampled_from("=+-@|%\t\r"),
        st.text(max_size=20),
    ),
)


def is_formula(shown: str) -> bool:
    return shown.lstrip(BLANK)[:1] in {"=", "+", "-", "@", "|", "%"} or shown[:1] in {"\t", "\r"}


@given(st.lists(text, min_size=1, max_size=4))
def test_no_text_becomes_a_formula_in_csv(values: list[str]) -> None:
    raw = csv_bytes(values, [values])
    lines = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert len(lines) == 2
    assert not any(is_formula(cell) for line in lines for cell in line)


@given(st.lists(text, min_size=1, max_size=4))
def test_no_text_becomes_a_formula_in_xlsx(values: list[str]) -> None:
    sheet = load_workbook(io.BytesIO(xlsx_bytes(["Titre"] * len(values), [values]))).active
    assert sheet is not None
    for cell in next(sheet.iter_rows(min_row=2)):
        assert cell.data_type != "f"
        assert cell.value is None or not is_formula(str(cell.value))


@given(st.one_of(st.integers(-(10**12), 10**12), st.decimals(-1000, 1000, places=2), st.floats(-1e6, 1e6)))
def test_numbers_survive_the_french_comma(value: float | Decimal) -> None:
    cell = csv_bytes(["n"], [[value]]).decode("utf-8-sig").splitlines()[1]
    assert type(value)(cell.replace(",", ".")) == value


def test_csv_is_what_a_french_spreadsheet_expects() -> None:
    moment = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
    raw = csv_bytes(["Unité", "Lits", "Taux"], [["Cardiologie", 12, 87.5], [None, True, moment]])
    assert raw == (b"\xef\xbb\xbf" + "Unité;Lits;Taux\r\nCardiologie;12;87,5\r\n;oui;2026-11-22 14:05:00\r\n".encode())


def test_the_format_asked_for_is_given_or_refused() -> None:
    ask = RequestFactory().get
    answer = table_response(ask("/x?format=xlsx"), "lits", ["A"], [[1]])
    assert answer["Content-Disposition"].endswith('.xlsx"')
    assert load_workbook(io.BytesIO(answer.content)).active["A2"].value == 1
    assert table_response(ask("/x"), "lits", ["A"], [[1]])["Content-Type"].startswith("text/csv")
    with pytest.raises(Invalid, match="pdf"):
        table_response(ask("/x?format=pdf"), "lits", ["A"], [])
