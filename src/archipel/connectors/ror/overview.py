"""What the screens show: for each offer what we say, what they have, since when, what failed, who must act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from archipel.connectors.ror import links, recording
from archipel.connectors.ror.config import RorConfig, ror_config
from archipel.connectors.ror.feeding import SILENT, situation
from archipel.connectors.ror.models import Answer, Dispatch, Exchange, Link
from archipel.connectors.ror.rules import cadence_due, lateness
from archipel.connectors.ror.settings import ror_settings
from archipel.connectors.ror.tension import Tension, site_of, tension_now
from archipel.domains.flow import public as flow
from archipel.domains.flow.public import Said
from archipel.domains.flow.values.offers import Indicator, Offer, Statut, Temporalite
from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope, in_scope, system_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, NotFound
from archipel.territory import public as territory
from archipel.territory.values import FILIERE_LABELS

STATES = {
    "a_jour": "À jour",
    "a_envoyer": "À envoyer",
    "retard": "En retard",
    "refus": "À traiter",
    "doute": "À vérifier",
    "muet": "Rien à dire",
}
"""State of an offer → its word, from the calmest; ``refus``: somebody must act."""


@dataclass(frozen=True, slots=True)
class Line:
    """One offer."""

    offer: Offer
    place: str
    site: str
    filiere: str
    state: str
    said: Mapping[Indicator, int]
    """What should be said now."""
    held: Mapping[Indicator, tuple[int, datetime]]
    """What the ROR last accepted, and the date of each figure."""
    accepted_at: datetime | None
    """Date of the oldest figure that the ROR has."""
    agreed_at: datetime | None
    differs_since: datetime | None
    late_since: datetime | None
    problem: str
    who: tuple[str, ...]
    next_at: datetime | None
    tension: bool
    every_hours: float
    blocked: Mapping[str, str]

    @property
    def word(self) -> str:
        """The state in words."""
        return STATES[self.state]

    def told(self, status: str) -> int | None:
        """Beds that we say in a state now, genders together."""
        return _total(((one, count) for one, count in self.said.items()), status)

    def theirs(self, status: str) -> int | None:
        """The same as the ROR last accepted it."""
        return _total(((one, count) for one, (count, _) in self.held.items()), status)

    @property
    def free(self) -> int | None:
        """Beds that we say available."""
        return self.told(Statut.DISPONIBLE)

    @property
    def free_there(self) -> int | None:
        """Beds that they have as available."""
        return self.theirs(Statut.DISPONIBLE)

    @property
    def installed(self) -> int | None:
        """Beds that we say installed."""
        return self.told(Statut.INSTALLE)

    @property
    def closed(self) -> int | None:
        """Beds that we say closed."""
        return self.told(Statut.FERME)

    @property
    def rows(self) -> list[tuple[Indicator, int | None, int | None, datetime | None, str]]:
        """(indicator, said, held, date held, why it is refused), the present first."""
        keys = sorted({*self.said, *self.held}, key=lambda one: (one.temporality, one))
        return [
            (one, self.said.get(one), *self.held.get(one, (None, None)), self.blocked.get(str(one), "")) for one in keys
        ]


def _total(pairs: Any, status: str) -> int | None:
    counts = [n for one, n in pairs if one.status == status and one.temporality == Temporalite.COURANT]
    return sum(counts) if counts else None


@dataclass(frozen=True, slots=True)
class Overview:
    """All offers, and the state of the ways to the ROR."""

    lines: tuple[Line, ...]
    supplier: Link | None
    consumer: Link | None
    configured: bool
    """A channel that writes is set."""
    reads: bool
    at: datetime

    def count(self, state: str) -> int:
        """How many offers are in a state."""
        return Counter(line.state for line in self.lines)[state]

    @property
    def oldest(self) -> datetime | None:
        """The oldest figure that the ROR has of us."""
        return min((line.accepted_at for line in self.lines if line.accepted_at), default=None)


def overview(*, scope: Scope, at: datetime | None = None) -> Overview:
    """Every offer in force.

    Raises:
        Denied: without ``VOIR_CAPACITE``.
    """
    scope.require(Capability.VOIR_CAPACITE)
    now, config, settings = at or clock.now(), ror_config(), ror_settings()
    said = flow.should_say(scope=scope, valid=config.valid, unstaffed_as=config.unstaffed_as, at=now)
    rows = {f"{row.structure}/{row.code}": row for row in Dispatch.objects.all()}
    names, tension = territory.establishment_names(), tension_now(scope=scope, at=now)
    sites = {site.finess: site.name for site in territory.sites()}
    lines = tuple(_line(one, rows.get(one.offer.key), config, tension, now, names, sites) for one in said)
    ways = {link.name: link for link in Link.objects.all()}
    return Overview(
        lines, ways.get("fournisseur"), ways.get("consommateur"), settings.supplier is not None,
        settings.consumer is not None, now,
    )  # fmt: skip


def _line(
    one: Said,
    row: Dispatch | None,
    config: RorConfig,
    tension: Tension,
    now: datetime,
    names: Mapping[str, str],
    sites: Mapping[str, str],
) -> Line:
    row = row or Dispatch(created_at=now, establishment=one.offer.establishment)
    tense = tension.covers(one.offer)
    every = config.every(one.offer.filiere, tension=tense)
    late = lateness(row.accepted_at, row.created_at, now, every, config.tolerance)
    stands = situation(row, one)
    problem, who = (row.problem, tuple(row.who)) if one.known else (SILENT, ("Établissement",))
    if not one.known:
        state = "muet"
    elif row.refused or row.blocked:
        state = "refus"
    elif late is not None:
        state = "retard"
    elif row.pending:
        state = "doute"
    elif stands.differs or cadence_due(stands, now, every):
        state = "a_envoyer"
    else:
        state = "a_jour"
    return Line(
        offer=one.offer, place=names.get(one.offer.establishment, one.offer.establishment),
        site=sites.get(site_of(one.offer), one.offer.structure),
        filiere=FILIERE_LABELS.get(one.offer.filiere, one.offer.filiere), state=state, said=one.statement,
        held=recording.told(row), accepted_at=row.accepted_at, agreed_at=row.agreed_at,
        differs_since=row.differs_since if stands.differs else None, late_since=late, problem=problem, who=who,
        next_at=row.next_at, tension=tense, every_hours=every.total_seconds() / 3600, blocked=row.blocked,
    )  # fmt: skip


def line_of(*, scope: Scope, structure: str, code: str) -> Line:
    """One offer in force.

    Raises:
        Denied: without ``VOIR_CAPACITE``.
        NotFound: no such offer today.
    """
    found = [one for one in overview(scope=scope).lines if (one.offer.structure, one.offer.code) == (structure, code)]
    if not found:
        text = f"L'offre {structure[:20]}/{code[:40]} n'est pas dite au ROR aujourd'hui."
        raise NotFound(text, code="offre-inconnue")
    return found[0]


@dataclass(frozen=True, slots=True)
class ExchangeRow:
    """One operation and what became of it."""

    number: int
    offer: str
    at: datetime
    reason: str
    operation: str
    indicator: Indicator
    count: int
    request: Any
    answers: tuple[Answer, ...]

    @property
    def last(self) -> Answer | None:
        """The last thing known of it; None: in flight, or lost with the process."""
        return self.answers[-1] if self.answers else None


def exchanges(
    *,
    scope: Scope,
    structure: str = "",
    code: str = "",
    verdict: str = "",
    since: datetime | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[ExchangeRow]:
    """The exchanges, the newest first.

    Args:
        scope: must hold ``VOIR_CAPACITE``.
        structure, code: of one offer.
        verdict: whose last answer is that.
        since: from this moment on.
        before: older than this number.
        limit: at most so many.

    Raises:
        Denied: without ``VOIR_CAPACITE``.
    """
    scope.require(Capability.VOIR_CAPACITE)
    rows = Exchange.objects.order_by("-id").prefetch_related("answers")
    if structure:
        rows = rows.filter(structure=structure, code=code)
    if verdict:
        rows = rows.filter(answers__verdict=verdict).distinct()
    if since is not None:
        rows = rows.filter(at__gte=since)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [
        ExchangeRow(
            int(row.pk), f"{row.structure}/{row.code}", row.at, row.reason, row.operation,
            Indicator.parse(row.indicator), row.count, row.request,
            tuple(sorted(row.answers.all(), key=lambda answer: answer.pk)),
        )
        for row in rows[:limit]
    ]  # fmt: skip


def resend(*, scope: Scope, keys: Sequence[tuple[str, str]]) -> int:
    """Ask that offers be told again at once; returns how many.

    Raises:
        Denied: without ``GERER_LITS`` where one of them is.
        NotFound: an offer that is not told today.
        Conflict: the ROR is not configured.
    """
    if ror_settings().supplier is None:
        raise Conflict("L'envoi vers le ROR n'est pas configuré (ARCHIPEL_ROR_URL).", code="ror-non-regle")
    known = {(offer.structure, offer.code): offer for offer in flow.offers(scope=scope)}
    for key in keys:
        if key not in known:
            raise NotFound(f"L'offre {key[0][:20]}/{key[1][:40]} n'est pas dite au ROR.", code="offre-inconnue")
        scope.require(Capability.GERER_LITS, known[key].establishment)
    now = clock.now()
    hands = system_scope("ror", {known[key].establishment for key in keys})
    with in_scope(replace(hands, actor=scope.actor, user_id=scope.user_id)):
        for structure, code in keys:
            offer = known[structure, code]
            Dispatch.objects.get_or_create(
                structure=structure, code=code,
                defaults={"establishment": offer.establishment, "created_at": now, "updated_at": now},
            )  # fmt: skip
            Dispatch.objects.filter(structure=structure, code=code).update(asked=True, updated_at=now)
            record(
                scope=scope, action="ror.renvoi", establishment=offer.establishment, object_type="offre",
                object_key=offer.key,
            )  # fmt: skip
        links.reopen(scope, "fournisseur")
    return len(keys)
