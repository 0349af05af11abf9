"""The boards of the emergency department and the search for a bed stay quick at full size."""

from __future__ import annotations

import psycopg
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archipel.domains.flow import public as flow
from archipel.domains.flow.values.ranking import BedRequest
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from tests.db.test_capacity_speed import pages_read, populate, processor_ms
from tests.db.test_ed import announce, department, of
from tests.factories.beds import CHU, SITE, make_stay


def test_two_hundred_patients_in_few_statements(fresh_database: str) -> None:
    places = list(department().values())
    names = [make_stay(places[n % len(places)], since=n / 20, name=f"N{n}") for n in range(200)]
    nurse = of(Role.IDE_URGENCES, CHU)
    for venue in names[:60]:
        flow.record_triage(scope=nurse, venue=venue, level=1 + venue % 5)
        announce(venue, "MED")
    with psycopg.connect(fresh_database, autocommit=True) as owner:
        owner.execute("ANALYZE")
    with in_scope(nurse):
        board = flow.ed_board(scope=nurse, site=SITE)
        spent = processor_ms(lambda: flow.ed_board(scope=nurse, site=SITE))
        pages = pages_read(lambda: flow.ed_board(scope=nurse, site=SITE))
        with CaptureQueriesContext(connection) as asked:
            flow.ed_board(scope=nurse, site=SITE)
    assert len(board.patients) == 200
    assert len(asked) <= 12, [query["sql"][:80] for query in asked]
    print(f"200 patients: {spent:.1f} ms, {len(asked)} statements, {pages} pages")
    assert spent < 100
    assert pages < 500


def test_a_search_among_three_thousand_beds(fresh_database: str) -> None:
    populate(3_000, 60_000)
    with psycopg.connect(fresh_database, autocommit=True) as owner:
        owner.execute("ANALYZE")
    nurse = of(Role.IDE_URGENCES, CHU)
    request = BedRequest("MED", "F", age=70, origin_eg=SITE)
    with in_scope(nurse):
        found = flow.search_beds(scope=nurse, request=request)
        spent = processor_ms(lambda: flow.search_beds(scope=nurse, request=request))
        pages = pages_read(lambda: flow.search_beds(scope=nurse, request=request))
    assert found.considered == 3_000
    assert found.usable > 0
    print(f"3,000 beds: {spent:.1f} ms, {found.usable} usable, {pages} pages")
    assert spent < 200
    assert pages < 20_000
