"""Campaigns: opening one, following it, reminding, closing; its deadlines as a calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from icalendar import Alarm, Calendar, Event

from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import Invalid
from archipel.programmes.maturity import public as maturity
from archipel.programmes.maturity.pages.common import Context, acted, grid_address, readers, trail
from archipel.programmes.maturity.pages.home import STATES
from archipel.programmes.maturity.services.campaigns import DEFAULT_REMINDERS

STEP_WORDS = {
    "prolongation": "Échéance changée",
    "cloture": "Close",
    "reouverture": "Rouverte",
    "relance": "Relance",
}


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask the members to answer a grid before a day."""
    scope = scope_of(request)
    scope.require(Capability.VALIDER_PROGRAMMES)
    grids = maturity.grids()
    error = None
    if request.method == "POST":
        try:
            act = maturity.open_campaign(**_asked(request, scope))
            messages.success(request, act.message)
            return HttpResponseRedirect(reverse("maturity:campagne", args=[act.facts[0]]))
        except Invalid as refused:
            error = refused
    groups = maturity.groups(scope, grids[0]) if grids else []
    today = timezone.localdate()
    context: Context = {
        "titre": "Nouvelle campagne",
        "grilles": [(f"{g.pack}/{g.id}", g.titre) for g in grids],
        "groupes": [(g, [m for m in g.members if scope.may(Capability.VALIDER_PROGRAMMES, m.establishments[0])])
                    for g in groups],
        "erreur": error,
        "saisi": request.POST,
        "choisis": request.POST.getlist("etablissements"),
        "echeance": (today + timedelta(days=30)).isoformat(),
        "relances": ", ".join(str(n) for n in DEFAULT_REMINDERS),
        "fil": trail(None, ("Nouvelle campagne", "")),
    }  # fmt: skip
    return render(request, "maturite/campagne_nouvelle.html", context, status=422 if error else 200)


def _asked(request: HttpRequest, scope: Scope) -> Context:
    pack, _, grid = request.POST.get("grille", "").partition("/")
    chosen = request.POST.getlist("etablissements")
    held = maturity.grid(pack, grid)
    groups = maturity.groups(scope, held)
    ght = next((g.code for g in groups if {e for m in g.members for e in m.establishments} & set(chosen)), "")
    return {
        "scope": scope,
        "grid": held,
        "title": request.POST.get("titre_campagne", ""),
        "establishments": chosen,
        "due_on": _day(request, "echeance"),
        "reminders": _days(request.POST.get("relances", "")),
        "note": request.POST.get("note", ""),
        "ght": ght,
    }


def _day(request: HttpRequest, name: str) -> date:
    try:
        return date.fromisoformat(request.POST.get(name, ""))
    except ValueError:
        raise Invalid("Donnez l'échéance.", code="echeance", field=name) from None


def _days(text: str) -> list[int]:
    try:
        return [int(piece) for piece in text.replace(";", ",").split(",") if piece.strip()]
    except ValueError:
        raise Invalid(
            f"Relances : « {text[:40]} » trouvé, des nombres de jours séparés par des virgules attendus.",
            code="relances", field="relances",
        ) from None  # fmt: skip


@readers
@require_safe
def one(request: HttpRequest, campagne: int) -> HttpResponse:
    """How far is each member, and who should be reminded?"""
    scope = scope_of(request)
    found = maturity.campaign(scope, campagne, timezone.localdate())
    context: Context = {
        "titre": found.title,
        "c": found,
        "etat": STATES[found.state],
        "membres": [(m, grid_address("entite", found.grid, m.entity.code)) for m in found.members],
        "etapes": [(s, STEP_WORDS[s.kind.value]) for s in maturity.steps(campagne)],
        "mene": all(scope.may(Capability.VALIDER_PROGRAMMES, e) for e in found.establishments),
        "restants": len(found.members) - found.complete,
        "aujourdhui": timezone.localdate(),
        "grille_url": grid_address("grille", found.grid),
        "fil": trail(None, (found.title, "")),
    }
    return render(request, "maturite/campagne.html", context)


ACTS: dict[str, Callable[[HttpRequest, Scope, int], maturity.Act]] = {
    "prolonger": lambda r, s, n: maturity.extend(
        scope=s, number=n, due_on=_day(r, "echeance"), reason=r.POST.get("motif", "")
    ),
    "clore": lambda r, s, n: maturity.close(scope=s, number=n, reason=r.POST.get("motif", "")),
    "rouvrir": lambda r, s, n: maturity.reopen(scope=s, number=n, reason=r.POST.get("motif", "")),
    "relancer": lambda r, s, n: maturity.remind(scope=s, number=n, establishment=r.POST.get("etablissement", "")),
}


@readers
@require_POST
def act(request: HttpRequest, campagne: int) -> HttpResponse:
    """Do one of :data:`ACTS`."""
    name = request.POST.get("action", "")
    if name not in ACTS:
        raise Invalid(f"Action « {name[:30]} » inconnue.", code="action")
    back = reverse("maturity:campagne", args=[campagne])
    return acted(request, lambda: ACTS[name](request, scope_of(request), campagne), back)


@readers
@require_safe
def export(request: HttpRequest, campagne: int) -> HttpResponse:
    """The progress of the members, as a file."""
    found = maturity.campaign(scope_of(request), campagne, timezone.localdate())
    titles = ["FINESS", "Répondant", "Répondu", "Questions", "Avancement (%)", "Avec preuve", "Dernière relance"]

    def rows() -> Iterator[list[object]]:
        for m in found.members:
            yield [m.entity.code, m.entity.name, m.answered, m.expected, m.percent, m.proved, m.reminded]

    return table_response(request, f"campagne-{campagne}", titles, rows())


@readers
@require_safe
def calendar(request: HttpRequest, campagne: int) -> HttpResponse:
    """The deadline and its reminders, for a calendar."""
    found = maturity.campaign(scope_of(request), campagne, timezone.localdate())
    book = Calendar()
    book.add("prodid", "-//Archipel//Maturité//FR")
    book.add("version", "2.0")
    event = Event()
    event.add("uid", f"maturite-campagne-{found.id}@archipel")
    event.add("dtstamp", found.recorded_at)
    event.add("dtstart", found.due_on)
    event.add("dtend", found.due_on + timedelta(days=1))
    event.add("summary", f"Échéance : {found.title}")
    event.add("description", f"{found.grid.titre}. {found.complete} répondants sur {len(found.members)} ont terminé.")
    event.add("url", request.build_absolute_uri(reverse("maturity:campagne", args=[found.id])))
    for days in found.reminders:
        if days >= 0:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", f"{found.title} : échéance dans {days} jours")
            alarm.add("trigger", timedelta(days=-days))
            event.add_component(alarm)
    book.add_component(event)
    response = HttpResponse(book.to_ical(), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="campagne-{found.id}.ics"'
    return response
