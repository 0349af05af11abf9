"""Shows that the order of arrival does not matter: three orders, one state, every outcome explained.

    python -m tools.orders --messages 100000          # an invented group, with the faults of real feeds
    python -m tools.orders mes-messages/ autre.hl7    # your own files

Each order goes through the ordinary commands (``import hl7``, ``flow digest``, ``rebuild --verify``) into an empty
database of its own; files, reports and databases stay in ``--folder`` for whoever wants to look. Exit code 1 when two
digests differ, a rebuild disagrees, or a message that was not applied has no reason.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from archipel.connectors.hl7v2_pam.files import files_of, split
from archipel.demo.corpus import corpus
from archipel.kernel.hl7v2.framing import FramingError

_NUMBER = re.compile(r"n° \d+")
BROKEN = 0.01
"""Share of the invented messages that are damaged on the way."""


def _without(name: bytes) -> Callable[[bytes], bytes]:
    return lambda raw: b"\r".join(line for line in raw.split(b"\r") if not line.startswith(name))


DAMAGES: tuple[Callable[[bytes], bytes], ...] = (
    _without(b"PID"),
    _without(b"PV1"),
    lambda raw: raw.replace(b"|2026", b"|2026-02-31 "),  # impossible dates
    lambda raw: raw[: len(raw) // 2],  # cut
    lambda raw: raw.replace(b"^", b"\xff\xfe"),  # neither UTF-8 nor the charset announced
    lambda raw: b"\x00\x01" + raw[3:],  # no MSH
    lambda raw: raw.replace(b"|ADT^A0", b"|ADT^Q9"),  # an event that does not exist
)


@dataclass(frozen=True, slots=True)
class Result:
    """What one order ended in."""

    name: str
    digest: str
    same: bool
    totals: dict[str, int]
    unexplained: int
    reasons: Counter[str]


def invented(count: int, seed: int) -> list[bytes]:
    """``count`` messages of an invented group: late, double, disordered, cancelled, and one in a hundred damaged."""
    rng = random.Random(seed)  # noqa: S311 - nothing is secret here
    return [rng.choice(DAMAGES)(raw) if rng.random() < BROKEN else raw for raw in corpus(count, seed=seed, faults=0.1)]


def orders(messages: Sequence[bytes], seed: int) -> dict[str, list[bytes]]:
    """As they left; backwards; in no order at all, one in twenty twice."""
    rng = random.Random(seed)  # noqa: S311 - nothing is secret here
    mixed = [*messages, *(raw for raw in messages if rng.random() < 0.05)]
    rng.shuffle(mixed)
    return {"emission": list(messages), "rebours": list(reversed(messages)), "melange": mixed}


def _archipel(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "-m", "archipel", *arguments]
    return subprocess.run(command, env={**kept, "ARCHIPEL_DATA": str(folder)}, capture_output=True, text=True)  # noqa: S603


def run(name: str, messages: Sequence[bytes], folder: Path) -> Result:
    """Import into an empty database, then ask for the digest and for a rebuild.

    Raises:
        RuntimeError: a command failed, with what it said.
    """
    file, report, data = folder / f"{name}.hl7", folder / f"{name}.json", folder / f"base-{name}"
    file.write_bytes(b"".join(b"\x0b" + raw + b"\x1c\r" for raw in messages))
    data.mkdir()
    steps = [("import", "hl7", str(file), "--report", str(report)), ("flow", "digest"), ("rebuild", "--verify")]
    done = [_archipel(data, *step) for step in steps]
    if any(one.returncode for one in done[:2]):
        raise RuntimeError("\n".join(one.stderr[-1500:] for one in done))
    body = json.loads(report.read_text(encoding="utf-8"))
    others = [line for line in body["messages"] if line["outcome"] != "applied"]
    return Result(
        name,
        done[1].stdout.split()[-1],
        done[2].returncode == 0,
        body["totals"],
        sum(not line["reason"].strip() for line in others),
        Counter(_NUMBER.sub("n° …", f"{line['outcome']} : {line['reason']}") for line in others),
    )


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="tools.orders", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, help="files or folders of HL7 messages; none: an invented group")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--folder", type=Path, help="an empty folder for files, reports and databases")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="archipel-ordres-"))
    folder.mkdir(parents=True, exist_ok=True)
    if options.paths:
        pieces = [piece for path in files_of(options.paths) for piece in split(path.read_bytes())]
        messages = [piece.raw if isinstance(piece, FramingError) else piece for piece in pieces]
    else:
        messages = invented(options.messages, options.seed)
    print(f"{len(messages)} messages, dans {folder}", flush=True)
    results = []
    for name, arrived in orders(messages, options.seed).items():
        result = run(name, arrived, folder)
        results.append(result)
        print(
            f"{name:9} {result.digest}  reconstruction {'égale' if result.same else 'DIFFÉRENTE'}  "
            + ", ".join(f"{key} {value}" for key, value in result.totals.items())
            + f", sans explication {result.unexplained}",
            flush=True,
        )
    for reason, count in results[0].reasons.most_common(15):
        print(f"  {count:6} {reason[:160]}")
    if len({result.digest for result in results}) > 1 or any(r.unexplained or not r.same for r in results):
        sys.exit("Les ordres ne donnent pas le même état, ou une issue n'est pas expliquée.")
    print("Un seul état.")


if __name__ == "__main__":
    main()
