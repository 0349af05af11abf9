"""One rule of a pack: its sentence, what it is for, the facts that it reads, its test cases and what they give."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from archipel.kernel.errors import NotFound
from archipel.programmes.packs.pages.common import asked, reading, trail
from archipel.programmes.packs.pages.showing import rule_rows
from archipel.programmes.packs.queries import store
from archipel.programmes.packs.rules.references import rules_read
from archipel.programmes.packs.values.base import MAILLE_LABELS


@require_safe
@reading
def show(request: HttpRequest, pack: str, rule: str) -> HttpResponse:
    """What a rule says, and whether its cases hold.

    Raises:
        NotFound: the pack has no such rule.
    """
    found = asked(request, pack)
    results = store.cases_of(found.pack)
    row = next((one for one in rule_rows(found.pack, results) if one.rule.id == rule), None)
    if row is None:
        raise NotFound(f"La règle « {rule[:60]} » n'existe pas dans ce référentiel.", code="regle-inconnue")
    base = reverse("packs:pack", args=[pack]) + (f"?{found.query}" if found.query else "")
    labels = {case.id: case.libelle or case.id for case in found.pack.cas}
    own = [one for one in results if one.rule == rule]
    context = {
        "titre": row.rule.libelle,
        "fil": trail((found.pack.titre, base), (row.rule.libelle, "")),
        "demande": found,
        "pack": found.pack,
        "ligne": row,
        "niveaux": {fact.id: MAILLE_LABELS[fact.maille] for fact in row.facts},
        "cas": [(labels.get(one.case, one.case), one) for one in own],
        "echecs": sum(not one.ok for one in own),
        "appelee": [one for one in found.pack.regles if rule in {name for name, _ in rules_read(one.si)}],
        "appelle": [one for one in found.pack.regles if one.id in {name for name, _ in rules_read(row.rule.si)}],
    }
    return render(request, "packs/regle.html", context)
