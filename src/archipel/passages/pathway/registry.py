"""Who carries a short message to a phone, when the site has such a way."""

from __future__ import annotations

from typing import Protocol


class Texter(Protocol):
    """A way to send a text message."""

    def ready(self) -> bool:
        """Whether the site configured it."""
        ...

    def send(self, number: str, text: str) -> None:
        """Send. Raises Upstream when it was not taken."""
        ...


_TEXTERS: list[Texter] = []


def register_texter(texter: Texter) -> None:
    """The connector that sends text messages; the last one registered is used."""
    _TEXTERS.append(texter)


def texter() -> Texter | None:
    """The one that is configured, None when there is none."""
    return next((one for one in reversed(_TEXTERS) if one.ready()), None)
