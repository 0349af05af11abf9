"""The demonstration's programmes: real establishments, invented values that say so, told once."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from archipel.demo import programmes
from archipel.demo.programmes.facts import SOURCE
from archipel.foundation.scope import in_scope, system_scope
from archipel.programmes.dossiers import public as dossiers
from archipel.programmes.facts import public as facts
from archipel.programmes.packs.public import Maille
from archipel.territory.reference import ght


def counted(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_it_is_told_once_and_says_that_it_is_invented() -> None:
    group = ght("21-52")
    programmes.seed(group)
    scope = system_scope("tests", [ej.finess.value for ej in group.ejs])
    with in_scope(scope):
        before = counted("facts_fact"), counted("perimetre_statement")
        programmes.seed(group)
        assert (counted("facts_fact"), counted("perimetre_statement")) == before
        assert {row.line.status.value for row in dossiers.dossiers(scope=scope, today=date(2026, 11, 27))} == {
            "conventionne",
            "en_redaction",
            "idee",
        }
        read = facts.facts_at(None, date(2026, 6, 1), derived=False).readings
        states = {reading.state for one in read.values() for reading in one.values()}
        assert facts.State.CONTREDIT in states and facts.State.CONNU in states
        support = facts.Subject(Maille.FINESS_PMSI, group.support.finess.value)
        assert read[support]["activite-combinee"].facts[0].source == SOURCE
        assert all(
            "fictif" in f.source or "fictive" in f.source for r in read.values() for x in r.values() for f in x.facts
        )
