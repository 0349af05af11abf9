"""What the ROR says of the others: read since the last time, page by page, kept with its age."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from archipel.connectors.ror import links
from archipel.connectors.ror.client import Client, LinkDown, Trouble
from archipel.connectors.ror.codec import bundle, names, outcome
from archipel.connectors.ror.codec.capacity import Unreadable
from archipel.connectors.ror.config import RorConfig, ror_config
from archipel.connectors.ror.feeding import process_scope
from archipel.connectors.ror.models import Link
from archipel.connectors.ror.profiles import checker
from archipel.domains.flow import public as flow
from archipel.domains.flow.public import RegionalFigure, RegionalOffer
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel import clock

NAME = "consommateur"
OVERLAP = timedelta(minutes=2)
"""Each reading begins a little before the end of the last one: clocks differ, and what is read twice is kept once."""
_MOST_PAGES = 500
_MOST_PROBLEMS = 50


@dataclass(slots=True)
class Harvest:
    """What a reading brought."""

    places: int = 0
    kept: int = 0
    total: int = 0
    pages: int = 0
    problems: list[str] = field(default_factory=list)
    down: str = ""


def poll(
    consumer: Client,
    *,
    region: str = "",
    filieres: Callable[[tuple[str, ...]], str] | None = None,
    chance: Callable[[], float] = random.random,
    now: Callable[[], datetime] = clock.now,
    config: RorConfig | None = None,
) -> Harvest:
    """Read what changed in the ROR since the last time, and keep it.

    Args:
        consumer: the channel.
        region: code of the source region, all when empty.
        filieres: from the specialties of an offer to our filière; by default :func:`filiere_of`.
        chance: draws a number in [0, 1).
        now: the clock.
        config: the parameters, those of the file by default.
    """
    scope, parameters, at = process_scope(), config or ror_config(), now()
    if links.closed(scope, NAME, at):
        return Harvest(down=links.link(scope, NAME).problem)
    known = links.link(scope, NAME)
    since = known.cursor - OVERLAP if known.cursor is not None else None
    harvest = Harvest()
    try:
        newest = _pages(scope, consumer, harvest, since, region, filieres or filiere_of, at)
    except LinkDown as error:
        harvest.down = error.sentence
        links.failed(scope, NAME, error, parameters, chance(), now())
        return harvest
    links.passed(scope, NAME, now())
    with in_scope(scope):
        cursor = max((moment for moment in (newest, known.cursor) if moment is not None), default=None)
        values: dict[str, object] = {"cursor": cursor, "problems": harvest.problems[:_MOST_PROBLEMS]}
        if since is None:
            values["total"] = harvest.total
        Link.objects.filter(name=NAME).update(**values)
    return harvest


def _pages(
    scope: Scope,
    consumer: Client,
    harvest: Harvest,
    since: datetime | None,
    region: str,
    filieres: Callable[[tuple[str, ...]], str],
    at: datetime,
) -> datetime | None:
    """Every page, each kept as it comes; the moment of the last change read."""
    base = consumer.channel.url
    url, offset = names.search_url(base, since=since, region=region), 0
    newest: datetime | None = None
    while harvest.pages < _MOST_PAGES:
        page = _page(consumer, url)
        harvest.pages += 1
        harvest.total = page.total
        harvest.problems += page.problems
        harvest.places += len(page.places)
        harvest.problems += _checked(page.places)
        harvest.kept += flow.store_regional(scope=scope, offers=list(_offers(page, filieres)), read_at=at)
        newest = max([place.updated_at for place in page.places] + ([newest] if newest else []), default=None)
        offset += len(page.places)
        if page.next_url.startswith(base):
            url = page.next_url
        elif offset < page.total and page.places:
            url = names.search_url(base, since=since, region=region, offset=offset)
        else:
            break
    return newest


def _page(consumer: Client, url: str) -> bundle.Page:
    reply = consumer.get(url)
    if reply.status != 200:
        answer = outcome.read(reply.status, reply.body)
        raise LinkDown(Trouble.UNKNOWN, answer.sentence, access=reply.status in (400, 401, 403))
    try:
        return bundle.read(reply.body)
    except Unreadable as error:
        raise LinkDown(Trouble.UNKNOWN, f"La réponse du ROR est illisible : {error}") from None


def _checked(places: Iterable[bundle.Place]) -> list[str]:
    """What the profile finds wrong in what was received; it is kept all the same."""
    found = []
    for place in places:
        report = checker().check(place.resource or {}, names.LOCATION)
        found += [f"{place.location} : {fault}" for fault in report.faults[:5]]
    return found


def _offers(page: bundle.Page, filieres: Callable[[tuple[str, ...]], str]) -> Iterable[RegionalOffer]:
    services = {}
    for service in page.services:
        for location in service.locations:
            services[location] = service
    for place in page.places:
        structure, _, code = place.external.partition("/")
        offered = services.get(place.location)
        specialties = offered.specialties if offered else ()
        yield RegionalOffer(
            location=place.location, name=place.name, updated_at=place.updated_at,
            figures=tuple(RegionalFigure(f.indicator, f.count, f.updated_at) for f in place.figures),
            structure=structure, code=code, organisation=(offered.provider if offered else "") or place.organisation,
            service=offered.name if offered else "", specialties=specialties,
            filiere=filieres((*specialties, offered.name if offered else "", place.name)), commune=place.commune,
            latitude=place.latitude, longitude=place.longitude, region=place.region,
        )  # fmt: skip


_WORDS = (
    ("BRU", ("grands brûlés", "brûlé")),
    (
        "SCP",
        ("soins critiques pédiatriques", "réanimation pédiatrique", "réanimation néonatale",
         "surveillance continue pédiatrique"),
    ),
    ("SCA", ("soins critiques", "réanimation", "soins intensifs", "surveillance continue")),
    ("OBS", ("obstétrique", "maternité")),
    ("PED", ("pédiatrie", "pédiatrique", "néonat")),
    ("GER", ("gériatrie", "gériatrique", "court séjour gériatrique")),
    ("SMR", ("soins médicaux et de réadaptation", "réadaptation", "smr", "soins de suite", "ssr")),
    ("SLD", ("soins de longue durée", "usld")),
    ("PSY", ("psychiatr",)),
    ("UHCD", ("hospitalisation de courte durée", "uhcd")),
    ("CHI", ("chirurgi",)),
    ("MED", ("médecine", "cardiologie", "pneumologie", "neurologie", "gastro", "oncologie", "infectio")),
)  # fmt: skip


def filiere_of(words: tuple[str, ...]) -> str:
    """Our filière from the words of an offer, empty when none is recognised.

    The nomenclature of operational activities (R211) is not at hand: labels are compared, the most precise first.
    """
    text = " ".join(words).lower()
    for filiere, wanted in _WORDS:
        if any(word in text for word in wanted):
            return filiere
    return ""
