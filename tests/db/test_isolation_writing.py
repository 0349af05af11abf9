"""Nobody of one establishment changes another's patients, by any form or operation of the interface."""

from __future__ import annotations

import pytest

from archipel.foundation.accounts.roles import Role
from tests.db import isolation_world
from tests.db.isolation import B, Place
from tests.db.isolation_answers import leaks, rows_of
from tests.db.isolation_walk import EVERY_ROLE, STRONGEST, verdict, visitor, writes
from tests.factories.accounts import make_user

world, fresh_database, places = isolation_world.world, isolation_world.fresh_database, isolation_world.places


@pytest.mark.slow
@pytest.mark.parametrize("who", STRONGEST)
def test_no_route_changes_another_establishment(who: str, places: tuple[Place, Place], fresh_database: str) -> None:
    a, b = places
    user = visitor(who)
    before = rows_of(fresh_database, B)
    problems = []
    for asked, answer in writes(user, b, a, brief=who != EVERY_ROLE):
        problems += [f"POST {asked} → {answer.status_code} montre {marker}" for marker in leaks(answer, b, asked)]
        if answer.status_code >= 500:
            problems.append(f"POST {asked} → {answer.status_code}")
    after = rows_of(fresh_database, B)
    for table, rows in before.items():
        if after[table] != rows:
            gone, new = set(rows) - set(after[table]), set(after[table]) - set(rows)
            problems.append(f"{table} de B a changé : {list(gone)[:2]} → {list(new)[:2]}")
    verdict(problems)


def test_the_attempts_would_succeed_at_home(places: tuple[Place, Place], fresh_database: str) -> None:
    """The same forms and bodies, sent by people of B, do change B: the refusals above are not those of bad forms."""
    a, b = places
    before = rows_of(fresh_database, B)
    people = [make_user(role, B) for role in (Role.GESTIONNAIRE_LITS, Role.IDE_URGENCES, Role.DIM, Role.ADMINISTRATEUR)]
    for user in people:
        for _ in writes(user, b, a, brief=True, only=("lits", "urgences", "demandes", "messages", "comptes")):
            pass
    after = rows_of(fresh_database, B)
    changed = {table for table, rows in before.items() if after[table] != rows}
    assert {"flow_bedfact", "flow_bedstatus", "flow_edfact", "flow_request", "journal_decision"} <= changed, changed
    assert {"journal_sender", "accounts_grant"} & changed
