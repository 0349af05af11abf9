"""A history from a sheet: the template, the file sent, what it would do, and doing it."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import XLSX_TYPE
from archipel.kernel import clock
from archipel.kernel.errors import Invalid
from archipel.scenarios.forecast import public as forecast
from archipel.scenarios.forecast.pages.shell import Context, acted, readers, tabs
from archipel.scenarios.forecast.rules import sheet
from archipel.scenarios.forecast.values import MEASURE_HELP, MEASURE_LABELS
from archipel.territory.values import FILIERE_LABELS


@readers
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """An XLSX with the columns, and a few lines of example for the first site."""
    scope = scope_of(request)
    scope.require(Capability.GERER_MESSAGES)
    site = next(iter(forecast.manageable(scope)), "")
    day: date = clock.today() - timedelta(1)
    examples = (("arrivees", "", 87), ("admissions", "MED", 12), ("sorties", "MED", 11), ("presents", "MED", 140))
    rows = [(day, "", site, *example) for example in examples]
    response = HttpResponse(sheet.template(rows), content_type=XLSX_TYPE)
    response["Content-Disposition"] = 'attachment; filename="modele-historique.xlsx"'
    return response


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Send a file; nothing is written before it was looked at."""
    scope = scope_of(request)
    scope.require(Capability.GERER_MESSAGES)
    error = None
    if request.method == "POST":
        sent = request.FILES.get("fichier")
        try:
            if sent is None:
                raise Invalid("Choisissez un fichier.", code="fichier", field="fichier")
            number = forecast.receive(scope=scope, raw=sent.read(), name=sent.name or "fichier")
            return HttpResponseRedirect(reverse("forecast:import-examen", args=[number]))
        except Invalid as refused:
            error = refused
    context: Context = {
        "titre": "Importer un historique", "onglets": tabs(request, "import"), "erreur": error,
        "colonnes": sheet.COLUMNS,
        "mesures": [(code, MEASURE_LABELS[code], MEASURE_HELP[code]) for code in MEASURE_LABELS],
        "filieres": [one for one in FILIERE_LABELS.items() if one[0] not in ("URG", "AUTRE")],
        "sites": forecast.manageable(scope).values(),
        "fil": [("Prévisions", reverse("forecast:accueil")), ("Importer", "")],
    }  # fmt: skip
    return render(request, "forecast/import.html", context, status=422 if error else 200)


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def examined(request: HttpRequest, fichier: int) -> HttpResponse:
    """What the file would do, series by series; then do it."""
    scope = scope_of(request)
    scope.require(Capability.GERER_MESSAGES)

    def do() -> str:
        count = forecast.apply(scope=scope, number=fichier)
        return f"{count} jours importés. Le calcul des prévisions est demandé : quelques minutes."

    if request.method == "POST":
        return acted(request, do, reverse("forecast:import-examen", args=[fichier]))
    found = forecast.examine(scope=scope, number=fichier)
    context: Context = {
        "titre": f"Import de {found.name}", "onglets": tabs(request, "import"), "f": found,
        "fil": [("Prévisions", reverse("forecast:accueil")), ("Importer", reverse("forecast:import")), ("Examen", "")],
    }  # fmt: skip
    return render(request, "forecast/import_examen.html", context)
