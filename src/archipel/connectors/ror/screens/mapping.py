"""Which units each offer of the ROR counts: listed, edited, imported after a trial; what is left out is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.messages import success
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.connectors.ror import importing
from archipel.connectors.ror.codec import mapping_file
from archipel.connectors.ror.screens.common import TABS
from archipel.domains.flow import public as flow
from archipel.domains.flow.values.offers import LABELS, Offer
from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import Conflict, Invalid
from archipel.territory import public as territory
from archipel.territory.values import FILIERE_LABELS

MAX_FILE = 5_000_000
UNTOLD = frozenset({"URG", "AUTRE"})
"""Filières without an offer of hospitalisation."""
GAPS = {
    "unite-sans-offre": "Unité sans offre",
    "offre-sans-unite": "Offre sans unité",
    "unite-inconnue": "Unité inconnue",
    "unite-deux-fois": "Unité comptée deux fois",
    "filiere-differente": "Filières différentes",
    "filiere-absente": "Filière absente du ROR",
}


def _places(scope: Scope) -> list[tuple[str, str]]:
    """(code, name) of the establishments whose mapping the account keeps."""
    known = territory.establishments()
    return [(one.code, one.label) for one in known if scope.may(Capability.GERER_STRUCTURE, one.code)]


@never_cache
@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The offers in force and the gaps of the mapping."""
    scope = scope_of(request)
    found = flow.mapping(scope=scope)
    names = territory.establishment_names()
    counted = {(offer.establishment, uf) for offer in found.offers for uf in offer.units}
    wanted = {key for key, (_, filiere, _) in found.units.items() if filiere not in UNTOLD}
    context = {
        "titre": "Correspondance avec le ROR",
        "onglets": TABS,
        "offres": [
            (
                offer, names.get(offer.establishment, offer.establishment),
                FILIERE_LABELS.get(offer.filiere, offer.filiere),
                sum(found.units.get((offer.establishment, uf), ("", "", 0))[2] for uf in offer.units),
                scope.may(Capability.GERER_STRUCTURE, offer.establishment),
            )
            for offer in found.offers
        ],
        "ecarts": [(GAPS[gap.kind], names.get(gap.establishment, gap.establishment), gap) for gap in found.gaps],
        "unites": len(wanted),
        "comptees": len(counted & wanted),
        "natures": LABELS["R329"],
        "peut": bool(_places(scope)),
    }  # fmt: skip
    return render(request, "ror/correspondance.html", context)


@never_cache
@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The offers in force as a file that the import takes back."""
    rows = (mapping_file.cells(offer) for offer in flow.offers(scope=scope_of(request)))
    return table_response(request, "ror-correspondance", mapping_file.COLUMNS, rows)


@never_cache
@login_required
@require_safe
def gaps_export(request: HttpRequest) -> HttpResponse:
    """What the mapping leaves out, as a file."""
    found = flow.mapping(scope=scope_of(request))
    rows = ([GAPS[gap.kind], gap.establishment, gap.subject, gap.sentence] for gap in found.gaps)
    return table_response(request, "ror-ecarts", ("Écart", "Établissement", "Objet", "Explication"), rows)


# --- one offer


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Declare an offer."""
    scope = scope_of(request)
    if not _places(scope):
        scope.require(Capability.GERER_STRUCTURE)
    if request.method == "POST":
        return _declare(request, scope, None)
    given = {"nature": "01", "affectation": "01", "depuis": flow.today().isoformat(), "uf": request.GET.get("uf", "")}
    given["etablissement"] = request.GET.get("etablissement", "")
    return _form(request, scope, None, given)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, idnat: str, lieu: str) -> HttpResponse:
    """Change an offer, from a day on; its earlier versions stay."""
    scope = scope_of(request)
    versions = flow.offer_versions(scope=scope, structure=idnat, code=lieu)
    scope.require(Capability.GERER_STRUCTURE, versions[0].establishment)
    if request.method == "POST":
        return _declare(request, scope, versions[0])
    titles = dict(zip(mapping_file.COLUMNS, mapping_file.cells(versions[0]), strict=True))
    given = {name: str(value) for name, value in titles.items()} | {"depuis": flow.today().isoformat()}
    given["fermee"] = "oui" if versions[0].closed else ""
    return _form(request, scope, versions[0], given, versions=versions)


def _declare(request: HttpRequest, scope: Scope, before: Offer | None) -> HttpResponse:
    given = {name: request.POST.get(name, "").strip() for name in mapping_file.COLUMNS}
    if before is not None:
        given |= {"etablissement": before.establishment, "idnatstruct": before.structure, "code_externe": before.code}
    rows = [(0, list(mapping_file.COLUMNS)), (1, [given[name] for name in mapping_file.COLUMNS])]
    lines, faults = mapping_file.read(rows, today=flow.today())
    errors = {fault.column: fault.sentence.partition(", ")[2] or fault.sentence for fault in faults}
    problem = ""
    if lines and not errors:
        try:
            offer = flow.declare_offer(scope=scope, offer=lines[0].offer, reason=request.POST.get("raison", ""))
        except (Invalid, Conflict) as refusal:
            problem = refusal.message
        else:
            success(request, f"Offre {offer.key} enregistrée : elle part au ROR dans les secondes qui viennent.")
            return redirect("ror:correspondance")
    return _form(request, scope, before, given, errors=errors, problem=problem, status=422)


def _form(
    request: HttpRequest,
    scope: Scope,
    before: Offer | None,
    given: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    problem: str = "",
    versions: tuple[Offer, ...] = (),
    status: int = 200,
) -> HttpResponse:
    places = _places(scope)
    chosen = given.get("etablissement") or (places[0][0] if len(places) == 1 else "")
    title = f"Offre {before.key}" if before else "Nouvelle offre du ROR"
    context = {
        "titre": title,
        "fil": [("Correspondance", reverse("ror:correspondance")), (title, None)],
        "avant": before,
        "donne": {**given, "etablissement": chosen},
        "erreurs": errors or {},
        "probleme": problem,
        "places": places,
        "filieres": FILIERE_LABELS.items(),
        "natures": LABELS["R329"].items(),
        "crises": LABELS["R336"].items(),
        "affectations": LABELS["R337"].items(),
        "unites": _choices(scope, chosen, before),
        "versions": versions,
        "sites": [(f"1{site.finess}", site.name) for site in territory.sites(chosen or None)],
    }
    return render(request, "ror/offre_modifier.html", context, status=status)


def _choices(scope: Scope, establishment: str, before: Offer | None) -> list[dict[str, Any]]:
    """The units of the establishment that have beds, those counted by another offer told so."""
    found = flow.mapping(scope=scope)
    by_unit = {(o.establishment, uf): o for o in found.offers for uf in o.units if not before or o.key != before.key}
    return [
        {"code": uf, "name": name, "beds": beds, "filiere": FILIERE_LABELS.get(filiere, filiere),
         "taken": by_unit.get((place, uf))}
        for (place, uf), (name, filiere, beds) in sorted(found.units.items())
        if place == establishment
    ]  # fmt: skip


@login_required
@require_POST
def end(request: HttpRequest, idnat: str, lieu: str) -> HttpResponse:
    """Tell nothing more of an offer from a day on."""
    text = request.POST.get("jour", "").strip()
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(f"« {text[:20]} » n'est pas un jour.", code="jour") from None
    flow.end_offer(scope=scope_of(request), structure=idnat, code=lieu, day=day, reason=request.POST.get("raison", ""))
    success(request, f"L'offre {idnat}/{lieu} n'est plus dite au ROR.")
    return redirect("ror:correspondance")


# --- a file


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Try a file of offers, then apply it."""
    scope = scope_of(request)
    scope.require(Capability.GERER_STRUCTURE)
    trial, problem, name = None, "", request.POST.get("nom", "correspondance.csv")[:80]
    if request.method == "POST":
        try:
            raw = _raw(request)
            file = request.FILES.get("fichier")
            name = str(getattr(file, "name", name))[-80:]
            apply = request.POST.get("acte") == "appliquer"
            trial = importing.run(scope=scope, name=name, raw=raw, apply=apply, reason=request.POST.get("raison", ""))
        except Invalid as refusal:
            problem = refusal.message
        else:
            if trial.applied:
                count = len(trial.changes)
                success(request, f"{count} offre{'s' if count > 1 else ''} enregistrée{'s' if count > 1 else ''}.")
                return redirect("ror:correspondance")
    title = "Importer la correspondance"
    context = {
        "titre": title,
        "fil": [("Correspondance", reverse("ror:correspondance")), (title, None)],
        "essai": trial,
        "comptes": _counts(trial),
        "nom": name,
        "probleme": problem,
        "colonnes": mapping_file.COLUMNS,
        "obligatoires": mapping_file.REQUIRED,
        "libelles": FILIERE_LABELS,
    }
    return render(request, "ror/import.html", context, status=422 if problem else 200)


def _counts(trial: importing.Trial | None) -> list[tuple[str, int]]:
    words = {"nouvelle": "nouvelles", "modifiee": "modifiées", "identique": "identiques"}
    return [] if trial is None else [(word, trial.count(kind)) for kind, word in words.items()]


def _raw(request: HttpRequest) -> bytes:
    if request.POST.get("acte") == "appliquer":
        return request.POST.get("texte", "").encode()
    file = request.FILES.get("fichier")
    if file is None or isinstance(file, list):
        raise Invalid("Choisissez un fichier CSV ou XLSX.", code="fichier")
    content: bytes = file.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise Invalid("Le fichier dépasse 5 Mo.", code="fichier")
    return content
