"""Reading the ledger of a requirement at a moment: what stands of what was known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from archipel.programmes.proof.values import Binding, Comparison, Condition, Entry, EntryKind, Nature, Origin


def standing(entries: Iterable[Entry], known_at: datetime) -> tuple[Entry, ...]:
    """The entries recorded by ``known_at`` that were not taken back, in the order of recording, without the takings.

    A taking back may itself be taken back; it only reaches entries recorded before it. Order never matters.
    """
    known = {entry.entry_id: entry for entry in entries if entry.recorded_at <= known_at}
    ordered = sorted(known.values(), key=lambda entry: (entry.recorded_at, entry.entry_id))
    taken: set[int] = set()
    kept: list[Entry] = []
    for entry in reversed(ordered):
        if entry.entry_id in taken:
            continue
        if entry.kind is EntryKind.RETRAIT:
            if entry.undoes is not None:
                taken.add(entry.undoes)
        else:
            kept.append(entry)
    return tuple(reversed(kept))


def lapses_on(entry: Entry, freshness_days: int | None) -> date | None:
    """The first day on which an entry no longer holds: its own, or that which its age gives; None: never."""
    days = [entry.expires_on] if entry.expires_on else []
    if freshness_days is not None:
        days.append(entry.effective_on + timedelta(days=freshness_days + 1))
    return min(days, default=None)


def binding_at(pack: Binding, entries: Iterable[Entry], day: date) -> Binding:
    """The binding in force a day: the last local one that had taken effect, else the pack's."""
    said = [entry for entry in entries if entry.kind is EntryKind.LIAISON and entry.effective_on <= day]
    if not said:
        return pack
    last = max(said, key=lambda entry: (entry.effective_on, entry.recorded_at, entry.entry_id))
    return read_binding(last, pack)


def write_binding(binding: Binding) -> dict[str, str]:
    """A binding as the details of an entry."""
    return {
        "nature": binding.nature.value,
        "metrique": binding.metric,
        "mesure": binding.measure,
        "conditions": ";".join(f"{one.test.value}:{one.value}" for one in binding.conditions),
        "fraicheur": "" if binding.freshness_days is None else str(binding.freshness_days),
        "pieces": "\n".join(binding.pieces),
        "instance": binding.instance,
    }


def read_binding(entry: Entry, pack: Binding) -> Binding:
    """The binding that an entry says; what cannot be read leaves the pack's."""
    details = entry.details
    try:
        conditions = tuple(
            Condition(Comparison(test), Decimal(value))
            for test, _, value in (one.partition(":") for one in details.get("conditions", "").split(";") if one)
        )
        return Binding(
            nature=Nature(details["nature"]),
            metric=details.get("metrique", ""),
            measure=details.get("mesure", ""),
            conditions=conditions,
            freshness_days=int(details["fraicheur"]) if details.get("fraicheur") else None,
            pieces=tuple(line for line in details.get("pieces", "").split("\n") if line),
            instance=details.get("instance", ""),
            origin=Origin.LOCAL,
            note=pack.note,
            reason=entry.title,
            actor=entry.actor,
            since=entry.effective_on,
        )
    except (KeyError, ValueError, InvalidOperation):
        return pack
