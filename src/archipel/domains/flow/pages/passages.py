"""The entry of one passage, by keyboard: what movements tell, what is entered, what is missing, undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.domains.flow import public as flow
from archipel.domains.flow.pages import shell
from archipel.domains.flow.pages.quality import SEVERITIES, trace
from archipel.domains.flow.public import Item, Passage
from archipel.domains.flow.rules.passage_checks import check, completeness, overall
from archipel.domains.flow.values.passages import CODES, ENTERED, ITEM_LABELS, MANY, Origin
from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.formats import PARIS, person_age
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid


def _rank(request: HttpRequest, name: str = "passage") -> int | None:
    text = (request.POST if request.method == "POST" else request.GET).get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else None


def _fields(passage: Passage, typed: Mapping[str, str], wrong: Mapping[str, str]) -> list[dict[str, Any]]:
    found = []
    for item in ENTERED:
        shown = " ".join(passage.many(item)) if item in MANY else passage.one(item)
        entered = passage.entered.get(item)
        found.append(
            {
                "nom": item.value,
                "label": ITEM_LABELS[item],
                "codes": [(code, word) for code, word in CODES.get(item, {}).items()],
                "liste": item in MANY,
                "cherche": bool(flow.nomenclature(item).codes),
                "valeur": typed.get(item.value, shown),
                "avant": shown,
                "mot": _words(item, passage),
                "origine": passage.origins.get(item),
                "saisie": entered if passage.origins.get(item) is Origin.SAISIE else None,
                "erreur": wrong.get(item.value, ""),
            }
        )
    return found


def _words(item: Item, passage: Passage) -> str:
    known = flow.nomenclature(item)
    labels = [known.label(code) for code in passage.values.get(item, ())]
    return " ; ".join(label for label in labels if label)


@login_required
@require_http_methods(["GET", "POST"])
def entry(request: HttpRequest, venue: int) -> HttpResponse:
    """One passage: what movements tell, what is entered, what is missing; save by keyboard, undo."""
    scope = shell.scope_of(request)
    found = flow.venue_passages(scope=scope, venue=venue)
    rank = _rank(request) or len(found)
    passage = found[min(max(rank, 1), len(found)) - 1]
    typed: dict[str, str] = {}
    wrong: dict[str, str] = {}
    if request.method == "POST":
        typed = {item.value: request.POST.get(item.value, "") for item in ENTERED}
        changed = {item: value for item in ENTERED if (value := _changed(request, item)) is not None}
        try:
            done = flow.enter_items(scope=scope, venue=venue, rank=passage.rank, items=changed)
        except (Invalid, Conflict) as refusal:
            wrong[str(refusal.context.get("field", ""))] = refusal.message
        else:
            messages.success(request, done.message)
            return redirect(f"{reverse('flow:passage-rpu', args=[venue])}?passage={passage.rank}")
    trace(request, [passage], f"passage:{venue}")
    return render(
        request,
        "flow/passage_rpu.html",
        _entry_context(scope, found, passage, typed, wrong),
        status=422 if wrong else 200,
    )


def _changed(request: HttpRequest, item: Item) -> list[str] | None:
    """The values typed, None when the field is as it was shown: what others entered meanwhile is left alone."""
    text = request.POST.get(item.value)
    if text is None or text.strip() == request.POST.get(f"avant-{item.value}", "").strip():
        return None
    return text.replace(",", " ").replace(";", " ").split() if item in MANY else [text]


def _entry_context(
    scope: Scope, found: Sequence[Passage], passage: Passage, typed: Mapping[str, str], wrong: Mapping[str, str]
) -> dict[str, Any]:
    now = clock.now()
    problems = check(passage, now)
    done = overall(completeness([passage]))
    return {
        "titre": "Résumé du passage (RPU)",
        "p": passage,
        "passages": found,
        "age": person_age(passage.birth, passage.arrived_at.astimezone(PARIS).date()) if passage.birth else "",
        "sexe": CODES[Item.SEXE].get(passage.one(Item.SEXE), ""),
        "champs": _fields(passage, typed, wrong),
        "erreurs": [(name, text) for name, text in wrong.items()],
        "problemes": [(one, *SEVERITIES[one.severity]) for one in problems],
        "complet": done,
        "liste_courte": not flow.nomenclature(Item.DP).whole,
        "peut_saisir": scope.may(Capability.SAISIR_RPU, passage.establishment),
        "saisies": [
            (entered, ITEM_LABELS[item], " ".join(entered.value) or "rien")
            for item, entered in sorted(passage.entered.items(), key=lambda pair: pair[1].at)
        ],
        "fil": [
            ("Urgences", reverse("flow:urgences")),
            ("RPU", reverse("flow:rpu-qualite")),
            ("Passage", ""),
        ],
    }


@login_required
@require_POST
def entry_undo(request: HttpRequest, venue: int) -> HttpResponse:
    """Take back one entry."""
    fact = request.POST.get("fait", "")
    if not (fact.isascii() and fact.isdecimal() and len(fact) < 16):
        raise Invalid("La saisie à annuler n'est pas indiquée.", code="fait")
    done = flow.undo_items(scope=shell.scope_of(request), venue=venue, facts=[int(fact)])
    messages.success(request, done.message)
    return redirect(f"{reverse('flow:passage-rpu', args=[venue])}?passage={done.rank}")


@login_required
@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """The codes that answer what is typed, as options; for a list, after those already typed."""
    shell.scope_of(request).require(Capability.SAISIR_RPU)
    name = request.GET.get("item", "")
    if name not in set(Item):
        raise Invalid("Dites l'item dont vous cherchez le code.", code="item")
    item, text = Item(name), request.GET.get(name, "")[:200]
    before, _, last = text.rpartition(" ") if item in MANY else ("", "", text)
    found = flow.search_codes(item, last)
    options = [(f"{before} {one.code}".strip(), one) for one in found]
    return render(request, "flow/_codes.html", {"options": options})


urlpatterns = [
    path("rpu/codes", codes, name="rpu-codes"),
    path("urgences/patients/<int:venue>/rpu/", entry, name="passage-rpu"),
    path("urgences/patients/<int:venue>/rpu/annuler", entry_undo, name="passage-rpu-annuler"),
]
