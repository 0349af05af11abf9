"""``make bench B=ingest``: from the socket to the applied state, PostgreSQL with flushes on, real processes.

One JSON object per line: ``{"bench", "figure", "value", "unit", "peer", "ratio"}``. ``peer`` names what the value is
held against (the bar of the project, or another library measured in the same run); ``ratio`` is above 1 when ours is
better.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import psycopg
from tests.factories.pam import Move, Patient, Source, feeds, message

from archipel.foundation.postgres import fdatasync_ms
from bench import browser, load
from bench.machine import House, house, peak_rss_mb, scalar, wait_applied

FACILITIES = ("210780581", "520780032", "210780706", "210012175", "210780607", "210780631", "520780057", "520780073")
SOURCES = tuple(Source(application, facility) for facility in FACILITIES for application in ("GAM", "URG"))
SAMPLE = 20_000
_STAGE = 10_000


def say(figure: str, value: float, unit: str, peer: str = "", ratio: float | None = None) -> None:
    """Print one figure."""
    line = {
        "bench": "ingest",
        "figure": figure,
        "value": round(value, 3),
        "unit": unit,
        "peer": peer,
        "ratio": None if ratio is None else round(ratio, 2),
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)


def against(figure: str, value: float, unit: str, bar: float, *, more_is_better: bool) -> None:
    """Print a figure held against the project's bar."""
    say(figure, value, unit, f"bar {bar:g} {unit}", (value / bar if more_is_better else bar / value) if value else None)


class Run:
    """One run: the house, a connection to look at it, and how many messages it has been given."""

    def __init__(self, home: House) -> None:
        self.home = home
        self.look = psycopg.connect(home.url, autocommit=True)
        self.given = 0

    def send(self, parts: Sequence[Sequence[bytes]], window: int) -> tuple[float, float, dict[str, float]]:
        """Send and wait: (seconds to the last acknowledgement, seconds to the last applied, CPU µs per message)."""
        count = sum(len(part) for part in parts)
        before, begin = self.home.cpu(), time.monotonic()
        acknowledged = load.blast(self.home.port, parts, window) - begin
        self.given += count
        applied = wait_applied(self.look, self.given) - begin
        after = self.home.cpu()
        return acknowledged, applied, {part: (after[part] - before[part]) / count * 1e6 for part in before}


def sustained(run: Run, parts: list[list[bytes]]) -> None:
    """16 connections, from an empty journal to the full one, and what a message costs at both ends."""
    stage = _STAGE // len(parts)
    first = [part[:stage] for part in parts]
    last = [part[-stage:] for part in parts]
    middle = [part[stage:-stage] for part in parts]
    _, begin_s, begin_cpu = run.send(first, 32)
    count = sum(map(len, middle))
    acknowledged, applied, cpu = run.send(middle, 32)
    against("applied, 16 connections", count / applied, "messages/s", 2000, more_is_better=True)
    say("acknowledged, 16 connections", count / acknowledged, "messages/s")
    for part, value in cpu.items():
        say(f"CPU per message, {part}", value, "µs")
    _, end_s, end_cpu = run.send(last, 32)
    here, there = sum(map(len, first)), sum(map(len, last))
    begin_us, end_us = begin_s / here * 1e6, end_s / there * 1e6
    say(f"elapsed per message, journal from 0 to {here}", begin_us, "µs")
    say(
        f"elapsed per message, journal from {run.given - there} to {run.given}", end_us, "µs",
        f"{begin_us:.0f} µs with an empty journal", begin_us / end_us,
    )  # fmt: skip
    begin_work, end_work = (sum(v for k, v in one.items() if k != "load") for one in (begin_cpu, end_cpu))
    say(
        f"CPU per message, journal of {run.given}", end_work, "µs",
        f"{begin_work:.0f} µs with an empty journal", begin_work / end_work,
    )  # fmt: skip


def one_connection(run: Run, frames: list[bytes]) -> None:
    """A single sender: the usual one, which waits for each acknowledgement, and one that sends ahead."""
    waiting = frames[: len(frames) // 5]
    _, applied, _ = run.send([waiting], 1)
    say("applied, 1 connection waiting for each acknowledgement", len(waiting) / applied, "messages/s")
    ahead = frames[len(waiting) :]
    _, applied, _ = run.send([ahead], 64)
    say("applied, 1 connection sending 64 ahead", len(ahead) / applied, "messages/s")


def strict_sixteen(run: Run, parts: list[list[bytes]]) -> None:
    """Sixteen usual senders, each waiting for its acknowledgement."""
    _, applied, _ = run.send(parts, 1)
    say("applied, 16 connections each waiting", sum(map(len, parts)) / applied, "messages/s")


def acknowledgements(run: Run, parts: list[list[bytes]]) -> None:
    """Time to the acknowledgement at 200 messages a second."""
    seen = load.paced(run.home.port, parts, 200)
    run.given += len(seen.latencies)
    wait_applied(run.look, run.given)
    say("ACK p50 at 200/s", load.percentile(seen.latencies, 0.5) * 1000, "ms")
    against("ACK p99 at 200/s", load.percentile(seen.latencies, 0.99) * 1000, "ms", 50, more_is_better=False)


def events(run: Run, seconds: int) -> None:
    """From the socket to a browser's event stream at 50/s; each message brings a patient into a unit of its own."""
    count = 50 * seconds
    source = SOURCES[0]

    def probe(number: int, turn: str) -> bytes:
        move = Move(
            "A01", f"P{turn}{number:06d}", patient=Patient.numbered(5_000_000 + number), venue=f"P{turn}{number}",
            movement=f"P{turn}{number}", uf=f"P{number:04d}", uf_medicale=f"P{number:04d}", source=source,
        )  # fmt: skip
        return load.frame(message(move))

    run.send([[probe(number, "A") for number in range(count)]], 16)  # the units are known afterwards
    with browser.listening() as ears:
        seen = load.paced(run.home.port, [[probe(number, "B") for number in range(count)]], 50)
        run.given += count
        wait_applied(run.look, run.given)
        time.sleep(0.5)
    delays = [ears.heard[f"P{n:04d}"] - at for n, at in enumerate(seen.sent_at) if f"P{n:04d}" in ears.heard]
    if len(delays) < count * 0.99:
        raise RuntimeError(f"only {len(delays)} events heard out of {count}")
    say("socket to browser event p50 at 50/s", load.percentile(delays, 0.5) * 1000, "ms")
    against(
        "socket to browser event p99 at 50/s", load.percentile(delays, 0.99) * 1000, "ms", 300, more_is_better=False
    )


def rebuild(run: Run) -> None:
    """``archipel rebuild --verify`` over the whole journal."""
    count = scalar(run.look, "SELECT count(*) FROM journal_message")
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "archipel", "rebuild", "--verify"], capture_output=True, text=True, check=False
    )
    took = time.monotonic() - begin
    if done.returncode:
        raise RuntimeError(f"rebuild differs: {done.stdout} {done.stderr[-500:]}")
    say(f"rebuild of {count} messages", took, "s", f"bar {300 * count / 1e6:.1f} s", 300 * count / 1e6 / took)


def _rate(action: Callable[[bytes], object], messages: Sequence[bytes]) -> float:
    begin = time.perf_counter()
    for raw in messages:
        action(raw)
    return len(messages) / (time.perf_counter() - begin)


def peers(messages: Sequence[bytes]) -> None:
    """Parsing alone: ours, python-hl7 and hl7apy; then ours with the translation."""
    import hl7
    from hl7apy.parser import parse_message

    from archipel.connectors.hl7v2_pam.codec import Profile, parse_bytes, translate

    profile = Profile()
    ours = _rate(lambda raw: parse_bytes(raw, profile.charset), messages)
    whole = _rate(
        lambda raw: translate(parse_bytes(raw, profile.charset), profile, hashlib.sha256(raw).hexdigest()), messages
    )
    theirs = _rate(lambda raw: hl7.parse(raw.decode().strip("\r")), messages[:5000])
    apy = _rate(lambda raw: parse_message(raw.decode().strip("\r"), find_groups=False), messages[:500])
    say("parse, python-hl7", theirs, "messages/s")
    say("parse, hl7apy", apy, "messages/s")
    say("parse", ours, "messages/s", f"python-hl7 {theirs:.0f}", ours / theirs)
    say("parse", ours, "messages/s", f"hl7apy {apy:.0f}", ours / apy)
    say("parse and translate to facts", whole, "messages/s", f"python-hl7 parsing alone {theirs:.0f}", whole / theirs)


def measure(total: int) -> None:
    """The whole run."""
    extra = max(total // 20, 4_000)
    seconds = 15 if total > _STAGE * 2 else 6
    say("CPU cores", len(os.sched_getaffinity(0)), "cores, shared with the load")
    say("load average of the machine before the run", os.getloadavg()[0], "processes")
    built = [[load.frame(raw) for raw in feed] for feed in feeds(total + 2 * extra + 200 * seconds, SOURCES)]
    each = total // len(SOURCES)
    main = [feed[:each] for feed in built]
    strict = [feed[each : each + extra // len(SOURCES)] for feed in built]
    rest = [feed[each + extra // len(SOURCES) :] for feed in built]
    ack = [feed[: 200 * seconds // len(SOURCES)] for feed in rest]
    single = [raw for feed in rest for raw in feed[200 * seconds // len(SOURCES) :]]
    sample = [raw[1:-2] for raw in main[0]][:SAMPLE]
    say("bytes of a message", statistics.fmean(map(len, sample)), "bytes")
    with house() as home:
        say("fdatasync of 8 KiB", fdatasync_ms(home.folder), "ms")
        run = Run(home)
        sustained(run, main)
        strict_sixteen(run, strict)
        one_connection(run, single)
        acknowledgements(run, ack)
        events(run, seconds)
        say(f"listener peak memory after {run.given} messages", peak_rss_mb(home.listener.pid), "MB")
        say(f"worker peak memory after {run.given} messages", peak_rss_mb(home.worker.pid), "MB")
        size = scalar(run.look, "SELECT pg_database_size(current_database())")
        say("disk per message, everything included", size / run.given, "bytes")
        parked = scalar(run.look, "SELECT count(*) FROM journal_outcome WHERE outcome = 'parked'")
        say("parked", parked, "messages")
        rebuild(run)
    peers(sample)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="bench.ingest", description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true", help="30 000 messages only")
    options = parser.parse_args()
    measure(30_000 if options.quick else options.messages)


if __name__ == "__main__":
    main()
