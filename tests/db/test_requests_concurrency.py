"""Several people at once: one bed has one taker, one venue one request."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import BedFact, Request
from archipel.foundation.scope import in_scope
from archipel.kernel.errors import Conflict
from tests.db.test_downstream import langres
from tests.db.test_ed import department
from tests.db.test_requests import NURSE, THERE
from tests.factories.beds import make_stay, system


def together(*acts: Callable[[], object]) -> list[str]:
    """Outcomes, sorted: ``ok`` or the code of the refusal."""
    barrier, outcomes = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
            outcomes.append("ok")
        except Conflict as error:
            assert error.message.endswith(".")
            outcomes.append(error.error_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_two_acceptances_for_one_bed(fresh_database: str) -> None:
    places, beds = department(), langres()
    venues = [make_stay(places["BOX1"]), make_stay(places["BOX2"]), make_stay(places["DECH1"])]
    numbers = [flow.create_request(scope=NURSE, venue=venue, bed=beds[0], filiere="MED").number for venue in venues]
    outcomes = together(*(lambda number=number: flow.accept_request(scope=THERE, request=number) for number in numbers))
    assert outcomes == ["deja-reserve", "deja-reserve", "ok"]
    with in_scope(system()):
        assert BedFact.objects.count() == 1
        assert sorted(Request.objects.values_list("status", flat=True)) == ["acceptee", "envoyee", "envoyee"]


def test_accepted_and_refused_at_once(fresh_database: str) -> None:
    beds = langres()
    venue = make_stay(department()["BOX1"])
    number = flow.create_request(scope=NURSE, venue=venue, bed=beds[0], filiere="MED").number
    outcomes = together(
        lambda: flow.accept_request(scope=THERE, request=number),
        lambda: flow.refuse_request(scope=THERE, request=number, reason="complet"),
        lambda: flow.cancel_request(scope=NURSE, request=number, reason="rentre"),
    )
    assert outcomes.count("ok") in (1, 2)
    with in_scope(system()):
        status = Request.objects.get().status
        kept = len(BedFact.objects.values_list("id")) % 2
    assert (status == "acceptee") == bool(kept), "the bed is kept if, and only if, the request stands accepted"


def test_one_open_request_for_a_venue(fresh_database: str) -> None:
    beds = langres()
    venue = make_stay(department()["BOX1"])
    outcomes = together(
        *(
            lambda bed=bed: flow.create_request(scope=NURSE, venue=venue, bed=bed, filiere="MED")
            for bed in [*beds, *beds]
        )
    )
    assert outcomes == ["demande-en-cours"] * 3 + ["ok"]
