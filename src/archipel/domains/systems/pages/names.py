"""The golden list: vendors and products, written names that mean none, records that seem to be one."""

from __future__ import annotations

from collections import Counter

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from archipel.domains.systems.pages import shell
from archipel.domains.systems.queries.store import inventory
from archipel.domains.systems.rules.coverage import Reader
from archipel.domains.systems.rules.names import normal, resembling, twins
from archipel.domains.systems.services import golden
from archipel.domains.systems.values.records import Inventory
from archipel.domains.systems.values.schema import GOLDEN, KIND_LABELS, Kind
from archipel.kernel.errors import Invalid


def _unsettled(known: Inventory, kind: Kind) -> list[dict[str, object]]:
    """The written names that no golden record is, with the one that they most resemble."""
    reader = Reader(known)
    counts = Counter(
        one.text(kind.value) for one in known.records if one.key.kind not in GOLDEN and one.text(kind.value)
    )
    lost = {text: n for text, n in counts.items() if not reader.code(kind, text)}
    left = {text for text in lost if known.aliases.get((kind, normal(text)), None) == ""}
    close = resembling(lost, {one.key.code: one.name for one in known.of(kind)}, {})
    return [
        {"texte": text, "lignes": lost[text], "proche": close[text], "ecarte": text in left} for text in sorted(lost)
    ]


@require_safe
@shell.seeing
def home(request: HttpRequest) -> HttpResponse:
    """Vendors and products."""
    scope, known = shell.scope_of(request), inventory()
    lists = []
    for kind in GOLDEN:
        found = {one.key.code: one.name for one in known.of(kind)}
        pairs = [(found[a], a, found[b], b, score) for a, b, score in twins(found)[:20]]
        lists.append((kind.value, KIND_LABELS[kind], len(found), _unsettled(known, kind), pairs))
    context = {
        "titre": "Noms d'éditeurs et de produits",
        "listes": lists,
        "ecrit": shell.keeps(scope),
        "a_dire": sum(not one["ecarte"] for _, _, _, unsettled, _ in lists for one in unsettled),
        "fil": shell.trail(("Noms", "")),
    }
    return render(request, "systems/noms.html", context)


@require_POST
@shell.seeing
def settle(request: HttpRequest) -> HttpResponse:
    """Say what a name means, or that two records are one."""
    scope, post = shell.scope_of(request), request.POST
    if post.get("nature", "") not in {one.value for one in GOLDEN}:
        raise Invalid("Un nom d'éditeur ou de produit est attendu.", code="nom")
    kind = Kind(post["nature"])

    def act() -> str:
        if post.get("perdant"):
            golden.merge(scope=scope, kind=kind, loser=post["perdant"], keeper=post.get("gardee", ""))
            return "Les deux fiches n'en font plus qu'une."
        said = post.get("fiche", "")
        golden.settle(
            scope=scope, kind=kind, text=post.get("texte", ""), code="" if said in "+-" else said, new=said == "+"
        )
        return f"« {post.get('texte', '')} » : c'est retenu."

    shell.told(request, act)
    return HttpResponseRedirect(reverse("systems:noms"))


urlpatterns = [
    path("systemes/noms/", home, name="noms"),
    path("systemes/noms/dire", settle, name="noms-dire"),
]
