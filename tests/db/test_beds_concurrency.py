"""A bed is never reserved twice, however many people click at once."""

from __future__ import annotations

import threading

from django.db import connection

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import BedFact
from archipel.foundation.scope import in_scope
from archipel.kernel.errors import Conflict
from tests.factories.beds import make_unit, system


def test_one_of_eight_gets_the_bed(fresh_database: str) -> None:
    bed = make_unit()[0]
    barrier = threading.Barrier(8)
    outcomes: list[str] = []

    def reserve(number: int) -> None:
        barrier.wait()
        try:
            flow.reserve_bed(scope=system(), bed=bed, text=f"patient {number}")
            outcomes.append("ok")
        except Conflict as error:
            outcomes.append(error.error_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=reserve, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["deja-reserve"] * 7 + ["ok"]
    with in_scope(system()):
        assert BedFact.objects.count() == 1
