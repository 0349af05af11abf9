"""Reading RPU files that others made: kept as they came, each passage explained, the same file twice harmless."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from archipel.connectors.rpu import models
from archipel.connectors.rpu.building import sites
from archipel.connectors.rpu.codec import ReadFile, ReadPassage, RpuPassage, Unreadable, read
from archipel.domains.flow import public as flow
from archipel.domains.flow.values.passages import Item
from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Invalid, NotFound
from archipel.territory import public as territory

PARIS = ZoneInfo("Europe/Paris")
REFUSED = "refuse"
OUTCOMES = {
    "nouveau": "Nouveau : gardé",
    "change": "Changé : les nouvelles valeurs sont gardées",
    "identique": "Déjà lu, identique",
    "suivi": "Déjà suivi par les messages : rien n'est écrit",
    REFUSED: "Refusé",
}


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file."""

    number: int
    counts: dict[str, int]
    remarks: tuple[str, ...]


def import_file(*, scope: Scope, name: str, raw: bytes) -> Imported:
    """Read a file and keep its passages; one line of outcome for each, the raw file beside.

    Raises:
        Invalid: the file cannot be read at all; the sentence says where and what was expected.
        Denied: no right on the establishment of the site that the file names.
        NotFound: the file names a site that is not of the group.
    """
    try:
        found = read(raw)
    except Unreadable as refusal:
        raise Invalid(str(refusal), code="rpu-illisible") from None
    with in_scope(scope):
        site, establishment = _site(found)
        scope.require(Capability.TRANSMETTRE_RPU, establishment)
        digest = hashlib.sha256(raw).hexdigest()
        good = [one for one in found.passages if one.passage is not None]
        results = flow.store_past_passages(
            scope=scope, establishment=establishment, site=site,
            rows=[_row(one.passage) for one in good if one.passage is not None], source=name,
        )  # fmt: skip
        told = {one.number: result for one, result in zip(good, results, strict=True)}
        counts = Counter(result.outcome.value for result in results)
        counts[REFUSED] = len(found.passages) - len(good)
        row = models.Import.objects.create(
            establishment=establishment,
            site=site,
            name=name[:200],
            raw=raw,
            sha256=digest,
            encoding=found.encoding,
            at=clock.now(),
            actor=scope.actor,
            remarks=list(found.remarks),
            counts={key: value for key, value in counts.items() if value},
        )
        _lines(row, found.passages, told)
        record(
            scope=scope,
            action="rpu.import",
            establishment=establishment,
            object_type="fichier-rpu-recu",
            object_key=str(row.pk),
            details={"passages": len(found.passages), "issues": dict(row.counts)},
        )
        return Imported(row.pk, dict(row.counts), found.remarks)


def _site(found: ReadFile) -> tuple[str, str]:
    """(FINESS EG, FINESS EJ) of the site that the file names, by its EG, or by its EJ when it has one ED only."""
    known = {info.finess: info.establishment for info in territory.sites()}
    if found.finess in known:
        return found.finess, known[found.finess]
    own = [site for site, establishment in sites().items() if establishment == found.finess]
    if len(own) == 1:
        return own[0], found.finess
    expected = "le numéro d'un site du groupement"
    if own:
        expected = f"le numéro géographique d'un de ses sites ({', '.join(sorted(own))})"
    raise NotFound(f"FINESS {found.finess} : attendu {expected}.", code="rpu-site")


def _aware(moment: datetime) -> datetime:
    """A moment of a clock in Paris; the hour that comes twice in October is taken the first time."""
    return moment.replace(tzinfo=PARIS)


def _row(passage: RpuPassage) -> flow.PastRow:
    arrived = _aware(passage.arrived_at)
    left = None if passage.left_at is None else _aware(passage.left_at)
    values: dict[Item, tuple[str, ...]] = {
        item: value for item, value in passage.values.items() if item is not Item.NAISSANCE
    }
    return flow.PastRow(arrived, left, passage.birth, values)


def _lines(row: models.Import, passages: Sequence[ReadPassage], told: dict[int, flow.PastResult]) -> None:
    models.ImportLine.objects.bulk_create(
        [
            models.ImportLine(
                establishment=row.establishment,
                source=row,
                number=one.number,
                line=one.line,
                outcome=told[one.number].outcome.value if one.number in told else REFUSED,
                arrived_at=_aware(one.passage.arrived_at) if one.passage else None,
                problems=[*one.problems, *(told[one.number].differences if one.number in told else ())],
            )
            for one in passages
        ],
        batch_size=1000,
    )
