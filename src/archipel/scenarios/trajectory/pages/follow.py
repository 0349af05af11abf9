"""Following the chosen trajectory: planned against seen."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from archipel.kernel.errors import Invalid
from archipel.scenarios.trajectory.pages import shell
from archipel.scenarios.trajectory.queries.following import Followed, followed
from archipel.scenarios.trajectory.rules.drift import LABELS, Gap, State

COLUMNS = ("Établissement", "Fonction", "Prévu", "Vu", "Bascule prévue", "État")


def _day(request: HttpRequest) -> date:
    text = request.GET.get("au", "").strip()
    try:
        return date.fromisoformat(text) if text else timezone.localdate()
    except ValueError:
        raise Invalid(f"« {text[:30]} » n'est pas une date.", code="date", field="au") from None


def _lines(found: Followed, wanted: str) -> list[tuple[Gap, str, str, str, str]]:
    kept = [one for one in found.drift.gaps if not wanted or one.state.value == wanted]
    kept.sort(key=lambda one: (one.state is State.CONFORME, found.names[one.establishment], found.labels[one.function]))
    return [(one, found.names[one.establishment], found.labels[one.function], *LABELS[one.state]) for one in kept]


@require_safe
@shell.seeing
def follow(request: HttpRequest) -> HttpResponse:
    """The switches due and done, and each need that is not as planned. ``?format=`` gives the table as a file."""
    found, wanted = followed(_day(request)), request.GET.get("etat", "")
    lines = _lines(found, wanted) if found else []
    if request.GET.get("format"):
        rows = (
            [name, label, gap.planned, ", ".join(gap.seen), gap.switch, word] for gap, name, label, _, word in lines
        )
        return shell.table_response(request, "suivi-trajectoire", COLUMNS, rows)
    context = {
        "titre": "Suivi de la trajectoire",
        "f": found,
        "lignes": lines,
        "etats": [(one.value, LABELS[one][1], found.drift.count(one)) for one in State] if found else [],
        "etat": wanted,
        "le": _day(request),
        "peut": found is not None and shell.keeps(shell.scope_of(request), found.chosen.info),
        "requete": request.GET.urlencode(),
        "fil": shell.trail(("Suivi", "")),
    }
    return render(request, "trajectory/suivi.html", context)


urlpatterns = [path("systemes/trajectoires/suivi/", follow, name="suivi")]
