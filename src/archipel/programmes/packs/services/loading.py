"""Loading versions from a terminal: proposed and reviewed as on the screens, published when asked to."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from archipel.foundation.scope import in_scope, system_scope
from archipel.kernel.errors import Invalid
from archipel.programmes.packs.rules.loading import read_text, shipped_files, shipped_overlays
from archipel.programmes.packs.services import versions
from archipel.programmes.packs.services.versions import Review
from archipel.programmes.packs.values.versions import Status


def load(paths: Iterable[Path] | None = None, *, publish: bool = False, reason: str = "") -> list[Review]:
    """Propose the version of each file (the shipped ones by default) and review it; publish those that may be.

    Whoever runs a command on the server acts for the installation; the trail says so.

    Raises:
        Invalid: publishing without a reason.
        PackInvalid: a file that is not a pack; the ones before it are kept.
        Conflict: a version already published says something else.
    """
    if publish and not reason.strip():
        raise Invalid("Dites pourquoi ces versions sont publiées : --reason.", code="motif-absent")
    scope = system_scope("packs-load", [])
    done: list[Review] = []
    for path in list(paths) if paths else [*shipped_files(), *shipped_overlays()]:
        with in_scope(scope):
            info = versions.propose(scope=scope, text=read_text(path), file=path.name)
            found = versions.review(scope=scope, version_id=info.id)
            if publish and found.publishable:
                versions.publish(scope=scope, version_id=info.id, reason=reason)
                found = versions.review(scope=scope, version_id=info.id)
            done.append(found)
    return done


def loaded_lines(found: Review) -> list[str]:
    """A review in a few lines, for a terminal."""
    info = found.info
    region = f", région {info.region}" if info.region else ""
    lines = [f"{info.pack} {info.version}{region} : {info.status_label.lower()}"]
    lines += [f"  {'avertissement' if one.warning else 'erreur'} · {one}" for one in found.problems]
    lines += [f"  cas échoué · {one.case} : {one.expected} attendu, {one.found} trouvé" for one in found.cases]
    if info.status is Status.PROPOSEE and found.current is not None:
        lines += [f"  {change}" for change in found.changes]
        lines += [f"  {use.count} {use.what} : garde la version {found.current.version}" for use in found.uses]
    return lines
