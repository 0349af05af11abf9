"""The versions kept, and the packs in force.

Parsed packs are kept in memory by the digest of their file: a digest always means the same pack.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from archipel.kernel.errors import NotFound
from archipel.programmes.packs.models import Decision, Version
from archipel.programmes.packs.rules.cases import Result, run_cases
from archipel.programmes.packs.rules.engine import Engine
from archipel.programmes.packs.rules.loading import overlay_of, pack_of
from archipel.programmes.packs.rules.overlays import applies, overlaid, put_on
from archipel.programmes.packs.rules.reading import Table, read
from archipel.programmes.packs.values.base import Nature
from archipel.programmes.packs.values.pack import Pack, Surcharge
from archipel.programmes.packs.values.versions import Status, VersionInfo

_COLUMNS = (
    "id", "pack", "version", "region", "nature", "title", "bearer", "published_on", "valid_from", "valid_to", "sha256",
    "file", "shipped", "proposed_at", "proposed_by",
)  # fmt: skip


def infos(*conditions: Q, **filters: Any) -> list[VersionInfo]:
    """The versions that match, by pack, then by date of publication, the newest last."""
    last = Decision.objects.filter(version=OuterRef("pk")).order_by("-id")
    rows: Iterable[tuple[Any, ...]] = (
        Version.objects.filter(*conditions, **filters)
        .annotate(
            **{
                f"last_{name}": Subquery(last.values(name)[:1])
                for name in ("decision", "at", "actor", "reason")
            }
        )
        .order_by("pack", "published_on", "id")
        .values_list(*_COLUMNS, "last_decision", "last_at", "last_actor", "last_reason")
    )  # fmt: skip
    found = []
    for row in rows:
        last, when, who, why = row[len(_COLUMNS) :]
        held = dict(zip(_COLUMNS, row, strict=False))
        found.append(
            VersionInfo(
                **held, status=Status(last or Status.PROPOSEE), decided_at=when, decided_by=who or "", reason=why or ""
            )
        )
    return found


def info(version_id: int) -> VersionInfo:
    """One version by its number.

    Raises:
        NotFound: no such version.
    """
    found = infos(pk=version_id)
    if not found:
        raise NotFound("Cette version n'existe pas.", code="version-inconnue")
    return found[0]


def content(sha256: str) -> str:
    """The file of that digest.

    Raises:
        NotFound: it was never received.
    """
    found = Version.objects.filter(sha256=sha256).values_list("content", flat=True).first()
    if found is None:
        raise NotFound("Ce fichier n'a jamais été reçu.", code="version-inconnue")
    return found


@lru_cache(maxsize=128)
def document(sha256: str) -> Table:
    """The raw document of that digest; not to be changed. The schema accepted it when it was received."""
    return read(content(sha256))


@lru_cache(maxsize=128)
def parsed(sha256: str) -> Pack:
    """The pack of that digest."""
    return pack_of(document(sha256))


@lru_cache(maxsize=128)
def overlay(sha256: str) -> Surcharge:
    """The overlay of that digest."""
    return overlay_of(document(sha256))


@lru_cache(maxsize=256)
def _regional(sha256: str, overlay_sha256: str) -> Pack:
    return overlaid(document(sha256), overlay(overlay_sha256))


def published(*conditions: Q, **filters: Any) -> list[VersionInfo]:
    """The versions published and not withdrawn since."""
    return [one for one in infos(*conditions, **filters) if one.status is Status.PUBLIEE]


def in_force(versions: Iterable[VersionInfo], at: date) -> dict[str, VersionInfo]:
    """Of each pack, the last version published at a date; the first one to come, where there is none yet."""
    chosen: dict[str, VersionInfo] = {}
    for one in sorted(versions, key=lambda version: (version.published_on, version.id)):
        known = chosen.get(one.pack)
        if known is None or one.published_on <= at:
            chosen[one.pack] = one
    return chosen


def _dressed(version: VersionInfo, overlays: Iterable[VersionInfo], at: date) -> Pack:
    """The pack of a version, with the last overlay of the region that applies to it at the date."""
    chosen = _overlay_for(version, overlays, at)
    return parsed(version.sha256) if chosen is None else _regional(version.sha256, chosen.sha256)


def _overlay_for(version: VersionInfo, overlays: Iterable[VersionInfo], at: date) -> VersionInfo | None:
    chosen = None
    for one in sorted(overlays, key=lambda each: (each.published_on, each.id)):
        known = chosen is None or one.published_on <= at
        if one.pack == version.pack and known and applies(document(version.sha256), overlay(one.sha256)):
            chosen = one
    return chosen


def raw(pack_id: str, version: str = "", region: str = "", at: date | None = None) -> dict[str, Any]:
    """The document of a version (the one in force otherwise), as plain JSON values; as a region has it.

    Raises:
        NotFound: no such version.
    """
    info = version_of(pack_id, version, at)
    overlays = published(pack=pack_id, region=region) if region else []
    chosen = _overlay_for(info, overlays, at or timezone.localdate())
    held = document(info.sha256) if chosen is None else put_on(document(info.sha256), overlay(chosen.sha256))
    return _plain(held)  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value


def packs(nature: Nature | None = None, at: date | None = None, region: str = "") -> list[Pack]:
    """The packs in force at a date (today), by title; as a region has them, when it is given (INSEE code)."""
    day = at or timezone.localdate()
    rows = published(region__in=["", region])
    chosen = in_force((one for one in rows if not one.region), day).values()
    overlays = [one for one in rows if one.region]
    found = [_dressed(one, overlays, day) for one in chosen if nature is None or one.nature == nature]
    return sorted(found, key=lambda pack: pack.titre)


def titles() -> list[tuple[str, str]]:
    """The packs in force today, name and title, without reading their files."""
    chosen = in_force(published(region=""), timezone.localdate())
    return sorted(((name, one.title) for name, one in chosen.items()), key=lambda pair: pair[1])


def current(pack: str, at: date | None = None, region: str = "") -> Pack:
    """A pack as it is in force at a date (today), and in a region.

    Raises:
        NotFound: no version of it is published.
    """
    day = at or timezone.localdate()
    rows = published(pack=pack, region__in=["", region])
    chosen = in_force((one for one in rows if not one.region), day).get(pack)
    if chosen is None:
        raise NotFound(f"Le référentiel « {pack[:60]} » n'existe pas.", code="pack-inconnu")
    return _dressed(chosen, [one for one in rows if one.region], day)


def pack(pack_id: str, version: str, region: str = "") -> Pack:
    """A version of a pack, whether it is still in force or not; as a region has it, when it is given.

    Raises:
        NotFound: that version was never published.
    """
    rows = infos(pack=pack_id, region__in=["", region])
    known = [one for one in rows if one.version == version and not one.region and _was_published(one)]
    if not known:
        raise NotFound(f"La version {version[:40]} de « {pack_id[:60]} » n'existe pas.", code="version-inconnue")
    overlays = [one for one in rows if one.region and one.status is Status.PUBLIEE]
    return _dressed(known[-1], overlays, timezone.localdate())


def _was_published(one: VersionInfo) -> bool:
    return one.status in (Status.PUBLIEE, Status.RETIREE)


def versions(pack_id: str) -> list[VersionInfo]:
    """The published versions of a pack, the newest first; the withdrawn ones too."""
    return [one for one in reversed(infos(pack=pack_id, region="")) if _was_published(one)]


def version_of(pack_id: str, version: str = "", at: date | None = None) -> VersionInfo:
    """The published version of that name, or the one in force.

    Raises:
        NotFound: there is none.
    """
    rows = versions(pack_id)
    if version:
        found = next((one for one in rows if one.version == version), None)
    else:
        alive = [one for one in rows if one.status is Status.PUBLIEE]
        found = in_force(alive, at or timezone.localdate()).get(pack_id)
    if found is None:
        what = f"La version {version[:40]} de « {pack_id[:60]} »" if version else f"Le référentiel « {pack_id[:60]} »"
        raise NotFound(f"{what} n'existe pas.", code="version-inconnue")
    return found


_engines: dict[int, tuple[Pack, Engine]] = {}
_results: dict[int, tuple[Pack, tuple[Result, ...]]] = {}
"""By the identity of a pack in memory, which they keep alive: hashing a whole pack costs more than compiling it."""


def engine_of(pack: Pack) -> Engine:
    """The compiled rules of a pack; compiled once for each pack in memory."""
    known = _engines.get(id(pack))
    if known is None or known[0] is not pack:
        if len(_engines) > 256:
            _engines.clear()
        known = _engines[id(pack)] = (pack, Engine(pack))
    return known[1]


def cases_of(pack: Pack) -> tuple[Result, ...]:
    """What the test cases of a pack give; run once for each pack in memory."""
    known = _results.get(id(pack))
    if known is None or known[0] is not pack:
        if len(_results) > 64:
            _results.clear()
        known = _results[id(pack)] = (pack, tuple(run_cases(pack, engine_of(pack))))
    return known[1]
