"""Who sent a message: the sender's record, its establishment and its reading profile.

A sender is known by MSH-3 and MSH-4. Its establishment is the one whose FINESS number (EJ or EG) stands in MSH-4;
failing that, a provisional establishment named after MSH-4, until somebody says which one it is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from django.conf import settings

from archipel.connectors.hl7v2_pam.codec import Header, Profile
from archipel.kernel.errors import Invalid
from archipel.territory import public as territory
from archipel.territory.values import UNATTACHED

UNREADABLE = f"{UNATTACHED}inconnu"
"""The provisional establishment of messages whose sender cannot be read."""
PROVISIONAL_LIMIT = 500
"""Senders that nobody has validated yet, at the most: a line of random names must not fill the structure."""
_LIFETIME = 5.0
_LONGEST = 200
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender as ingestion needs it."""

    id: int
    establishment: str
    name: str
    profile: Profile
    structure: Mapping[str, Any] = field(default_factory=dict)
    """How it writes MFN^M05, as stored (see :func:`.structure.receive.mfn_profile`)."""


def profile_from(value: dict[str, Any], *, facility: str = "") -> Profile:
    """Read a stored profile; unknown keys are refused so that a misspelling is noticed.

    Raises:
        Invalid: an unknown key or an impossible value, in French.
    """
    known = {"timezone", "charset", "strict", "authority", "authorities", "uf_map", "structure"}
    if unknown := set(value) - known:
        raise Invalid(
            f"Profil d'émetteur : clé « {sorted(unknown)[0]} » inconnue ; attendu parmi {', '.join(sorted(known))}."
        )
    read = {name: item for name, item in value.items() if name != "structure"}
    return Profile(**{"authority": facility, **read}, ins_environment=settings.INS_ENVIRONMENT)


def _usable(value: dict[str, Any], facility: str) -> Profile:
    """The stored profile; one that cannot be read falls back on the default, tolerant one: messages must go on."""
    try:
        return profile_from(value, facility=facility)
    except (Invalid, TypeError):
        return profile_from({}, facility=facility)


def _named(header: Header) -> tuple[str, str]:
    """MSH-3 and MSH-4 as a sender is known by them; what is too long for a name is cut."""
    return header.application[:_LONGEST], header.facility[:_LONGEST]


class Senders:
    """Finds senders, creating those that are new; remembers them for a few seconds.

    Args:
        connection: an autocommit connection under the application role.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._by_name: dict[tuple[str, str], tuple[float, Sender]] = {}

    def known(self, header: Header) -> Sender | None:
        """The remembered sender of a header, without any query."""
        found = self._by_name.get(_named(header))
        return found[1] if found and found[0] > time.monotonic() else None

    def resolve(self, header: Header) -> Sender:
        """The sender of a header; a new one is recorded as provisional."""
        if found := self.known(header):
            return found
        key = _named(header)
        with self._connection.transaction():
            row = self._find(key) or self._admit(key, header)
        number, establishment, name, profile = row
        sender = Sender(number, establishment, name, _usable(profile, key[1]))
        if len(self._by_name) >= _REMEMBERED:
            self._by_name.clear()
        self._by_name[key] = (time.monotonic() + _LIFETIME, sender)
        return sender

    def _find(self, key: tuple[str, str]) -> tuple[Any, ...] | None:
        return self._connection.execute(
            "SELECT id, establishment, name, profile FROM journal_sender WHERE application = %s AND facility = %s",
            key,
        ).fetchone()

    def _create(self, key: tuple[str, str], header: Header) -> tuple[Any, ...]:
        establishment = self._establishment(header)
        name = " ".join(filter(None, key)) or "Émetteur illisible"
        self._connection.execute(
            "INSERT INTO journal_sender (application, facility, establishment, name, provisional, profile,"
            " silence_minutes, created_at) VALUES (%s, %s, %s, %s, true, '{}', 60, clock_timestamp())"
            " ON CONFLICT DO NOTHING",
            [*key, establishment, name],
        )
        found = self._find(key)
        assert found is not None
        return found

    def _admit(self, key: tuple[str, str], header: Header) -> tuple[Any, ...]:
        """Record a new name; past the limit of names that nobody validated, its messages are filed as unreadable."""
        row = self._connection.execute("SELECT count(*) FROM journal_sender WHERE provisional").fetchone()
        if row is None or row[0] < PROVISIONAL_LIMIT or self._attached(header):
            return self._create(key, header)
        return self._find(("", "")) or self._create(("", ""), Header())

    def _attached(self, header: Header) -> str | None:
        """The establishment whose FINESS number (EJ or EG) stands in MSH-4."""
        names = [name for name in (header.facility_oid, header.facility) if name]
        row = self._connection.execute(
            "SELECT code FROM territory_etablissement WHERE code = ANY(%s) UNION ALL"
            " SELECT establishment FROM territory_site WHERE finess = ANY(%s) LIMIT 1",
            [names, names],
        ).fetchone()
        return str(row[0]) if row else None

    def _establishment(self, header: Header) -> str:
        if attached := self._attached(header):
            return attached
        label = (header.facility or header.application)[:_LONGEST]
        code = f"{UNATTACHED}{label[:60].replace(',', ' ')}" if label else UNREADABLE
        self._connection.execute(
            "INSERT INTO territory_etablissement (code, ght, name, short_name, support, provisional)"
            " VALUES (%s, '', %s, '', false, true) ON CONFLICT DO NOTHING",
            [code, f"{label or 'Émetteur illisible'} (à rattacher)"],
        )
        return code


def load_profiles(cursor: psycopg.Cursor[Any]) -> dict[int, Sender]:
    """Every sender by its number.

    Args:
        cursor: one that reads jsonb as Python values (:func:`archipel.foundation.bulk.raw_cursor`).
    """
    cursor.execute("SELECT id, establishment, name, profile, facility FROM journal_sender")
    rows = cursor.fetchall()
    merged = {place: territory.code_mapping(place) for place in {row[1] for row in rows}}
    return {row[0]: _sender(row, merged[row[1]]) for row in rows}


def _sender(row: tuple[Any, ...], merged: Mapping[str, str]) -> Sender:
    """A sender from its row; provisional units that were merged into real ones complete its UF mapping."""
    number, establishment, name, stored, facility = row
    profile = _usable(stored, facility)
    if merged:
        profile = replace(profile, uf_map={**merged, **profile.uf_map})
    structure = stored.get("structure") if isinstance(stored, dict) else None
    return Sender(number, establishment, name, profile, structure if isinstance(structure, dict) else {})
