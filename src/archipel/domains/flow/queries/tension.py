"""Tension: the indicators of each emergency site now, BJML, the levels in force and their journal. No names.

Everything is read across the whole group by whoever may see its capacity: counts and levels leave, rows do not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q

from archipel.domains.flow.models import EdDay, TensionReading
from archipel.domains.flow.models import TensionFact as FactRow
from archipel.domains.flow.queries.bed_rows import whole_territory
from archipel.domains.flow.queries.capacity import capacity
from archipel.domains.flow.queries.ed import ed_loads, ed_ufs
from archipel.domains.flow.queries.tension_config import TensionConfig, tension_config
from archipel.domains.flow.rules.tension import bed_need, mean_and_deviation, read_signal, same_week, stand
from archipel.domains.flow.values.ed import EdStep
from archipel.domains.flow.values.tension import (
    BedNeed,
    DayCount,
    Level,
    LevelSource,
    Reading,
    Signal,
    Standing,
    TensionFact,
    TensionFactKind,
)
from archipel.foundation.scope import Capability, Scope
from archipel.kernel import clock
from archipel.territory import public as territory

PARIS = ZoneInfo("Europe/Paris")
_FORGOTTEN = timedelta(days=2)
"""A site not computed for this long is shown as never computed."""
_JOURNAL_READ = timedelta(days=60)
"""Well beyond the longest declaration (7 days): a lift older than this no longer counts."""
_PRESENT_AT = """
SELECT u.establishment, u.site, count(DISTINCT s.venue_id) FROM territory_uf u
JOIN flow_segment s ON s.establishment = u.establishment AND (s.uf = u.code OR (s.uf = '' AND s.uf_medicale = u.code))
WHERE u.filiere = 'URG' AND NOT u.closed AND s.begin <= %(at)s AND (s.end_at IS NULL OR s.end_at > %(at)s)
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class SiteSignals:
    """One emergency site now: its indicators, and what it needs a day."""

    establishment: str
    site: str
    name: str
    at: datetime
    readings: tuple[Reading, ...]
    need: BedNeed
    heard_at: datetime | None
    """Last message received from the establishment."""

    def of(self, signal: Signal) -> Reading | None:
        """One indicator; None when the parameters leave it out."""
        return next((one for one in self.readings if one.signal is signal), None)


@dataclass(frozen=True, slots=True)
class TensionLevel:
    """The level in force of one site or of the group: what the ROR's cadence follows."""

    kind: str
    """``site`` or ``ght``."""
    code: str
    """FINESS EG, or code of the GHT."""
    establishment: str
    """FINESS EJ of the site; of the supporting establishment for a GHT."""
    name: str
    level: Level
    in_tension: bool
    """Whether the level is at or above the one that the parameters call tension."""
    since: datetime | None
    """Since when this level is in force; None: nothing was ever computed nor declared."""
    source: LevelSource
    computed: Level | None
    computed_at: datetime | None
    """Last computation; old: the worker has stopped."""
    standing: Standing

    @property
    def subject(self) -> str:
        """The key of the journal."""
        return f"{self.kind}:{self.code}"


def tension_levels(*, scope: Scope, at: datetime | None = None) -> tuple[TensionLevel, ...]:
    """The level of each group and of each of its emergency sites, with since when and who says so.

    Args:
        scope: must hold ``VOIR_CAPACITE``.
        at: the moment, now by default.

    Raises:
        Denied: without the capability.
    """
    scope.require(Capability.VOIR_CAPACITE)
    now, config = at or clock.now(), tension_config()
    journal = _journal(now)
    readings = TensionReading.objects.filter(at__lte=now, at__gt=now - _FORGOTTEN).order_by("site", "-at")
    last = dict(readings.distinct("site").values_list("site", "at"))
    found = []
    for subject in subjects():
        standing = stand(journal.get(subject.key, ()), now, now)
        computed = last.get(subject.code) if subject.kind == "site" else max(last.values(), default=None)
        found.append(
            TensionLevel(
                subject.kind, subject.code, subject.establishment, subject.name, standing.level,
                standing.level >= config.tension_from, standing.since, standing.source, standing.computed, computed,
                standing,
            )
        )  # fmt: skip
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that has a level."""

    kind: str
    code: str
    establishment: str
    name: str
    ght: str

    @property
    def key(self) -> str:
        """As the journal names it."""
        return f"{self.kind}:{self.code}"


def subjects() -> tuple[Subject, ...]:
    """The groups, each followed by its emergency sites; an establishment without a group stands alone."""
    places = territory.establishments()
    names = {site.finess: site.name for site in territory.sites()}
    sites = sorted({(uf.establishment, uf.site) for uf in ed_ufs() if uf.site})
    by_ght: dict[str, list[territory.EstablishmentInfo]] = defaultdict(list)
    for place in places:
        by_ght[place.ght].append(place)
    found: list[Subject] = []
    for ght, members in by_ght.items():
        codes = {member.code for member in members}
        own = [(place, site) for place, site in sites if place in codes]
        if ght and own:
            holder = next((member for member in members if member.support), members[0])
            found.append(Subject("ght", ght, holder.code, f"Groupement {ght}", ght))
        found += [Subject("site", site, place, names.get(site, site), ght) for place, site in own]
    return tuple(found)


def _journal(until: datetime) -> dict[str, list[TensionFact]]:
    """The lines that still say something: the recent ones, and the last computation of each subject before them."""
    found: dict[str, list[TensionFact]] = defaultdict(list)
    begin = until - _JOURNAL_READ
    before = FactRow.objects.filter(kind=TensionFactKind.CALCUL.value, recorded_at__lt=begin)
    kept = before.order_by("subject", "-recorded_at").distinct("subject").values("id")
    recent = Q(recorded_at__gte=begin) | Q(id__in=kept)
    for row in FactRow.objects.filter(recent, recorded_at__lte=until).order_by("id"):
        found[row.subject].append(fact_of(row))
    return found


def fact_of(row: FactRow) -> TensionFact:
    """A row of the journal in the words of the rules."""
    return TensionFact(
        row.pk, TensionFactKind(row.kind), Level(row.level), row.effective_at, row.recorded_at, row.actor, row.reason,
        row.until, row.details,
    )  # fmt: skip


# --- indicators ---------------------------------------------------------------------------------------


def site_signals(*, scope: Scope, at: datetime | None = None) -> tuple[SiteSignals, ...]:
    """The indicators of every emergency site at a moment, from live data and the counted days. Raises Denied."""
    now, config = at or clock.now(), tension_config()
    today = now.astimezone(PARIS).date()
    beds = _available(scope, config, now)
    loads = ed_loads(scope=scope, at=now)
    with whole_territory(scope):
        afternoon = _at_15(now)
        at_15 = _present_at(afternoon)
    found = []
    for load in loads:
        site, place = load.site.finess, load.site.establishment
        history = days(
            place, site, since=today - timedelta(days=config.history_days), others=same_week(today, config.bjml_years)
        )
        need = bed_need(
            history, today, years=config.bjml_years, percentile=config.bjml_percentile, minimum_days=config.bjml_days
        )
        values = _values(
            history.get(today - timedelta(days=1)), beds.get((place, site)), load.present, load.places,
            load.steps[EdStep.ATTENTE_AVAL], at_15.get((place, site), 0) if load.heard_at else None, need,
        )  # fmt: skip
        recent = {day: count for day, count in history.items() if 0 < (today - day).days <= config.history_days}
        references = _references(recent, config.history_minimum)
        readings = tuple(
            read_signal(signal, *values[signal][:1], threshold, references.get(signal), values[signal][1])
            for signal, threshold in config.of_site(site).items()
        )
        found.append(SiteSignals(place, site, load.site.name, now, readings, need, load.heard_at))
    return tuple(found)


def _at_15(now: datetime) -> datetime:
    """The last time that it was 15 h in Paris."""
    local = now.astimezone(PARIS)
    day = local.date() if local.time() >= time(15) else local.date() - timedelta(days=1)
    return datetime.combine(day, time(15), PARIS)


def _present_at(at: datetime) -> dict[tuple[str, str], int]:
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT_AT, {"at": at})
        return {(row[0], row[1]): row[2] for row in cursor.fetchall()}


def _available(scope: Scope, config: TensionConfig, now: datetime) -> dict[tuple[str, str], int | None]:
    """(establishment, site) → beds free for the emergency department; None when nobody can know."""
    found: dict[tuple[str, str], int | None] = {}
    for site in capacity(scope=scope, at=now).sites:
        known = site.described and site.heard
        free = sum(counts.available for code, counts in site.by_filiere.items() if code in config.filieres)
        found[site.establishment, site.finess] = free if known else None
    return found


def days(establishment: str, site: str, *, since: date, others: Iterable[date] = ()) -> dict[date, DayCount]:
    """The counted days of a site since one, and some others before."""
    rows = EdDay.objects.filter(Q(day__gte=since) | Q(day__in=list(others)), establishment=establishment, site=site)
    return {
        row.day: DayCount(
            row.day.toordinal(), row.passages, row.ended, row.hospitalised, row.hospitalised_minutes, row.present_at_15
        )
        for row in rows
    }


_Value = tuple[float | None, str]


def _values(
    yesterday: DayCount | None,
    beds: int | None,
    present: int,
    places: int,
    waiting: int,
    at_15: int | None,
    need: BedNeed,
) -> dict[Signal, _Value]:
    """Each indicator, or why it is unknown."""
    no_day = "la veille n'a pas été comptée"
    mean = rate = None
    if yesterday is not None and yesterday.hospitalised:
        mean = yesterday.hospitalised_minutes / yesterday.hospitalised
    if yesterday is not None and yesterday.ended:
        rate = 100 * yesterday.hospitalised / yesterday.ended
    no_places = "aucune place de soins n'est décrite dans la structure"
    no_beds, unheard = "les lits du site ne sont pas suivis", "aucun message n'a été reçu de l'établissement"
    no_need = (
        no_beds
        if beds is None
        else "le BJML est de 0 lit"
        if need.beds == 0
        else f"{need.days} jours d'historique sur {need.wanted_days} : le BJML n'est pas connu"
    )
    no_stay = no_day if yesterday is None else "aucun patient hospitalisé la veille"
    no_exit = no_day if yesterday is None else "aucun passage terminé la veille"
    cover = 100 * beds / need.beds if beds is not None and need.beds else None
    return {
        Signal.LITS_DISPONIBLES: (beds, "" if beds is not None else no_beds),
        Signal.PASSAGES_VEILLE: (yesterday.passages if yesterday else None, "" if yesterday else no_day),
        Signal.DUREE_HOSPITALISES: (mean, "" if mean is not None else no_stay),
        Signal.TAUX_HOSPITALISATION: (rate, "" if rate is not None else no_exit),
        Signal.CHARGE_15H: (
            100 * at_15 / places if places and at_15 is not None else None,
            no_places if not places else unheard if at_15 is None else "",
        ),
        Signal.CHARGE: (100 * present / places if places else None, "" if places else no_places),
        Signal.ATTENTE_AVAL: (waiting, ""),
        Signal.COUVERTURE_BJML: (cover, "" if cover is not None else no_need),
    }  # fmt: skip


def _references(history: Mapping[date, DayCount], minimum: int) -> dict[Signal, tuple[float, float]]:
    """Mean and deviation of the site's own days, for the indicators that have a history."""
    rows = list(history.values())
    series: dict[Signal, list[float]] = {
        Signal.PASSAGES_VEILLE: [float(row.passages) for row in rows],
        Signal.DUREE_HOSPITALISES: [row.hospitalised_minutes / row.hospitalised for row in rows if row.hospitalised],
        Signal.TAUX_HOSPITALISATION: [100 * row.hospitalised / row.ended for row in rows if row.ended],
    }
    found = {}
    for signal, values in series.items():
        reference = mean_and_deviation(values) if len(values) >= minimum else None
        if reference is not None:
            found[signal] = reference
    return found


# --- what the pages show ------------------------------------------------------------------------------


def tension_journal(
    *, scope: Scope, subject: str = "", since: datetime | None = None, limit: int = 200
) -> tuple[tuple[str, TensionFact], ...]:
    """(subject, line) of the journal, the last one first. Raises Denied without ``VOIR_CAPACITE``."""
    scope.require(Capability.VOIR_CAPACITE)
    rows = FactRow.objects.order_by("-recorded_at", "-id")
    if subject:
        rows = rows.filter(subject=subject)
    if since is not None:
        rows = rows.filter(recorded_at__gte=since)
    return tuple((row.subject, fact_of(row)) for row in rows[:limit])


def level_history(*, scope: Scope, sites: Iterable[str], since: datetime) -> dict[str, list[tuple[datetime, int]]]:
    """Site → (moment, kept level) of each computation since then. Raises Denied."""
    scope.require(Capability.VOIR_CAPACITE)
    found: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    rows = TensionReading.objects.filter(site__in=list(sites), at__gte=since).order_by("at")
    for site, at, level in rows.values_list("site", "at", "level"):
        found[site].append((at, level))
    return found


def need_history(
    *, scope: Scope, establishment: str, site: str, day: date
) -> tuple[BedNeed, Sequence[tuple[date, DayCount | None]]]:
    """BJML of a day with the days behind it, for the page that explains it. Raises Denied."""
    scope.require(Capability.VOIR_CAPACITE)
    config = tension_config()
    wanted = same_week(day, config.bjml_years)
    history = days(establishment, site, since=day, others=wanted)
    need = bed_need(
        history, day, years=config.bjml_years, percentile=config.bjml_percentile, minimum_days=config.bjml_days
    )
    return need, [(one, history.get(one)) for one in sorted(wanted)]
