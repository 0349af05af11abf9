"""A cheap MLLP load: frames built beforehand, one thread, one epoll loop; acknowledgements are only counted.

It shares the machine's cores with what it measures: its own CPU time is reported beside the figures.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

END = 0x1C
_BURST = 256


def frame(message: bytes) -> bytes:
    """A message ready for the wire."""
    return b"\x0b" + message + b"\x1c\r"


def connect(port: int) -> socket.socket:
    """A connection that sends small packets at once."""
    link = socket.create_connection(("127.0.0.1", port), 30)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


@dataclass
class _Link:
    socket: socket.socket
    frames: Sequence[bytes]
    sent: int = 0
    answered: int = 0
    rest: bytes = b""
    refused: int = 0


def blast(port: int, feeds: Sequence[Sequence[bytes]], window: int = 1) -> float:
    """Send each feed on its own connection, at most ``window`` messages ahead of the acknowledgements.

    Returns the moment (monotonic) of the last acknowledgement.

    Raises:
        RuntimeError: a message was not acknowledged with AA.
    """
    poll = select.epoll()
    links: dict[int, _Link] = {}
    for feed in feeds:
        if feed:
            link = connect(port)
            link.setblocking(False)
            links[link.fileno()] = _Link(link, feed)
            poll.register(link.fileno(), select.EPOLLIN | select.EPOLLOUT)
    left = len(links)
    while left:
        for number, events in poll.poll(10):
            link = links[number]
            if events & select.EPOLLIN:
                data = link.socket.recv(262_144)
                if not data:
                    raise RuntimeError("the listener closed the connection")
                link.answered += data.count(END)
                link.refused += data.count(b"MSA|AE") + data.count(b"MSA|AR")
            if link.answered >= len(link.frames):
                poll.unregister(number)
                link.socket.close()
                left -= 1
                if link.refused:
                    raise RuntimeError(f"{link.refused} messages refused")
                continue
            _push(link, window)
            waiting = link.rest or (link.sent < len(link.frames) and link.sent - link.answered < window)
            poll.modify(number, select.EPOLLIN | (select.EPOLLOUT if waiting else 0))
    return time.monotonic()


def _push(link: _Link, window: int) -> None:
    if not link.rest:
        room = min(len(link.frames), link.answered + window, link.sent + _BURST)
        if room <= link.sent:
            return
        link.rest = b"".join(link.frames[link.sent : room])
        link.sent = room
    try:
        done = link.socket.send(link.rest)
    except BlockingIOError:
        return
    link.rest = link.rest[done:]


@dataclass
class Paced:
    """What a paced run saw."""

    sent_at: list[float] = field(default_factory=list)
    """Wall-clock moment at which each message left."""
    latencies: list[float] = field(default_factory=list)
    """Seconds from sending to the acknowledgement, in the order of sending of each connection."""
    late: int = 0
    """Messages that could not leave at their time, since their connection still waited."""


def paced(port: int, feeds: Sequence[Sequence[bytes]], rate: float) -> Paced:
    """Send at a fixed rate over all connections in turn, whatever the answers do (open loop).

    The latency counts from the moment at which the message should have left.
    """
    poll = select.epoll()
    links = [connect(port) for _ in feeds]
    pending: dict[int, list[float]] = {}
    by_number = {link.fileno(): link for link in links}
    for link in links:
        link.setblocking(False)
        poll.register(link.fileno(), select.EPOLLIN)
        pending[link.fileno()] = []
    order = [(index, frame_) for row in zip(*feeds, strict=False) for index, frame_ in enumerate(row)]
    result = Paced()
    begin = time.monotonic() + 0.2
    position = answered = 0
    while answered < len(order):
        due = begin + position / rate
        now = time.monotonic()
        if position < len(order) and now >= due:
            index, content = order[position]
            links[index].sendall(content)
            result.sent_at.append(time.time())
            result.late += now - due > 0.01
            pending[links[index].fileno()].append(due)
            position += 1
            continue
        wait = max(0.0, due - now) if position < len(order) else 5.0
        for number, _ in poll.poll(min(wait, 0.05)):
            data = by_number[number].recv(65_536)
            now = time.monotonic()
            for _ in range(data.count(END)):
                result.latencies.append(now - pending[number].pop(0))
                answered += 1
            if not data:
                raise RuntimeError("the listener closed the connection")
    for link in links:
        link.close()
    return result


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values stands."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
