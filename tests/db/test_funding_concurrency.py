"""Two accounts at once do not pass the limit of two projects for a FINESS."""

from __future__ import annotations

import threading

from django.db import connection

from archipel.kernel.errors import Invalid
from tests.factories.funding import open_project, tell_activities
from tests.factories.programmes import LANGRES


def test_two_at_once_do_not_pass_the_limit(fresh_database: str) -> None:
    group = tell_activities()
    open_project(group, LANGRES)
    outcomes: list[str] = []

    def attempt(theme: str) -> None:
        try:
            open_project(group, LANGRES, theme=theme)
            outcomes.append("ouvert")
        except Invalid as refused:
            outcomes.append(refused.error_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(theme,)) for theme in ("logistique-produits", "rattrapage")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["ouvert", "troisieme-projet"]
