"""The faults that real feeds have, done to a message about to leave; each is labelled. Pure.

After a fault that makes a message unusable (truncated, impossible date, missing segment), the right message follows
a few minutes later under the label ``correction``, as when somebody at the sender's puts it right; so the state that
the feed describes in the end is the one that was simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from archipel.demo.segments import CANCELS, Writer
from archipel.demo.simulator import calendar
from archipel.demo.simulator.core import Fact

KINDS: tuple[tuple[str, float], ...] = (
    ("late", 0.16),
    ("out_of_order", 0.14),
    ("duplicated", 0.16),
    ("cancelled", 0.10),
    ("zbe5_wrong", 0.08),
    ("planned_future", 0.06),
    ("repeated_insert", 0.09),
    ("unknown_uf", 0.04),
    ("bad_charset", 0.05),
    ("missing_segment", 0.04),
    ("impossible_date", 0.04),
    ("truncated", 0.04),
)
"""Label and weight of every fault; ``correction`` is the label of what puts one right."""
CORRECTION = "correction"
_ANY = ("late", "out_of_order", "duplicated", "bad_charset", "truncated")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message to send."""

    at: int
    text: str
    event: str
    fault: str
    codec: str = ""
    """The codec that is really used, when it is not the sender's."""
    cut: int = 0
    """Bytes kept, 0 for all."""


class _Spoiler:
    """One message, and the ways to spoil it."""

    def __init__(
        self, random: Random, writer: Writer, fact: Fact, at: int, control: str, text: str, again: Callable[[], str]
    ) -> None:
        self.random = random
        self.writer = writer
        self.fact = fact
        self.at = at
        self.control = control
        self.text = text
        self.again = again

    def wait(self, low: int, high: int) -> int:
        """A delay in seconds."""
        return low + int(self.random.random() * (high - low))

    def sent(self, label: str, *, at: int = 0, text: str = "", event: str = "", codec: str = "", cut: int = 0) -> Sent:
        return Sent(at or self.at, text or self.text, event or self.fact.trigger, label, codec, cut)

    def follow(self, low: int, high: int) -> int:
        """When the next message of this venue may leave, and remember it."""
        stay = self.fact.stay
        at = self.at + self.wait(low, high)
        if stay is not None:
            stay.sent_at = at = max(at, stay.sent_at + 1)
        return at

    def right_again(self) -> Sent:
        """The right message, a few minutes later."""
        at = self.follow(60, 900)
        return self.sent(CORRECTION, at=at, text=self.rewritten(at))

    def rewritten(self, at: int) -> str:
        if self.fact.movement:
            return self.writer.stay(self.fact, at, self.again())
        return self.writer.identity(self.fact, at, self.again())

    # --- the faults -------------------------------------------------------------------------------------

    def late(self) -> Iterator[Sent]:
        yield self.sent("late", at=self.at + self.wait(300, 6 * calendar.HOUR))

    def out_of_order(self) -> Iterator[Sent]:
        yield self.sent("out_of_order", at=self.at + self.wait(60, 1200))

    def duplicated(self) -> Iterator[Sent]:
        yield self.sent("duplicated")
        yield self.sent("duplicated", at=self.at + self.wait(1, 600))

    def cancelled(self) -> Iterator[Sent]:
        """Cancelled, then entered again as another movement."""
        fact, stay = self.fact, self.fact.stay
        event = CANCELS.get(fact.trigger)
        if event is None or stay is None:
            yield from self.late()
            return
        yield self.sent("cancelled")
        at = self.follow(30, 240)
        text = self.writer.stay(fact, at, self.again(), event=event, action="CANCEL")
        yield self.sent("cancelled", at=at, text=text, event=event)
        number = fact.member.movement()
        if stay.last_movement == fact.movement:
            stay.last_movement = number
        at = self.follow(270, 420)
        yield self.sent("cancelled", at=at, text=self.writer.stay(fact, at, self.again(), number=number))

    def zbe5_wrong(self) -> Iterator[Sent]:
        yield self.sent("zbe5_wrong", text=self.writer.stay(self.fact, self.at, self.control, historic="Y"))

    def planned_future(self) -> Iterator[Sent]:
        """ZBE-2 hours ahead, put right by a Z99."""
        fact = self.fact
        if fact.trigger not in ("A02", "A06", "A01"):
            yield from self.zbe5_wrong()
            return
        wrong = calendar.hl7(fact.at + self.wait(1800, 3 * calendar.HOUR))
        yield self.sent("planned_future", text=self.writer.stay(fact, self.at, self.control, effective=wrong))
        yield self._update()

    def _update(self) -> Sent:
        at = self.follow(120, 1200)
        text = self.writer.stay(self.fact, at, self.again(), event="Z99", action="UPDATE")
        return self.sent(CORRECTION, at=at, text=text, event="Z99")

    def repeated_insert(self) -> Iterator[Sent]:
        yield self.sent("repeated_insert")
        at = self.follow(10, 600)
        yield self.sent("repeated_insert", at=at, text=self.rewritten(at))

    def unknown_uf(self) -> Iterator[Sent]:
        code = f"9{int(self.random.random() * 1000):03d}"
        yield self.sent("unknown_uf", text=self.writer.stay(self.fact, self.at, self.control, uf=code))
        if self.fact.trigger in ("A01", "A02", "A04", "A06"):
            yield self._update()

    def bad_charset(self) -> Iterator[Sent]:
        other = "latin-1" if self.writer.sender.codec == "utf-8" else "utf-8"
        yield self.sent("bad_charset", codec=other)

    def missing_segment(self) -> Iterator[Sent]:
        name = self.random.choice(("PID", "PV1", "ZBE"))
        kept = [line for line in self.text.split("\r") if not line.startswith(name)]
        yield self.sent("missing_segment", text="\r".join(kept))
        yield self.right_again()

    def impossible_date(self) -> Iterator[Sent]:
        wrong = calendar.hl7(self.fact.at)[:4] + "0231" + "254599"
        yield self.sent("impossible_date", text=self.writer.stay(self.fact, self.at, self.control, effective=wrong))
        yield self.right_again()

    def truncated(self) -> Iterator[Sent]:
        yield self.sent("truncated", cut=int(len(self.text) * (0.3 + self.random.random() * 0.5)))
        yield self.right_again()


def spoil(
    random: Random, writer: Writer, fact: Fact, at: int, control: str, text: str, again: Callable[[], str]
) -> Iterator[Sent]:
    """Do one fault, drawn at random, to a message.

    Args:
        random: the dice.
        writer: of the sender.
        fact: what the message tells.
        at: when it was to leave (seconds).
        control: its MSH-10.
        text: the message.
        again: gives the next MSH-10.
    """
    spoiler = _Spoiler(random, writer, fact, at, control, text, again)
    label = random.choices([name for name, _ in KINDS], [weight for _, weight in KINDS])[0]
    if (not fact.movement or fact.trigger == "Z99") and label not in _ANY:
        label = "duplicated"
    result: Iterator[Sent] = getattr(spoiler, label)()
    return result
