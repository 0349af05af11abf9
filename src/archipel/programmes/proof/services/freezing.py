"""Freezing: the requirements of a pack for a subject at a moment, in one signed archive that stands by itself."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

import archipel
from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.foundation.web.formats import long_date
from archipel.kernel import clock
from archipel.kernel.errors import Invalid, NotFound
from archipel.kernel.indicators import Indicator
from archipel.programmes.packs.public import Pack
from archipel.programmes.proof import models, registry
from archipel.programmes.proof.archive import container
from archipel.programmes.proof.archive.manifest import README, build, canonical
from archipel.programmes.proof.archive.signing import Signer
from archipel.programmes.proof.queries import contents, readings
from archipel.programmes.proof.queries.packs import text_of
from archipel.programmes.proof.queries.statuses import RequirementStatus, count, statuses
from archipel.programmes.proof.rules.files import MEDIAS
from archipel.programmes.proof.services import keys
from archipel.programmes.proof.services.readings import compute
from archipel.programmes.proof.services.readme import readme
from archipel.programmes.proof.values import LEVEL_LABELS, Nature, Subject

Progress = Callable[[int, int, str], None]
"""(steps done, steps in all, what is being done)."""
Measured = Mapping[tuple[str, Subject], Indicator]


@dataclass(frozen=True, slots=True)
class Frozen:
    """An archive issued."""

    number: int
    sha256: str
    size: int
    members: int
    fingerprint: str
    counts: Mapping[str, int]
    content: bytes

    @property
    def file_name(self) -> str:
        """What to call the file."""
        return f"preuve-{self.number:05d}.zip"


def freeze(
    *,
    scope: Scope,
    pack: Pack,
    subject: Subject,
    at: datetime | None = None,
    known_at: datetime | None = None,
    progress: Progress = lambda done, total, what: None,
) -> Frozen:
    """Make an archive, sign it, and write it in the register.

    Args:
        scope: must manage the programmes of every establishment of the subject.
        pack: the version whose requirements are frozen.
        subject: a GHT, an establishment or one of its parts.
        at: the moment described, now by default; the future is refused.
        known_at: as known then, now by default.
        progress: told of each step.

    Raises:
        Denied: an establishment of the subject is out of reach. Invalid: a moment in the future, or too large.
        NotFound: the pack states no requirement. Upstream: the key is not accessible.
    """
    now = clock.now()
    moment, known = at or now, known_at or now
    require_freezable(scope, subject, moment, known)
    with in_scope(scope):
        asked = statuses(scope=scope, pack=pack, subject=subject, at=moment, known_at=known, outside=True)
    if not asked:
        raise NotFound(f"Le pack « {pack.titre} » ne pose aucune exigence à prouver.", code="sans-exigence")
    measured = _measured(scope, asked, moment, known, progress)
    total = len(measured) + 3
    progress(len(measured), total, "Statuts et pièces")
    with in_scope(scope):
        found = statuses(
            scope=scope, pack=pack, subject=subject, at=moment, known_at=known, measured=measured, outside=True
        )
        files = _files(found)
        signer = keys.signer()
        members = _members(pack, found, measured, files)
        about = _about(scope, pack, subject, moment, known, now, found)
        members[README] = _readme(pack, subject, moment, known, now, signer)
        progress(total - 2, total, "Signature")
        content = build(about, members, signer)
        progress(total - 1, total, "Registre")
        issued = _register(scope, pack, subject, moment, known, now, found, content, signer)
    progress(total, total, "Terminé")
    return issued


def require_freezable(scope: Scope, subject: Subject, at: datetime, known_at: datetime) -> None:
    """Raise unless the account may freeze the subject at that moment.

    Raises:
        Denied: an establishment is out of reach. Invalid: a moment in the future.
    """
    for establishment in subject.establishments:
        scope.require(Capability.GERER_PROGRAMMES, establishment)
    now = clock.now()
    if at > now or known_at > now:
        raise Invalid("Une archive ne décrit pas l'avenir : choisissez une date passée.", code="date-future")


def _measured(
    scope: Scope, asked: Sequence[RequirementStatus], at: datetime, known_at: datetime, progress: Progress
) -> dict[tuple[str, Subject], Indicator]:
    """Every live metric that a requirement names, read again at the moment."""
    wanted = sorted({(one.binding.metric, one.subject) for one in asked if one.binding.nature is Nature.METRIQUE})
    found = {}
    for rank, (metric_id, subject) in enumerate(wanted):
        metric = registry.known(metric_id)
        if metric is None or subject.level not in metric.levels:
            continue
        progress(rank, len(wanted) + 3, f"{metric.label} : {subject.label}")
        with in_scope(scope):
            if all(scope.may(Capability.VOIR_PROGRAMMES, one) for one in subject.establishments):
                said = compute(scope=scope, metric=metric, subject=subject, at=at, known_at=known_at)
            else:  # what the whole group measures, for one of its members: the last reading kept
                kept = readings.latest([subject], at=at, known_at=known_at, metric=metric_id)
                said = kept.get((metric_id, subject))
        if said is not None:
            found[metric_id, subject] = said
    return found


def _files(found: Sequence[RequirementStatus]) -> dict[str, models.File]:
    """SHA-256 → a document that stands, with its content."""
    wanted = {entry.entry_id for one in found for entry in one.entries if entry.file_sha256}
    rows = models.Entry.objects.filter(pk__in=wanted).select_related("file")
    files = {row.file.sha256: row.file for row in rows if row.file}
    size = sum(file.size for file in files.values())
    if size > container.LIMIT // 2:
        raise Invalid(
            f"{size >> 20} Mio de pièces : {container.LIMIT >> 21} Mio au plus dans une archive.",
            code="archive-trop-grande",
        )
    return files


def _members(
    pack: Pack, found: Sequence[RequirementStatus], measured: Measured, files: Mapping[str, models.File]
) -> dict[str, bytes]:
    names = {sha: f"pieces/{sha}.{MEDIAS[file.media].extension}" for sha, file in files.items()}
    members = {
        "pack.yaml": text_of(pack),
        "exigences.json": canonical({"exigences": contents.requirements_json(found)}),
        "depots.json": canonical({"depots": contents.entries_json(found, names)}),
    }
    by_metric: dict[str, dict[Subject, Indicator]] = defaultdict(dict)
    for (metric, subject), one in measured.items():
        by_metric[metric][subject] = one
    for metric, said in by_metric.items():
        members[f"mesures/{metric}.json"] = canonical(contents.metric_json(metric, said))
        members[f"mesures/{metric}.sql"] = next(iter(said.values())).query.encode()
    for sha, file in files.items():
        content = bytes(file.content)
        if hashlib.sha256(content).hexdigest() != sha:
            raise Invalid(
                f"La pièce « {file.name} » n'a plus l'empreinte de son dépôt : l'archive n'est pas faite.",
                code="piece-alteree",
            )
        members[names[sha]] = content
    return members


def _about(
    scope: Scope,
    pack: Pack,
    subject: Subject,
    at: datetime,
    known_at: datetime,
    issued_at: datetime,
    found: Sequence[RequirementStatus],
) -> dict[str, Any]:
    return {
        "produit": {"nom": "Archipel", "version": archipel.__version__, "code_sha256": code_digest()},
        "pack": {
            "id": pack.pack, "version": pack.version, "titre": pack.titre, "porteur": pack.porteur,
            "sha256": hashlib.sha256(text_of(pack)).hexdigest(),
        },
        "sujet": contents.subject_json(subject),
        "au": contents.moment(at),
        "connu_au": contents.moment(known_at),
        "emise_le": contents.moment(issued_at),
        "emise_par": scope.actor,
        "synthetique": bool(settings.SYNTHETIC),
        "totaux": {status.value: number for status, number in count(found).items()},
    }  # fmt: skip


def _readme(
    pack: Pack, subject: Subject, at: datetime, known_at: datetime, issued_at: datetime, signer: Signer
) -> bytes:
    return readme(
        title=f"{pack.titre}, version {pack.version}",
        subject=f"{LEVEL_LABELS[subject.level]} {subject.code} : {subject.label}",
        at=long_date(at),
        known=long_date(known_at),
        issued=long_date(issued_at),
        fingerprint=signer.public.fingerprint,
        synthetic=bool(settings.SYNTHETIC),
    )


def _register(
    scope: Scope,
    pack: Pack,
    subject: Subject,
    at: datetime,
    known_at: datetime,
    issued_at: datetime,
    found: Sequence[RequirementStatus],
    content: bytes,
    signer: Signer,
) -> Frozen:
    counts = {status.value: number for status, number in count(found).items()}
    digest = hashlib.sha256(content).hexdigest()
    members = len(container.unpack(memoryview(content)))
    row = models.Archive.objects.create(
        establishments=list(subject.establishments), level=subject.level.value, subject=subject.code, pack=pack.pack,
        version=pack.version, at=at, known_at=known_at, issued_at=issued_at, actor=scope.actor, sha256=digest,
        size=len(content), members=members, counts=counts, key=keys.publish(signer.public),
    )  # fmt: skip
    models.Content.objects.create(archive=row, establishments=list(subject.establishments), content=content)
    for establishment in subject.establishments:
        record(
            scope=scope, action="preuve.gel", establishment=establishment, object_type="archive",
            object_key=str(row.pk), details={"sha256": digest, "pack": pack.pack, "version": pack.version,
                                             "sujet": subject.key},
        )  # fmt: skip
    return Frozen(row.pk, digest, len(content), members, signer.public.fingerprint, counts, content)


@lru_cache(maxsize=1)
def code_digest() -> str:
    """SHA-256 of the modules of this installation: which code computed the values."""
    root = Path(archipel.__file__).parent
    total = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()
