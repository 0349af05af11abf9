"""From the passages of a site to the RPU file of some days; the same content is the same file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from archipel.connectors.rpu import models
from archipel.connectors.rpu.codec import RpuFile, RpuPassage, body_digest, file_name, write
from archipel.connectors.rpu.settings import DAYS, RpuSettings, rpu_settings
from archipel.domains.flow import public as flow
from archipel.domains.flow.rules.passage_checks import check, completeness, overall
from archipel.domains.flow.values.passages import Passage, Severity
from archipel.foundation.scope import Capability, Scope
from archipel.kernel import clock
from archipel.kernel.errors import Invalid, NotFound
from archipel.territory import public as territory

PARIS = ZoneInfo("Europe/Paris")
LONGEST = 31
"""Days in one file at the most."""


@dataclass(frozen=True, slots=True)
class Built:
    """A file ready to leave, kept."""

    row: models.File
    fresh: bool
    """False: the same content was already made, and its bytes are taken again."""


def daily_range(now: datetime) -> tuple[date, date]:
    """(J-6, J-1) at a moment: the days of the daily file."""
    today = now.astimezone(PARIS).date()
    return today - timedelta(days=DAYS), today - timedelta(days=1)


def sites() -> dict[str, str]:
    """FINESS EG → FINESS EJ of the sites that have an emergency department."""
    return {uf.site: uf.establishment for uf in territory.ufs() if uf.filiere == "URG" and not uf.closed and uf.site}


def local(moment: datetime) -> datetime:
    """A moment on a clock in Paris, to the minute, without zone, as the file writes it."""
    return moment.astimezone(PARIS).replace(second=0, microsecond=0, tzinfo=None)


def as_rpu(passage: Passage) -> RpuPassage:
    """A passage in the words of the file."""
    left = passage.left_at
    return RpuPassage(local(passage.arrived_at), local(left) if left else None, passage.birth, dict(passage.values))


def passages_of(scope: Scope, site: str, first: date, last: date, now: datetime) -> tuple[Passage, ...]:
    """The passages of a site that began in these days."""
    begin = datetime.combine(first, time(), PARIS)
    end = datetime.combine(last + timedelta(days=1), time(), PARIS)
    return flow.ed_passages(scope=scope, since=begin, until=end, sites=[site], at=now)


def build_file(*, scope: Scope, site: str, first: date, last: date, settings: RpuSettings | None = None) -> Built:
    """Make the file of a site for some days, or find the one already made with the same content.

    Args:
        scope: ``rpu.transmettre`` on the establishment, inside its transaction.
        site: FINESS EG.
        first: first day of arrival.
        last: last day of arrival, today at the latest.
        settings: those in force by default.

    Raises:
        Denied: no right.
        NotFound: the site has no emergency department.
        Invalid: days in disorder, to come, or too many.
    """
    establishment = sites().get(site)
    if establishment is None:
        raise NotFound("Ce site n'a pas de service d'urgences dans la structure.", code="urgences-inconnues")
    scope.require(Capability.TRANSMETTRE_RPU, establishment)
    now, settings = clock.now(), settings or rpu_settings()
    if not first <= last <= now.astimezone(PARIS).date() or (last - first).days >= LONGEST:
        raise Invalid(f"Choisissez de 1 à {LONGEST} jours, jusqu'à aujourd'hui.", code="rpu-jours", field="du")
    passages = passages_of(scope, site, first, last, now)
    extracted = now.astimezone(PARIS).replace(microsecond=0, tzinfo=None)
    file = RpuFile(site, settings.order, extracted, first, last, tuple(map(as_rpu, passages)))
    body = body_digest(file)
    with connection.cursor() as cursor:  # one maker at a time for a site: two would give two files
        cursor.execute("SELECT pg_advisory_xact_lock(7211, hashtext(%s))", [site])
    found = models.File.objects.filter(
        establishment=establishment, site=site, first_day=first, last_day=last, body_sha256=body
    ).first()
    if found is not None:
        return Built(found, False)
    return Built(_keep(establishment, file, body, passages, settings, now), True)


def _keep(
    establishment: str, file: RpuFile, body: str, passages: Sequence[Passage], settings: RpuSettings, now: datetime
) -> models.File:
    raw = write(file, settings.encoding)
    wrong = sum(1 for p in passages if any(one.severity is Severity.ERREUR for one in check(p, now)))
    return models.File.objects.create(
        establishment=establishment,
        site=file.finess,
        first_day=file.begin,
        last_day=file.end,
        extracted_at=now,
        name=file_name(settings.name, file),
        raw=raw,
        sha256=hashlib.sha256(raw).hexdigest(),
        body_sha256=body,
        passages=len(passages),
        completeness=overall(completeness(passages)),
        errors=wrong,
    )
