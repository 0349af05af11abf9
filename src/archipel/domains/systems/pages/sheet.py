"""The page of one thing: everything known of it, its past, its form."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from archipel.domains.systems.pages import shell
from archipel.domains.systems.queries import sheet as queries
from archipel.domains.systems.queries.store import inventory
from archipel.domains.systems.rules.cells import Wrong, read_cell
from archipel.domains.systems.rules.completeness import completeness, missing
from archipel.domains.systems.rules.coverage import Reader
from archipel.domains.systems.rules.maps.builder import application_id
from archipel.domains.systems.rules.model import function_words, functions
from archipel.domains.systems.services import bulk, ledger
from archipel.domains.systems.values.records import Inventory, Key, Record
from archipel.domains.systems.values.schema import FIELDS, KIND_LABELS, PRICES, SHARED, Field, Kind, Type
from archipel.foundation.scope import Scope
from archipel.kernel.errors import Invalid, NotFound

COMMON = "commun"
"""Stands for the establishment in the address of what is common to the group."""


def _key(kind: str, place: str, code: str) -> Key:
    if kind not in {one.value for one in Kind}:
        raise NotFound("Cette nature de fiche n'existe pas.", code="nature")
    return Key(Kind(kind), "" if place == COMMON else place, code)


def said_in(kind: Kind, post: QueryDict) -> dict[str, Any]:
    """The fields of a form, as they are kept; an empty one erases. Raises Invalid: one cannot be read."""
    content: dict[str, Any] = {}
    for field in FIELDS[kind]:
        if field.name in ("code", "etablissement") or field.name not in post:
            continue
        text = post.get(field.name, "").strip()
        value = read_cell(field, text, function_words()) if text else None
        if isinstance(value, Wrong):
            raise Invalid(f"{field.label} : « {text[:40]} » trouvé, {value.expected} attendu.", code="champ",
                          field=field.name)  # fmt: skip
        if value is None and field.required:
            raise Invalid(f"« {field.label} » est obligatoire.", code="champ", field=field.name)
        content[field.name] = value
    return content


def _act(request: HttpRequest, scope: Scope, key: Key) -> str:
    post, reason = request.POST, request.POST.get("motif", "").strip()
    action = post.get("action", "")
    if action == "enregistrer":
        ledger.say(
            scope=scope, kind=key.kind, establishment=key.establishment, code=key.code,
            content=said_in(key.kind, post), since=shell.day_in(post, "depuis"), reason=reason,
        )  # fmt: skip
        return "Fiche enregistrée."
    if action == "retirer":
        ledger.withdraw(scope=scope, key=key, reason=reason)
        return "Fiche retirée : son histoire reste lisible."
    if action == "annuler":
        number = post.get("enonce", "")
        ledger.take_back(scope=scope, number=int(number) if number.isdigit() else 0, reason=reason)
        return "Changement annulé."
    if action == "annuler-groupe":
        number = post.get("enonce", "")
        count = bulk.take_back_all(scope=scope, number=int(number) if number.isdigit() else 0, reason=reason)
        return f"Modification groupée annulée : {count} fiche(s) reprennent leur valeur."
    raise Invalid("Action inconnue.", code="action")


@require_http_methods(["GET", "HEAD", "POST"])
@shell.seeing
def sheet(request: HttpRequest, kind: str, ej: str, code: str) -> HttpResponse:
    """Everything known of one thing."""
    scope, key = shell.scope_of(request), _key(kind, ej, code)
    if request.method == "POST":
        shell.told(request, lambda: _act(request, scope, key))
        return HttpResponseRedirect(reverse("systems:fiche", args=[kind, ej, code]))
    known = inventory(shell.day_in(request.GET))
    found, past = known.find(*key), queries.past(key)
    if found is None and not past:
        raise NotFound("Cette fiche n'existe pas, ou pas pour vous.", code="fiche")
    context = _context(known, key, found) | {
        "histoire": past,
        "groupee": bulk.TOGETHER,
        "ecrit": shell.keeps(scope, key.establishment),
        "ej": ej,
        "le": known.day,
    }
    return render(request, "systems/fiche.html", context)


def _context(known: Inventory, key: Key, found: Record | None) -> dict[str, Any]:
    labels = {one.id: one.label for one in functions().functions}
    place = known.names.get(key.establishment, key.establishment)
    title = found.name if found else key.code
    context: dict[str, Any] = {
        "titre": title,
        "cle": key,
        "nature": KIND_LABELS[key.kind],
        "fiche": found,
        "lieu": place,
        "champs": [_field(field, found, labels) for field in FIELDS[key.kind] if field.name not in ("code",
                   "etablissement")],
        "fil": shell.trail((KIND_LABELS[key.kind], f"{reverse('systems:accueil')}?nature={key.kind.value}"),
                           (title, "")),
    }  # fmt: skip
    if found is not None:
        context |= {"completude": completeness(found), "manques": missing(found)[:6]}
    if found is not None and key.kind is Kind.APPLICATION:
        reader, linked = Reader(known), queries.links(known, found)
        context |= {
            "produit": reader.product(found),
            "editeur": reader.vendor(found),
            "fonctions": [labels.get(one, one) for one in reader.functions(found)],
            "liens": linked,
            "prix": queries.prices(found, linked.elsewhere),
            "carte": f"{reverse('systems:carte', args=['applications'])}?"
            + urlencode({"autour": application_id(key.establishment, key.code)}),
            "par_agent": found.cost / users if found.cost and (users := found.number("utilisateurs")) else None,
        }
    return context


def _field(field: Field, found: Record | None, labels: dict[str, str]) -> dict[str, Any]:
    value = found.text(field.name) if found else ""
    shown = found.shown(field.name) if found else ""
    if field.type is Type.LISTE and found:
        value = "; ".join(found.items(field.name))
        shown = ", ".join(labels.get(one, one) for one in found.items(field.name))
    if found and not found.priced and field.name in PRICES:
        shown = "non montré (droit « Voir les prix »)"
    return {"f": field, "valeur": value, "lu": shown, "type": field.type.value}


def _first(request: HttpRequest, scope: Scope) -> Key:
    kind, place = request.POST.get("nature", ""), request.POST.get("etablissement", "")
    if kind not in {one.value for one in Kind}:
        raise Invalid("Choisissez une nature.", code="nature")
    made = ledger.say(
        scope=scope, kind=Kind(kind), establishment="" if Kind(kind) in SHARED else place,
        code=request.POST.get("code", "").strip(), content=said_in(Kind(kind), request.POST),
    )  # fmt: skip
    return made.key


@require_http_methods(["GET", "HEAD", "POST"])
@shell.seeing
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """Describe a new thing."""
    scope, error = shell.scope_of(request), ""
    key = _key(kind, COMMON, "")
    if request.method == "POST":
        try:
            made = _first(request, scope)
            return HttpResponseRedirect(reverse("systems:fiche", args=[kind, made.establishment or COMMON, made.code]))
        except Invalid as refused:
            error = refused.message
    context = {
        "titre": f"Nouvelle fiche : {KIND_LABELS[key.kind].lower()}",
        "nature": kind,
        "commun": key.kind in SHARED,
        "membres": [one for one in shell.members(scope) if shell.keeps(scope, one[0])],
        "champs": [
            _field(field, None, {}) | {"valeur": request.POST.get(field.name, "")}
            for field in FIELDS[key.kind] if field.name not in ("code", "etablissement")
        ],
        "erreur": error,
        "fil": shell.trail(("Nouvelle fiche", "")),
    }  # fmt: skip
    return render(request, "systems/nouvelle.html", context, status=422 if error else 200)


urlpatterns = [
    path("systemes/nouvelle/<str:kind>", new, name="nouvelle"),
    path("systemes/fiches/<str:kind>/<str:ej>/<path:code>", sheet, name="fiche"),
]
