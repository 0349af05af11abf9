"""From the technologies that records name to those that are described."""

from __future__ import annotations

from collections.abc import Mapping

from archipel.domains.systems.rules.names import plain
from archipel.domains.systems.values.records import Inventory, Record
from archipel.domains.systems.values.schema import Kind


def technology_index(known: Inventory) -> Mapping[str, Record]:
    """Plain written name (``oracle database 19c``, ``oracle database``) or code → technology.

    A bare name means the version described, when there is one only; otherwise it means none.
    """
    index: dict[str, Record] = {}
    names: dict[str, list[Record]] = {}
    for one in known.of(Kind.TECHNOLOGIE):
        names.setdefault(plain(one.text("nom")), []).append(one)
    for name, found in names.items():
        if len(found) == 1:
            index[name] = found[0]
    for one in known.of(Kind.TECHNOLOGIE):
        index[plain(f"{one.text('nom')} {one.text('version')}")] = one
        index[plain(one.key.code)] = one
    return index


def technologies(index: Mapping[str, Record], record: Record) -> tuple[Record, ...]:
    """The technologies named by a record that are described, once each."""
    found = [index[name] for text in record.items("technologies") if (name := plain(text)) in index]
    return tuple({one.key: one for one in found}.values())
