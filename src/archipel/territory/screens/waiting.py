"""Provisional entities: validate, merge, reject."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.territory.queries.timelines import structure
from archipel.territory.queries.tree import entity_key, history, waiting
from archipel.territory.rules.timeline import at
from archipel.territory.screens.common import holding
from archipel.territory.services.validation import merge_into, reject, validate
from archipel.territory.values import FILIERE_LABELS, KIND_LABELS, PARENTS, Key, Kind


@require_safe
@holding(Capability.GERER_STRUCTURE)
def listing(request: HttpRequest) -> HttpResponse:
    """What messages named and nobody validated yet."""
    scope = scope_of(request)
    rows = [row for row in waiting() if scope.may(Capability.GERER_STRUCTURE, row.key.establishment)]
    context = {
        "titre": "À valider",
        "fil": [("Structure", reverse("structure")), ("À valider", "")],
        "rows": rows,
        "labels": KIND_LABELS,
    }
    return render(request, "territory/provisoires.html", context)


def _choices(key: Key) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(value, label) of possible parents, and of known entities of the same kind."""
    today = timezone.localdate()
    known = structure(None if key.kind is Kind.EJ else {key.establishment})
    parents, same = [], []
    for other, timeline in known.timelines.items():
        content = at(timeline, today)
        if content is None or other == key:
            continue
        value = str(known.ids[other])
        if other.kind in PARENTS.get(key.kind, ()) and key.kind is not Kind.LIT:
            parents.append((value, f"{content.name} ({KIND_LABELS[other.kind]} {other.code})"))
        if other.kind is key.kind and other not in known.provisional:
            same.append((value, f"{content.name} ({other.code})"))
    return sorted(parents, key=lambda c: c[1].casefold()), sorted(same, key=lambda c: c[1].casefold())


@require_http_methods(["GET", "HEAD", "POST"])
@holding(Capability.GERER_STRUCTURE)
def decide(request: HttpRequest, entity: int) -> HttpResponse:
    """Decide about one provisional entity."""
    key = entity_key(entity)
    scope = scope_of(request)
    scope.require(Capability.GERER_STRUCTURE, key.establishment)
    error = ""
    if request.method == "POST":
        try:
            messages.success(request, _act(request, key))
            return redirect("structure-provisoires")
        except ArchipelError as found:
            error = found.message
    parents, same = _choices(key)
    context = {
        "titre": f"{KIND_LABELS[key.kind]} {key.code}",
        "fil": [("Structure", reverse("structure")), ("À valider", reverse("structure-provisoires")), (key.code, "")],
        "view": history(entity, timezone.localdate()),
        "kind": KIND_LABELS[key.kind],
        "parents": parents,
        "same": same,
        "filieres": FILIERE_LABELS.items() if key.kind is Kind.UF else (),
        "types": (("M", "médicale"), ("H", "hébergement"), ("S", "soins")) if key.kind is Kind.UF else (),
        "error": error,
        "posted": request.POST,
    }
    return render(request, "territory/provisoire.html", context, status=422 if error else 200)


def _chosen(request: HttpRequest, name: str) -> Key | None:
    value = request.POST.get(name, "")
    return entity_key(int(value)) if value.isdecimal() else None


def _act(request: HttpRequest, key: Key) -> str:
    scope, reason = scope_of(request), request.POST.get("motif", "")
    act = request.POST.get("acte", "")
    if act == "valider":
        types = [letter for letter in request.POST.getlist("types") if letter in ("M", "H", "S")]
        validate(
            scope=scope, entity=key, name=request.POST.get("libelle", ""), filiere=_filiere(request), reason=reason,
            parent=_chosen(request, "parent"), attributes={"types": types} if types else None,
        )  # fmt: skip
        return f"{key} est validé."
    if act == "fusionner":
        real = _chosen(request, "cible")
        if real is None:
            raise Invalid("Choisissez l'entité que ce code désigne.", code="cible-absente")
        merge_into(scope=scope, provisional=key, real=real, reason=reason)
        return f"{key} désigne désormais {real} ; les prochains messages y vont."
    if act == "rejeter":
        reject(scope=scope, entity=key, reason=reason)
        return f"{key} est écarté."
    raise Invalid("Choisissez de valider, de fusionner ou d'écarter.", code="acte-inconnu")


def _filiere(request: HttpRequest) -> str:
    value = request.POST.get("filiere", "")
    return value if value in FILIERE_LABELS else ""
