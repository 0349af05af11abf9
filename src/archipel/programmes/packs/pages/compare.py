"""Two versions of a pack side by side."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from archipel.foundation.web.export import table_response
from archipel.kernel.errors import NotFound
from archipel.programmes.packs.pages.common import reading, trail
from archipel.programmes.packs.queries import store
from archipel.programmes.packs.rules.differences import Change, differences
from archipel.programmes.packs.services.uses import uses_of
from archipel.programmes.packs.values.versions import VersionInfo

KINDS = {"ajoute": "Ajouté", "retire": "Retiré", "modifie": "Modifié"}


def _pair(request: HttpRequest, pack: str) -> tuple[list[VersionInfo], VersionInfo, VersionInfo]:
    """The versions of the pack, and the two asked for: the last two otherwise."""
    known = store.versions(pack)
    if not known:
        raise NotFound(f"Le référentiel « {pack[:60]} » n'existe pas.", code="pack-inconnu")
    after = store.version_of(pack, request.GET.get("a", "") or known[0].version)
    before = store.version_of(pack, request.GET.get("de", "") or known[1 if len(known) > 1 else 0].version)
    return known, before, after


def _changes(before: VersionInfo, after: VersionInfo) -> list[Change]:
    return differences(store.parsed(before.sha256), store.parsed(after.sha256))


@require_safe
@reading
def show(request: HttpRequest, pack: str) -> HttpResponse:
    """What changed from one version to the other, and who still holds the older one."""
    known, before, after = _pair(request, pack)
    changes = _changes(before, after)
    context = {
        "titre": f"{after.title} : ce qui change",
        "fil": trail((after.title, reverse("packs:pack", args=[pack])), ("Comparer", "")),
        "pack_id": pack,
        "versions": known,
        "avant": before,
        "apres": after,
        "changements": [(KINDS[one.kind], one) for one in changes],
        "usages": uses_of(before.pack, before.version) if before.id != after.id else [],
        "requete": request.GET.urlencode(),
    }
    return render(request, "packs/comparer.html", context)


@require_safe
@reading
def export(request: HttpRequest, pack: str) -> HttpResponse:
    """The differences as a file."""
    _, before, after = _pair(request, pack)
    columns = ("Nature", "Partie", "Ligne", "Champ", f"Version {before.version}", f"Version {after.version}")
    rows = (
        (KINDS[one.kind], one.section, " › ".join(one.path), one.field, one.before, one.after)
        for one in _changes(before, after)
    )
    return table_response(request, f"{pack}-differences", columns, rows)
