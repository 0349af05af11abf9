"""The director's page: server time, for a group and for a region, with the programmes of the demonstration.

``make bench B=home`` prints one JSON line per figure: the whole request as the server answers it (session, scope, row
level security, every room asked, the page written), on a database of its own. Sixty dossiers are added to those of the
demonstration, a quarter of them granted. CPU time of the process that answers is told beside the clock.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from datetime import datetime
from typing import Any

from bench.machine import database

BAR = 300.0
GHT = "21-52"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dossiers", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=12)
    asked = parser.parse_args()
    with database():
        measure(asked.dossiers, asked.rounds)


def measure(count: int, rounds: int) -> None:
    """Furnish, then ask for the page as a director of the group and as the agency of the region."""
    from django.db import connection

    from archipel.demo import programmes
    from archipel.territory.reference import ght

    group = ght(GHT)
    programmes.seed(group)
    furnish(group, count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for role, place in (("direction", f"ght:{group.code}"), ("referent_ars", "region:27")):
        page(role, place, rounds)


def furnish(group: Any, count: int) -> None:
    """Dossiers of the group written, one in four granted: what two years of calls leave."""
    from django.utils import timezone

    from archipel.foundation.scope import EVERYWHERE, in_scope, system_scope
    from archipel.programmes.dossiers import public as dossiers
    from archipel.programmes.dossiers.models import Dossier, Event

    scope = system_scope("bench", [*(ej.finess.value for ej in group.ejs), EVERYWHERE])
    now = timezone.now()
    with in_scope(scope):
        for rank in range(count):
            bearer = group.ejs[rank % len(group.ejs)].finess.value
            number = dossiers.open_dossier(
                scope=scope, programme="hopen2-aap", version="2026.1", theme="rattrapage", title=f"Projet {rank}",
                bearer=bearer, parties=[], as_idea=True,
            )  # fmt: skip
            if rank % 4 == 0:
                granted(number, now, Dossier, Event)


def granted(number: int, now: datetime, dossier: Any, event: Any) -> None:
    """A dossier whose ledger says that it was granted, told to the ledger of money as the act does."""
    from archipel.programmes.dossiers.services import money

    steps = ("rediger", "deposer", "instruire", "retenir")
    for rank, code in enumerate(steps, start=2):
        event.objects.create(
            dossier_id=number, rank=rank, kind="acte", code=code, effective_at=now, recorded_at=now, actor="bench",
            reason="bench", data={"montant": "30000.00"} if code == "retenir" else {},
        )  # fmt: skip
    row = dossier.objects.get(pk=number)
    row.status, row.deposited, row.granted = "retenu", True, 30_000
    row.save()
    money.mirror(row)


def page(role: str, place: str, rounds: int) -> None:
    """The request, warm, a few times over."""
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from archipel.foundation.accounts.models import Grant

    user = get_user_model().objects.create_user(f"bench-{role}", password="b" * 24)
    Grant.objects.create(user=user, role=role, establishment=place)
    client = Client(HTTP_HOST="localhost")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    clock, cpu = [], []
    for _ in range(rounds):
        begin, used = time.perf_counter(), time.process_time()
        answer = client.get("/programmes/")
        clock.append((time.perf_counter() - begin) * 1000)
        cpu.append((time.process_time() - used) * 1000)
        assert answer.status_code == 200, answer.status_code
    with CaptureQueriesContext(connection) as asked:
        client.get("/programmes/")
    say(f"page of {place}, first request", clock[0], "ms")
    say(f"page of {place}, median", statistics.median(clock[1:]), "ms", f"bar {BAR:g} ms",
        BAR / statistics.median(clock[1:]))  # fmt: skip
    say(f"page of {place}, CPU of the process", statistics.median(cpu[1:]), "ms")
    say(f"page of {place}, queries", len(asked), "queries")


def say(figure: str, value: float, unit: str, peer: str = "", ratio: float | None = None) -> None:
    """One figure as a JSON line."""
    line = {"bench": "home", "figure": figure, "value": round(value, 1), "unit": unit, "peer": peer,
            "ratio": None if ratio is None else round(ratio, 2)}  # fmt: skip
    print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
