"""Feedback on missions: writing it, reviewing it, reading that of others."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import Conflict, Invalid, NotFound
from archipel.programmes.catalogue import public as catalogue
from archipel.programmes.catalogue.pages.common import Context, acted, ask, readers, trail
from archipel.programmes.catalogue.queries.feedback import FIELDS, MARKS, STAGE_LABELS, Stage

LOOKS = {
    Stage.ECRIT: "en_redaction", Stage.SOUMIS: "depose", Stage.A_REPRENDRE: "a_nettoyer", Stage.PUBLIE: "libre",
    Stage.RETIRE: "abandonne",
}  # fmt: skip


@readers
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What did others learn from the help that they had?"""
    scope = scope_of(request)
    query = ask(request, "q")
    known = {f"retour:{p.request}": p for p in catalogue.published()}
    told = list(known.values())
    if query:
        catalogue.refresh()
        told = [known[f.ref] for f in catalogue.search(query, kind="retour", limit=200).found if f.ref in known]
    mine = catalogue.feedbacks()
    context: Context = {
        "titre": "Retours d'expérience",
        "q": query,
        "publies": told,
        "miens": [(f, LOOKS[f.stage], STAGE_LABELS[f.stage]) for f in mine],
        "a_relire": sum(f.stage is Stage.SOUMIS for f in mine),
        "besoins": [f for f in mine if f.content.get("besoins") and f.stage in (Stage.SOUMIS, Stage.PUBLIE)]
        if scope.may(Capability.INSTRUIRE_PROGRAMMES) else [],
        "attendus": [r for r in catalogue.requests(scope, timezone.localdate()) if r.feedback_due],
        "fil": trail(("Retours d'expérience", "")),
    }  # fmt: skip
    return render(request, "aide/retours.html", context)


@readers
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The published feedback, as a file."""
    titles = ["Aide", "GHT", "Région", *(label for name, label in FIELDS if name != "besoins"),
              *(label for _, label in MARKS), "Publié"]  # fmt: skip

    def rows() -> Iterator[list[object]]:
        for p in catalogue.published():
            yield [
                p.aid_name, p.ght, p.region, *(p.content.get(name, "") for name, _ in FIELDS if name != "besoins"),
                *(p.content.get(name) for name, _ in MARKS), p.at,
            ]  # fmt: skip

    return table_response(request, "retours-experience", titles, rows())


@readers
@require_safe
def one(request: HttpRequest, demande: int) -> HttpResponse:
    """One published feedback."""
    found = next((p for p in catalogue.published() if p.request == demande), None)
    if found is None:
        raise NotFound("Ce retour d'expérience n'est pas publié.", code="retour-inconnu")
    context: Context = {
        "titre": found.content.get("titre") or found.aid_name,
        "p": found,
        "parties": [(label, found.content.get(name, "")) for name, label in FIELDS[1:-1] if found.content.get(name)],
        "notes": [(label, found.content.get(name)) for name, label in MARKS],
        "fil": trail(("Retours d'expérience", reverse("catalogue:retours")), (found.aid_name, "")),
    }
    return render(request, "aide/retour.html", context)


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, demande: int) -> HttpResponse:
    """Write the feedback on a mission; whoever reads the request reads it."""
    scope = scope_of(request)
    line = catalogue.request_line(scope, demande, timezone.localdate())
    error: Invalid | Conflict | None = None
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name, _ in (*FIELDS, *MARKS)}
        try:
            act = catalogue.feedback.write(
                scope=scope, number=demande, content=given, submit=request.POST.get("suite") == "envoyer"
            )
            messages.success(request, act.message)
            return HttpResponseRedirect(reverse("catalogue:retour-ecrire", args=[demande]))
        except (Invalid, Conflict) as refused:
            error = refused
    known = catalogue.feedback_of(demande)
    held = request.POST if error else (known.content if known else {})
    context: Context = {
        "titre": "Retour d'expérience",
        "d": line,
        "retour": known,
        "puce": (LOOKS[known.stage], STAGE_LABELS[known.stage]) if known else None,
        "champs": [(name, label, held.get(name) or "") for name, label in FIELDS],
        "notes": [(name, label, str(held.get(name) or "")) for name, label in MARKS],
        "choix": ["1", "2", "3", "4", "5"],
        "peut": catalogue.leads(scope, line) and line.course.etat == "terminee"
        and (known is None or known.stage is not Stage.PUBLIE),
        "relit": all(scope.may(Capability.INSTRUIRE_PROGRAMMES, e) for e in line.establishments),
        "erreur": error,
        "fil": trail(("Demandes", reverse("catalogue:demandes")),
                     (f"N° {demande}", reverse("catalogue:demande", args=[demande])), ("Retour", "")),
    }  # fmt: skip
    return render(request, "aide/retour_ecrire.html", context, status=error.http_status if error else 200)


@readers
@require_POST
def review(request: HttpRequest, demande: int) -> HttpResponse:
    """Publish it, send it back, or take it away from the public."""
    scope, reason = scope_of(request), request.POST.get("motif", "")
    choice = request.POST.get("choix", "")
    if choice not in ("publier", "renvoyer", "retirer"):
        raise Invalid("Choix inconnu : publier, renvoyer ou retirer.", code="choix")

    def do() -> catalogue.Act:
        if choice == "retirer":
            return catalogue.feedback.withdraw(scope=scope, number=demande, reason=reason)
        return catalogue.feedback.review(scope=scope, number=demande, accept=choice == "publier", reason=reason)

    return acted(request, do, reverse("catalogue:retour-ecrire", args=[demande]))
