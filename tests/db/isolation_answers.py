"""What an answer says, and what the database holds: where the markers of another establishment are looked for."""

from __future__ import annotations

import io
import json
import re
import zipfile
from urllib.parse import unquote_plus

import psycopg
from django.apps import apps
from django.http import HttpResponse

from tests.db.isolation import A, Place


def everything_said(response: HttpResponse) -> str:
    """Body (a workbook unpacked), headers and cookies, as one text in capitals."""
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"".join(book.read(name) for name in book.namelist())
    heads = " ".join(f"{name}: {value}" for name, value in response.items())
    cookies = " ".join(f"{name}={morsel.value}" for name, morsel in response.cookies.items())
    text = body.decode("utf-8", "replace")
    if response.get("Content-Type", "").startswith("application/json"):
        text += json.dumps(json.loads(text), ensure_ascii=False)
    return unquote_plus(f"{heads} {cookies}").upper() + text.upper()


def leaks(response: HttpResponse, place: Place, given: str) -> list[str]:
    """The markers of a place that are in the answer and were not given in the question."""
    said = everything_said(response)
    asked = unquote_plus(given).upper()
    for word in sorted(set(re.findall(rf"{place.mark}[A-Z0-9-]*", asked)), key=len, reverse=True):
        said = said.replace(word, "")  # what the caller wrote is not learnt from the answer
    return [marker for marker in place.markers if marker and marker not in asked and marker in said] + (
        [place.mark] if place.mark in asked and place.mark in said else []
    )


FREE = {"audit_entry", "outbox_event", "journal_pending", "forecast_refresh"}
"""Tables where the attempts themselves are written, keyed by the establishment they aimed at; and the orders to compute
the forecasts of the whole territory again, which hold no data of anybody."""


OF_THE_GROUP = {"catalogue_request", "catalogue_requestevent", "catalogue_quotamovement", "catalogue_feedbackevent"}
"""Written in the name of the whole group by its support establishment, which A is: those shared with A are A's too."""


def rows_of(url: str, establishment: str) -> dict[str, list[str]]:
    """Every row of an establishment, read by the owner of the database: nothing filters it."""
    found: dict[str, list[str]] = {}
    with psycopg.connect(url, autocommit=True) as owner:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            names = {f.column for f in model._meta.concrete_fields}
            if not names & {"establishment", "establishments"} or table in FREE:
                continue
            own = "establishment = %s" if "establishment" in names else "%s = ANY (establishments)"
            if table in OF_THE_GROUP:
                own += f" AND NOT '{A}' = ANY (establishments)"
            rows = owner.execute(
                f"SELECT to_jsonb(t)::text FROM {table} t WHERE {own} ORDER BY 1", [establishment]
            ).fetchall()
            found[table] = [row[0] for row in rows]
    return found
