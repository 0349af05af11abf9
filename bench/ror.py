"""``make bench B=ror``: 500 offers compared with what the ROR accepted, then told where they differ.

PostgreSQL with flushes on, the test ROR in a process of its own, over a real socket. One JSON object a line:
``{"bench", "figure", "value", "unit", "peer", "ratio"}``. « Own time » is everything but the ROR's: it is measured with
a ROR that answers at once. The peer is what a simple exporter does: tell every figure of every offer, each time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from archipel.foundation import postgres, runtime
from archipel.foundation.postgres import fdatasync_ms
from bench.machine import free_port

BAR = 1.0
EJ, EG, BEDS = "210780581", "210987558", 12


def say(figure: str, value: float, unit: str, peer: str = "", ratio: float | None = None) -> None:
    """Print one figure."""
    line = {"bench": "ror", "figure": figure, "value": round(value, 4), "unit": unit, "peer": peer,
            "ratio": None if ratio is None else round(ratio, 2)}  # fmt: skip
    print(json.dumps(line, ensure_ascii=False), flush=True)


def furnish(count: int) -> None:
    """So many units, each with its beds, two patients and its offer."""
    from archipel.domains.flow.models import Offer, Segment
    from archipel.kernel import clock
    from archipel.territory.models import Etablissement, Lit, Site, Uf

    now = clock.now()
    Etablissement.objects.create(code=EJ, name="CHU", ght="BFC-03")
    Site.objects.create(finess=EG, establishment=EJ, name="Site", commune="Dijon")
    codes = [f"{n:04}" for n in range(count)]
    Uf.objects.bulk_create(
        [
            Uf(establishment=EJ, code=c, name=c, site=EG, filiere="MED", types=["H"], tracks_cleaning=False)
            for c in codes
        ]
    )
    Lit.objects.bulk_create(
        [
            Lit(establishment=EJ, uf=c, chambre=f"1{b:02}", lit="P", usage="lit", position=b)
            for c in codes
            for b in range(BEDS)
        ]
    )
    Segment.objects.bulk_create([segment(c, b, now) for c in codes for b in range(2)])
    Offer.objects.bulk_create(
        [
            Offer(establishment=EJ, structure=f"1{EG}", code=f"M{c}", name=c, filiere="MED", units=[c],
                  valid_from=now.date(), actor="bench", recorded_at=now)
            for c in codes
        ]
    )  # fmt: skip


def segment(uf: str, bed: int, at: Any) -> Any:
    """A patient in a bed."""
    from archipel.domains.flow.models import Segment

    return Segment(
        establishment=EJ, venue_id=int(uf) * 100 + bed, begin=at, uf=uf, chambre=f"1{bed:02}", lit="P",
        patient_class="I", present=True, sexe="F", movement=f"{uf}.{bed}",
    )  # fmt: skip


class Instant:
    """A ROR that answers at once: what is left is our own time."""

    def patch(self, key: str, body: Any) -> Any:
        """Accepted."""
        from archipel.connectors.ror.client import Reply

        json.dumps(body)
        return Reply(200, {}, "", 0.0)


def measure(count: int, url: str, folder: Path) -> None:
    """All the figures."""
    from archipel.connectors.ror.feeding import feed
    from archipel.connectors.ror.models import Dispatch
    from archipel.domains.flow.models import Segment
    from archipel.foundation.scope import in_scope, system_scope
    from archipel.kernel import clock

    hands = system_scope("bench", [EJ])
    with in_scope(hands):
        furnish(count)

    def change(units: int, bed: int) -> None:
        with in_scope(hands):
            Segment.objects.bulk_create([segment(f"{n:04}", bed, clock.now()) for n in range(units)])
            Dispatch.objects.update(sent_at=None)

    def round_of(client: Any) -> tuple[float, int]:
        begin, spent = time.perf_counter(), time.process_time()
        report = feed(client, None, parallel=8)
        assert not report.down and not report.refused, report
        wall = time.perf_counter() - begin
        say("  of which this process computes", time.process_time() - spent, "s")
        return wall, report.sent

    instant = Instant()
    own, sent = round_of(instant)
    say(f"first telling of {count} offers ({sent} operations): own time", own, "s")
    quiet, _ = round_of(instant)
    say(f"{count} offers compared, nothing to tell: own time", quiet, "s", f"bar {BAR} s", BAR / quiet)
    change(1, 2)
    own, sent = round_of(instant)
    say(f"{count} offers after one bed changed ({sent} operations): own time", own, "s", f"bar {BAR} s", BAR / own)
    change(count, 3)
    own, sent = round_of(instant)
    say(f"a change in each of {count} offers ({sent} operations): own time", own, "s", f"bar {BAR} s", BAR / own)
    over_the_socket(count, url, folder, change, round_of)


def over_the_socket(count: int, url: str, folder: Path, change: Any, round_of: Any) -> None:
    """The same with a ROR that takes its time, beside the peer."""
    from archipel.connectors.ror.client import Client
    from archipel.connectors.ror.config import ror_config
    from archipel.connectors.ror.feeding import process_scope
    from archipel.connectors.ror.settings import Channel

    token = folder / "jeton"
    token.write_text("bench", encoding="utf-8")
    scope, config = process_scope(), ror_config()
    tell_the_mock(scope, config, url)
    real = Client(Channel("fournisseur", url, token_file=token, timeout=60.0))
    change(1, 4)
    wall, sent = round_of(real)
    begin = time.perf_counter()
    requests = resend_everything(scope, config, real)
    naive = time.perf_counter() - begin
    peer = f"every figure told again, {requests} requests: {naive:.1f} s"
    say(f"after one bed changed ({sent} operations), over the socket", wall, "s", peer, naive / wall)
    change(count, 5)
    wall, sent = round_of(real)
    say(f"a change in each of {count} offers ({sent} operations), over the socket", wall, "s", peer, naive / wall)
    real.close()


def tell_the_mock(scope: Any, config: Any, url: str) -> None:
    """Give the test ROR what it would have accepted so far."""
    from archipel.connectors.ror.codec import capacity
    from archipel.connectors.ror.codec.capacity import Figure
    from archipel.domains.flow import public as flow
    from archipel.foundation.scope import in_scope
    from archipel.kernel import clock

    with in_scope(scope):
        said = flow.should_say(scope=scope, valid=config.valid)
    places = [
        {"location": f"27-{one.offer.code}", "external": one.offer.key, "name": one.offer.name,
         "figures": [capacity.build(Figure(key, n, clock.now())) for key, n in one.statement.items()]}
        for one in said
    ]  # fmt: skip
    for start in range(0, len(places), 50):
        body = json.dumps(places[start : start + 50]).encode()
        asked = urllib.request.Request(f"{url}/_controle/lieux", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(asked, timeout=60).close()


def resend_everything(scope: Any, config: Any, client: Any) -> int:
    """The peer: no comparison, no ledger, one request a figure."""
    from concurrent.futures import ThreadPoolExecutor

    from archipel.connectors.ror.codec import patch
    from archipel.connectors.ror.codec.capacity import Figure
    from archipel.domains.flow import public as flow
    from archipel.foundation.scope import in_scope
    from archipel.kernel import clock

    now = clock.now()
    with in_scope(scope):
        said = flow.should_say(scope=scope, valid=config.valid)
    bodies = [
        (one.offer.key, patch.build(patch.Operation.REPLACE, Figure(key, number, now)))
        for one in said
        for key, number in one.statement.items()
    ]
    with ThreadPoolExecutor(8) as pool:
        return len(list(pool.map(lambda pair: client.patch(*pair), bodies)))


def mock(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """The test ROR in a process of its own."""
    port = free_port()
    asked = ["--dossier", str(folder), "--port", str(port), "--sans-tls"]
    server = subprocess.Popen([sys.executable, "-m", "archipel", "ror", "mock", *asked], stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{url}/_controle/etat", timeout=1).close()
            return server, url
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the test ROR does not answer")


def main() -> None:
    """Start a database and a test ROR of its own, measure, stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--offers", type=int, default=500)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "ror").mkdir()
        os.environ.pop("DATABASE_URL", None)
        runtime.boot(folder / "data", owner_pid=os.getpid())
        server, url = mock(folder / "ror")
        try:
            say("disk flush", fdatasync_ms(folder), "ms")
            measure(asked.offers, url, folder)
        finally:
            server.terminate()
            server.wait(10)
            postgres.stop(folder / "data" / runtime.CLUSTER)


if __name__ == "__main__":
    main()
