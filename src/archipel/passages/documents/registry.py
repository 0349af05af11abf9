"""The connectors that build and carry documents, as they made themselves known."""

from __future__ import annotations

from archipel.kernel.errors import Upstream
from archipel.passages.documents.values.ports import Builder, Channel

_BUILDERS: list[Builder] = []
_CHANNELS: dict[str, Channel] = {}


def register_builder(builder: Builder) -> None:
    """The connector that makes documents; the last one registered is used."""
    _BUILDERS.append(builder)


def register_channel(channel: Channel) -> None:
    """A way out, by its name."""
    _CHANNELS[channel.name] = channel


def builder() -> Builder:
    """The one that makes documents.

    Raises:
        Upstream: none is installed.
    """
    if not _BUILDERS:
        raise Upstream("Aucun connecteur ne sait construire de document.", permanent=True, code="sans-constructeur")
    return _BUILDERS[-1]


def channels() -> tuple[Channel, ...]:
    """Every way out, by name."""
    return tuple(_CHANNELS[name] for name in sorted(_CHANNELS))


def channel(name: str) -> Channel | None:
    """One way out, None when it is not installed."""
    return _CHANNELS.get(name)
