"""Counting the beds of a whole region stays quick as the history grows."""

from __future__ import annotations

import time

import psycopg
import pytest
from django.db import connection

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import Segment
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.territory.models import Lit
from tests.factories.beds import CHU, LANGRES, make_unit, system

OUTSIDER = Scope(actor="direction", establishments=frozenset(), grants={LANGRES: frozenset({Capability.VOIR_CAPACITE})})


@pytest.mark.slow
def test_twelve_thousand_beds_are_counted_quickly(fresh_database: str) -> None:
    populate(12_000, 300_000)
    analyze(fresh_database)
    spent = []
    for _ in range(5):
        begin = time.perf_counter()
        found = flow.capacity(scope=OUTSIDER)
        spent.append(time.perf_counter() - begin)
    assert found.total.installed == 12_000
    assert found.total.occupied == 10_200
    assert min(spent) < 0.6, f"{min(spent) * 1000:.0f} ms (150 ms on an idle machine)"


def analyze(url: str) -> None:
    """What autovacuum does in time; the application role may not."""
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("ANALYZE")


def populate(beds: int, history: int) -> None:
    """A region in a few statements: units of 30 beds, 85 % occupied, and past stays."""
    make_unit("x", beds="0-0")
    Lit.objects.all().delete()
    with in_scope(system()), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO territory_uf (establishment, code, name, site, pole, service, filiere, types, tracks_cleaning,"
            " protected_beds, provisional, closed) SELECT %s, 'U' || n, 'Unité ' || n, '210987558', '', '', 'MED',"
            " '{H}', true, 0, false, false FROM generate_series(0, %s) n",
            [CHU, beds // 30],
        )
        cursor.execute(
            "INSERT INTO territory_lit (establishment, uf, chambre, lit, name, usage, single, isolation, position,"
            " provisional, closed) SELECT %s, 'U' || n / 30, 'C' || n / 2, (n %% 2)::text, '', 'lit', false, false, n,"
            " false, false FROM generate_series(0, %s) n",
            [CHU, beds - 1],
        )
        cursor.execute(
            "INSERT INTO flow_segment (establishment, venue_id, begin, end_at, uf, chambre, lit, uf_medicale, uf_soins,"
            " patient_class, present, sexe, movement) SELECT %s, n, now() - interval '200 days' * (n::float / %s), CASE"
            " WHEN n < %s THEN now() - interval '200 days' * (n::float / %s) + interval '10 minutes' END,"
            " 'U' || (n %% %s) / 30, 'C' || (n %% %s) / 2, (n %% 2)::text, '', '', 'I', true, 'F', n::text"
            " FROM generate_series(1, %s) n",
            [CHU, history, history, history, beds, beds, history],
        )
        cursor.execute(
            "INSERT INTO flow_segment (establishment, venue_id, begin, uf, chambre, lit, uf_medicale, uf_soins,"
            " patient_class, present, sexe, movement) SELECT %s, %s + n, now() - interval '1 day', 'U' || n / 30,"
            " 'C' || n / 2, (n %% 2)::text, '', '', 'I', true, 'F', 'o' || n FROM generate_series(0, %s) n",
            [CHU, history + 10, beds * 85 // 100 - 1],
        )
        Segment.objects.filter(end_at=None, venue_id__lte=history).delete()
