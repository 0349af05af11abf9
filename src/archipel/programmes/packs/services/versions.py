"""Proposing a version of a pack, reviewing it, publishing it, setting it aside, withdrawing it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Scope
from archipel.kernel.errors import Conflict, Invalid
from archipel.programmes.packs.models import Decision, Version
from archipel.programmes.packs.queries import store
from archipel.programmes.packs.rules.cases import Result, run_cases
from archipel.programmes.packs.rules.checks import check, errors, together_problems
from archipel.programmes.packs.rules.differences import Change, differences
from archipel.programmes.packs.rules.loading import pack_of, read_document
from archipel.programmes.packs.rules.overlays import applies, overlaid, overlay_problems
from archipel.programmes.packs.rules.problems import PackInvalid, Problem
from archipel.programmes.packs.rules.reading import Table
from archipel.programmes.packs.services import rights
from archipel.programmes.packs.services.uses import uses_of
from archipel.programmes.packs.values.pack import Pack
from archipel.programmes.packs.values.versions import Status, Use, VersionInfo

_PUBLISHED = (Status.PUBLIEE, Status.RETIREE)


@dataclass(frozen=True, slots=True)
class Review:
    """What a proposed version would change.

    Attributes:
        info: the version.
        current: the published version that it would replace, if any.
        problems: what the checks say; errors forbid publishing.
        cases: the test cases that fail.
        passed: how many expectations of the test cases are met.
        changes: what differs from the current version.
        uses: who keeps the current version, and will go on doing so.
    """

    info: VersionInfo
    current: VersionInfo | None
    problems: tuple[Problem, ...]
    cases: tuple[Result, ...]
    passed: int
    changes: tuple[Change, ...]
    uses: tuple[Use, ...]

    @property
    def publishable(self) -> bool:
        """Whether it waits for a decision, and nothing forbids publishing it."""
        return self.info.status is Status.PROPOSEE and self.sound

    @property
    def sound(self) -> bool:
        """Whether checks and cases pass. A region may change what the cases of the national pack expect."""
        return not errors(self.problems) and (not self.cases or bool(self.info.region))


def propose(*, scope: Scope, text: str, file: str = "") -> VersionInfo:
    """Keep a version of a pack, or of a regional overlay, for review. The same file twice is the same proposal.

    Raises:
        Denied: the account may not propose packs.
        PackInvalid: the file is not a pack; every defect is told at its line.
        Conflict: this version is already published and says something else.
    """
    rights.require(rights.may_propose(scope), "proposer un référentiel")
    with transaction.atomic():
        kept = keep(text=text, file=file, actor=scope.actor)
        record(scope=scope, action="pack.proposer", object_type="pack", object_key=named(kept), details={"file": file})
        return kept


def keep(*, text: str, file: str, actor: str, shipped: bool = False) -> VersionInfo:
    """Write a version down, unless it is there already; who may is checked by the caller.

    Raises:
        PackInvalid: the file is not a pack.
        Conflict: this version is already published and says something else.
    """
    document = read_document(text, file)
    digest = hashlib.sha256(text.encode()).hexdigest()
    region = document.get("region", "") if "surcharge" in document else ""
    name = document.get("surcharge") or document["pack"]
    lock(name)
    same = store.infos(pack=name, version=document["version"], region=region)
    known = next((one for one in same if one.sha256 == digest), None)
    if known is not None:
        return known
    taken = next((one for one in same if one.status in _PUBLISHED), None)
    if taken is not None:
        raise Conflict(
            f"La version {taken.version} de « {taken.pack} » est déjà publiée et dit autre chose : une version publiée "
            "ne change plus. Donnez un autre nom de version à ce fichier.",
            code="version-publiee",
        )
    row = Version.objects.create(
        pack=name, version=document["version"], region=region, content=text, sha256=digest, file=file[:200],
        shipped=shipped, proposed_at=timezone.now(), proposed_by=actor, title=document["titre"],
        published_on=date.fromisoformat(document["publie_le"]), **_described(document),
    )  # fmt: skip
    return store.info(row.pk)


def _described(document: Table) -> dict[str, object]:
    if "surcharge" in document:
        return {"nature": "surcharge"}
    pack = pack_of(document)
    return {
        "nature": pack.nature.value, "bearer": pack.porteur, "valid_from": pack.valide.du, "valid_to": pack.valide.au,
    }  # fmt: skip


def lock(pack: str) -> None:
    """One at a time for a pack, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7205))", [f"pack:{pack}"])


def named(version: VersionInfo) -> str:
    """``hopen2-aap 2026.1``, with the region of an overlay."""
    return f"{version.pack} {version.version}" + (f" ({version.region})" if version.region else "")


def review(*, scope: Scope, version_id: int) -> Review:
    """What a version would change, and for whom.

    Raises:
        Denied: the account may not see proposals.
        NotFound: no such version.
    """
    rights.require(rights.may_propose(scope), "relire un référentiel")
    return examined(store.info(version_id))


def examined(info: VersionInfo) -> Review:
    """The review of a version, whoever asks."""
    held = [one for one in store.published(pack=info.pack) if one.id != info.id]
    base = store.in_force((one for one in held if not one.region), timezone.localdate()).get(info.pack)
    if info.region:
        return _overlay_review(info, base, [one for one in held if one.region == info.region])
    problems = _problems(info)
    pack = store.parsed(info.sha256)
    results = [] if errors(problems) else store.cases_of(pack)
    uses = uses_of(base.pack, base.version) if base else []
    return Review(
        info, base, tuple(problems), tuple(one for one in results if not one.ok), sum(one.ok for one in results),
        tuple(differences(store.parsed(base.sha256), pack)) if base else (), tuple(uses),
    )  # fmt: skip


def _problems(info: VersionInfo) -> list[Problem]:
    pack = store.parsed(info.sha256)
    others = {named(one): store.parsed(one.sha256) for one in store.published(region="") if one.pack != info.pack}
    return [*check(pack, info.file), *(
        one for one in together_problems({**others, info.file or named(info): pack}) if one.file not in others
    )]  # fmt: skip


def _overlay_review(info: VersionInfo, base: VersionInfo | None, held: list[VersionInfo]) -> Review:
    """An overlay is reviewed on the pack in force: what it changes there, compared with the overlay before it."""
    overlay = store.overlay(info.sha256)
    if base is None:
        sentence = f"le pack « {info.pack} » que vise la surcharge n'est pas publié."
        return Review(info, None, (Problem("surcharge", sentence, info.file, overlay.ligne),), (), 0, (), ())
    document = store.document(base.sha256)
    problems = overlay_problems(document, overlay, info.file)
    if problems:
        return Review(info, base, tuple(problems), (), 0, (), ())
    after = overlaid(document, overlay)
    before: Pack = store.parsed(base.sha256)
    if held and applies(document, store.overlay(held[-1].sha256)):
        before = overlaid(document, store.overlay(held[-1].sha256))
    told = [one._replace(file=info.file) for one in check(after)]
    results = [] if errors(told) else run_cases(after)
    failed = tuple(one for one in results if not one.ok)
    uses = tuple(uses_of(base.pack, base.version))
    return Review(info, base, tuple(told), failed, len(results) - len(failed), tuple(differences(before, after)), uses)


def publish(*, scope: Scope, version_id: int, reason: str) -> VersionInfo:
    """Put a version in force from its date of publication on. Consumers keep the version that they hold.

    Raises:
        Denied: the account may not publish packs.
        Invalid: no reason; or the checks or the test cases forbid it.
        Conflict: it was already decided, or another file of the same version is published.
    """
    rights.require(rights.may_publish(scope), "publier un référentiel")
    if not reason.strip():
        raise Invalid("Dites pourquoi cette version est publiée.", code="motif-absent")
    with transaction.atomic():
        info = _undecided(version_id)
        found = examined(info)
        if not found.publishable:
            told = [str(one) for one in errors(found.problems)] + [f"cas « {one.case} » échoué" for one in found.cases]
            message = f"Cette version ne peut pas être publiée : {' ; '.join(told)}"
            raise Invalid(message, code="pack-invalide")
        decide(info, Status.PUBLIEE, scope.actor, reason)
        record(scope=scope, action="pack.publier", object_type="pack", object_key=named(info), reason=reason)
        return store.info(version_id)


def _undecided(version_id: int) -> VersionInfo:
    lock(store.info(version_id).pack)
    info = store.info(version_id)
    if info.status is not Status.PROPOSEE:
        raise Conflict(f"Cette version est déjà {info.status_label.lower()}.", code="deja-decide")
    for one in store.infos(pack=info.pack, version=info.version, region=info.region):
        if one.status in _PUBLISHED:
            raise Conflict(f"La version {info.version} est déjà publiée avec un autre contenu.", code="version-publiee")
    return info


def decide(info: VersionInfo, status: Status, actor: str, reason: str) -> None:
    """Write a decision down."""
    Decision.objects.create(
        version_id=info.id, decision=status.value, at=timezone.now(), actor=actor, reason=reason.strip()
    )


def refuse(*, scope: Scope, version_id: int, reason: str) -> VersionInfo:
    """Set a proposed version aside; its file is kept.

    Raises:
        Denied: the account may not publish packs.
        Invalid: no reason.
        Conflict: it was already decided.
    """
    rights.require(rights.may_publish(scope), "refuser un référentiel")
    if not reason.strip():
        raise Invalid("Dites pourquoi cette version est refusée.", code="motif-absent")
    with transaction.atomic():
        info = _undecided(version_id)
        decide(info, Status.REFUSEE, scope.actor, reason)
        record(scope=scope, action="pack.refuser", object_type="pack", object_key=named(info), reason=reason)
        return store.info(version_id)


def withdraw(*, scope: Scope, version_id: int, reason: str) -> VersionInfo:
    """Take a published version out of force; what keeps it still reads it. Publishing it again undoes this.

    Raises:
        Denied: the account may not publish packs.
        Invalid: no reason.
        Conflict: it is not published.
    """
    return _turned(scope, version_id, reason, Status.PUBLIEE, Status.RETIREE, "retirer")


def restore(*, scope: Scope, version_id: int, reason: str) -> VersionInfo:
    """Put a withdrawn version back in force.

    Raises:
        Denied: the account may not publish packs.
        Invalid: no reason.
        Conflict: it is not withdrawn.
    """
    return _turned(scope, version_id, reason, Status.RETIREE, Status.PUBLIEE, "remettre")


def _turned(scope: Scope, version_id: int, reason: str, wanted: Status, then: Status, act: str) -> VersionInfo:
    rights.require(rights.may_publish(scope), f"{act} un référentiel")
    if not reason.strip():
        raise Invalid("Dites pourquoi.", code="motif-absent")
    with transaction.atomic():
        lock(store.info(version_id).pack)
        info = store.info(version_id)
        if info.status is not wanted:
            raise Conflict(f"Cette version est {info.status_label.lower()}.", code="deja-decide")
        decide(info, then, scope.actor, reason)
        record(scope=scope, action=f"pack.{act}", object_type="pack", object_key=named(info), reason=reason)
        return store.info(version_id)


__all__ = ["PackInvalid", "Review", "propose", "publish", "refuse", "restore", "review", "withdraw"]
