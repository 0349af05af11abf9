"""``archipel demo``: prepare the site, load its history through the front door, then let it live."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from archipel.demo import emergencies, history, programmes, site
from archipel.demo.emitter import Emission, StaffAction, simulate
from archipel.demo.feed import Feed
from archipel.demo.staff import Staff, patiently
from archipel.demo.structure import DemoStructure
from archipel.foundation.journal.backlog import pending_count
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.scenarios.forecast import public as forecast
from archipel.territory.reference_values import RefGht

_SAVE_EVERY = 2.0
SURGE_HOURS = timedelta(hours=10)
_COLUMNS = (
    SpinnerColumn(),
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
)


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked on the command line."""

    days: float
    seed: int
    faults: float
    mllp_port: int
    surge: float = 1.0
    """By how much arrivals grow at the supporting hospital once the history is there."""


@dataclass
class State:
    """What lets a demonstration go on where it stopped."""

    ght: str
    seed: int
    faults: float
    start: str
    last: str = ""
    surge: float = 1.0
    surge_from: str = ""

    @classmethod
    def load(cls, path: Path) -> State | None:
        """The saved state, if any."""
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def save(self, path: Path) -> None:
        """Write, replacing in one go."""
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)), encoding="utf-8")
        fresh.replace(path)

    @property
    def last_at(self) -> datetime | None:
        """The time of the last acknowledged message."""
        return datetime.fromisoformat(self.last) if self.last else None


def resume_or_begin(path: Path, ght: RefGht, options: Options, now: datetime) -> State:
    """The saved state of this demonstration, or a new one that begins ``days`` ago.

    Raises:
        Conflict: a new one is asked in a database where people have accounts.
    """
    state = State.load(path)
    if state is None:
        site.refuse_inhabited()
        begin = (now - timedelta(days=options.days)).replace(minute=0, second=0, microsecond=0)
        told = begin.astimezone(UTC).isoformat()
        state = State(ght.code, options.seed, options.faults, told, "", options.surge, now.astimezone(UTC).isoformat())
        state.save(path)
    return state


def _analyze() -> None:
    """Tell the database what was just loaded, as its owner: its plans are then those of a site that has lived."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner:
        owner.execute("ANALYZE")


class Demo:
    """A group living, from its saved state on."""

    def __init__(self, ght: RefGht, structure: DemoStructure, state: State, path: Path, options: Options) -> None:
        self.ght, self.structure, self.state, self.path, self.options = ght, structure, state, path, options
        self.staff = Staff(ght)
        self._last = state.last_at
        self._saved = 0.0

    def stream(self) -> Iterator[Emission | StaffAction]:
        """What is still to be sent; the same seed gives the same past, so it is skipped."""
        begin = datetime.fromisoformat(self.state.start)
        whole = simulate(
            self.ght,
            start=begin,
            end=None,
            seed=self.state.seed,
            faults=self.state.faults,
            structure=self.structure,
            surge=self.surge(),
        )
        last = self.state.last_at
        for item in whole:
            if last is None or item.at >= last:  # what shares the last instant is sent again: it is idempotent
                yield item

    def surge(self) -> tuple[datetime, datetime, float] | None:
        """From the end of the history on, for some hours; None when none was asked for."""
        if self.state.surge == 1.0 or not self.state.surge_from:
            return None
        begin = datetime.fromisoformat(self.state.surge_from)
        return begin, begin + SURGE_HOURS, self.state.surge

    def _told(self, at: datetime) -> None:
        self._last = max(self._last, at) if self._last else at
        if time.monotonic() - self._saved > _SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Remember how far the story went."""
        self._saved = time.monotonic()
        if self._last:
            # Connections run side by side: step back a little so that no sender loses its last words.
            self.state.last = (self._last - timedelta(minutes=2)).isoformat()
            self.state.save(self.path)

    async def run(self, console: Console) -> None:
        """Load the past with a progress bar, then live until SIGTERM or SIGINT."""
        loop, mine = asyncio.get_running_loop(), asyncio.current_task()
        assert mine is not None
        for caught in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(caught, mine.cancel)
        feed = Feed("127.0.0.1", self.options.mllp_port, self._told)
        stream = self.stream()
        first_live = await self._history(stream, feed, console)
        console.print("[green]Le groupement vit.[/green] Ctrl+C pour arrêter ; `make demo` reprend là où il en était.")
        if first_live is not None:
            await self._live(first_live, stream, feed)

    async def _history(
        self, stream: Iterator[Emission | StaffAction], feed: Feed, console: Console
    ) -> Emission | StaffAction | None:
        now = clock.now()
        begin = self.state.last_at or datetime.fromisoformat(self.state.start)
        hours = max(1, int((now - begin).total_seconds() // 3600))
        with Progress(*_COLUMNS, console=console) as bar:
            task = bar.add_task("Histoire du groupement (heures)", total=hours)
            first_live = None
            for item in stream:
                if item.at > clock.now():
                    first_live = item
                    break
                bar.update(task, completed=max(0, int((item.at - begin).total_seconds() // 3600)))
                if isinstance(item, Emission):
                    await feed.send(item)
                else:
                    self.staff.remember(item)
            bar.update(task, completed=hours)
            applied = bar.add_task("Messages appliqués", total=feed.sent)
            while feed.answered < feed.sent or (waiting := await asyncio.to_thread(patiently, pending_count)):
                left = (feed.sent - feed.answered) + (waiting if feed.answered >= feed.sent else 0)
                bar.update(applied, completed=max(0, feed.sent - left))
                await asyncio.sleep(0.1)
            bar.update(applied, completed=feed.sent)
            hands = bar.add_task("Gestes des équipes", total=None)
            await asyncio.to_thread(
                self.staff.catch_up, lambda done, total: bar.update(hands, completed=done, total=total)
            )
            statistics = bar.add_task("Statistiques de la base", total=1)
            await asyncio.to_thread(_analyze)
            bar.update(statistics, completed=1)
            tension = bar.add_task("Tension et fichiers RPU", total=1)
            await asyncio.to_thread(emergencies.refresh, self.ght)
            bar.update(tension, completed=1)
            steering = bar.add_task("Mesures et statuts des programmes", total=1)
            await asyncio.to_thread(programmes.refresh)
            bar.update(steering, completed=1)
            before = bar.add_task("Passé synthétique, pour les prévisions", total=1)
            await asyncio.to_thread(self._past)
            bar.update(before, completed=1)
        self.save()
        return first_live

    def _past(self) -> None:
        """Give the forecasts the months before the first message."""
        begin = datetime.fromisoformat(self.state.start)
        scope = forecast.everyone()
        with in_scope(scope):
            history.seed(self.ght, self.structure, start=begin, dice=self.state.seed)

    async def _live(self, item: Emission | StaffAction, stream: Iterator[Emission | StaffAction], feed: Feed) -> None:
        speed = clock.current().speed
        while True:
            wait = (item.at - clock.now()).total_seconds() / speed
            if wait > 0:
                await asyncio.sleep(min(wait, 1.0))
                continue
            if isinstance(item, Emission):
                await feed.send(item)
            else:
                await asyncio.to_thread(self.staff.act, item)
            item = next(stream)
