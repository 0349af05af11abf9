"""Lists of the API: pages of JSON, or the whole table as CSV with ``?format=csv``."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Generic, Literal, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Schema
from pydantic import Field

Row = TypeVar("Row", bound=Schema)
CSV_TYPE = "text/csv; charset=utf-8"
MAX_SIZE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


class Paging(Schema):
    """Which page, in which format."""

    page: int = Field(1, ge=1, le=100_000, description="Numéro de page, à partir de 1.")
    taille: int = Field(100, ge=1, le=MAX_SIZE, description="Lignes par page.")
    format: Literal["json", "csv"] = Field("json", description="json, ou csv pour tout le tableau.")


PagingQuery = Annotated[Paging, Query()]


class Page(Schema, Generic[Row]):
    """A page of a list."""

    total: int
    page: int
    taille: int
    elements: list[Row]


def answer(
    request: HttpRequest, name: str, schema: type[Row], rows: Sequence[Row], paging: Paging
) -> HttpResponse | Page[Row]:
    """The page asked for, or every row as CSV (UTF-8, comma, ISO 8601 dates, RFC 4180)."""
    if paging.format == "csv":
        return csv_response(name, schema, rows)
    start = (paging.page - 1) * paging.taille
    piece = list(rows[start : start + paging.taille])
    return Page[schema](total=len(rows), page=paging.page, taille=paging.taille, elements=piece)  # type: ignore[valid-type]


def csv_response(name: str, schema: type[Row], rows: Sequence[Row]) -> HttpResponse:
    """Every row, one column per simple field; nested fields are left to JSON."""
    columns = [field for field in schema.model_fields if field not in getattr(schema, "NESTED", ())]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(getattr(row, column)) for column in columns] for row in rows)
    response = HttpResponse(out.getvalue(), content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="archipel-{name}.csv"'
    return response


def _cell(value: object) -> str:
    """A value for a program; a text that a spreadsheet would run gets an apostrophe (OWASP, CSV Injection)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return _cell(" ".join(str(one) for one in value))
    text = str(value)
    return "'" + text if text.lstrip().startswith(_FORMULA) else text


def aware(moment: datetime | None) -> datetime | None:
    """A moment without offset is Paris time."""
    return timezone.make_aware(moment) if moment is not None and timezone.is_naive(moment) else moment
