"""What is due over all dossiers, and the feed for a calendar program."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import NotFound
from archipel.programmes.dossiers.pages.common import steering, trail
from archipel.programmes.dossiers.queries.calendar import due_dates
from archipel.programmes.dossiers.services import feeding

COLUMNS = ("Échéance", "Le", "Certitude", "Dossier", "Titre", "État", "Fait", "Jours de retard", "Source")


@require_http_methods(["GET", "HEAD", "POST"])
@steering
def deadlines(request: HttpRequest) -> HttpResponse:
    """The deadlines; posted, a new secret address for the calendar, or its end. The address is shown once."""
    scope, secret = scope_of(request), ""
    if request.method == "POST":
        if request.POST.get("acte") != "ouvrir":
            feeding.revoke_feed(scope=scope)
            messages.success(request, "L'adresse du calendrier ne fonctionne plus.")
            return HttpResponseRedirect(reverse("dossiers:echeances"))
        secret = request.build_absolute_uri(reverse("dossiers:agenda", args=[feeding.make_feed(scope=scope)]))
    found = due_dates(scope=scope, today=timezone.localdate())
    context = {
        "titre": "Échéances",
        "fil": trail(("Échéances", "")),
        "due": [one for one in found if not one.deadline.done],
        "late": [one for one in found if one.deadline.late],
        "done": [one for one in found if one.deadline.done],
        "secret": secret,
        "since": feeding.feed_since(scope),
    }
    return render(request, "dossiers/echeances.html", context)


@require_safe
@steering
def export(request: HttpRequest) -> HttpResponse:
    """The deadlines as a file."""
    rows = [
        (d.deadline.label, d.deadline.due, d.deadline.certainty, d.dossier, d.title, d.state, d.deadline.done,
         d.deadline.late_days, d.deadline.source)
        for d in due_dates(scope=scope_of(request), today=timezone.localdate())
    ]  # fmt: skip
    return table_response(request, "echeances", COLUMNS, rows)


@require_safe
def feed(request: HttpRequest, jeton: str) -> HttpResponse:
    """The calendar behind a secret address; nobody has to log in."""
    address = request.build_absolute_uri(reverse("dossiers:accueil"))
    try:
        raw = feeding.read_feed(jeton, address)
    except NotFound as error:
        return HttpResponse(error.message, status=404, content_type="text/plain; charset=utf-8")
    response = HttpResponse(raw, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="echeances.ics"'
    response.headers["Cache-Control"] = "private, max-age=900"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


urlpatterns = [
    path("programmes/dossiers/echeances/", deadlines, name="echeances"),
    path("programmes/dossiers/echeances/export", export, name="echeances-export"),
    path("programmes/dossiers/agenda/<str:jeton>.ics", feed, name="agenda"),
]
