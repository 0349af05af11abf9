"""Forecast capacities (R331 02 to 05): proposed, adjusted and validated by a person, who signs with the account."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from archipel.domains.flow import public as flow
from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import Invalid, NotFound
from archipel.scenarios.forecast import public as forecast
from archipel.scenarios.forecast.pages.shell import Context, acted, readers, tabs
from archipel.scenarios.forecast.pages.shell import ask as asked
from archipel.territory import public as territory

LABELS = {"02": "+1 h", "03": "+24 h", "04": "+48 h", "05": "+7 jours"}
SOURCE = "validé d'après les prévisions d'Archipel"


@readers
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Every offer, what is proposed for it and what is validated."""
    scope = scope_of(request)
    scope.require(Capability.GERER_LITS)
    place = asked(request, "etablissement")
    names = territory.establishment_names()
    every = forecast.offer_lines(scope=scope, establishment=place)
    filieres = sorted({line.filiere for line in every})
    filiere = asked(request, "filiere")
    lines = [line for line in every if filiere in ("", line.filiere)]
    context: Context = {
        "titre": "Lits attendus, à valider", "onglets": tabs(request, "capacites"), "lignes": lines, "noms": names,
        "horizons": LABELS.items(), "etablissement": place, "filieres": filieres, "filiere": filiere,
        "etablissements": [(code, name) for code, name in names.items() if scope.may(Capability.GERER_LITS, code)],
        "valides": sum(one.validated is not None for line in lines for one in line.figures),
        "attendus": 4 * len(lines), "requete": request.GET.urlencode(),
        "fil": [("Prévisions", reverse("forecast:accueil")), ("Lits attendus", "")],
    }  # fmt: skip
    return render(request, "forecast/capacites.html", context)


@readers
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The same table, as CSV or XLSX."""
    scope = scope_of(request)
    scope.require(Capability.GERER_LITS)
    columns = ["Établissement", "Offre", "Code", "Filière", "Lits ouverts", "Horizon (h)", "R331", "Proposé",
               "Au moins", "Au plus", "Validé", "Validé par", "Validé le", "Expire le", "Base"]  # fmt: skip
    rows = [
        [line.establishment, line.name, line.code, line.filiere, line.opened, one.hours, one.temporality,
         one.proposal.middle if one.proposal else None, one.proposal.low if one.proposal else None,
         one.proposal.high if one.proposal else None, one.validated, one.validated_by, one.validated_at, one.expires_at,
         line.basis]
        for line in forecast.offer_lines(scope=scope, establishment=asked(request, "etablissement"))
        for one in line.figures
    ]  # fmt: skip
    return table_response(request, "lits-attendus", columns, rows)


@readers
@require_POST
def validate(request: HttpRequest) -> HttpResponse:
    """Validate the figures of one offer, as they are proposed or as the person changed them."""
    scope = scope_of(request)
    scope.require(Capability.GERER_LITS)
    structure, code = (request.POST.get(name, "")[:60] for name in ("structure", "code"))
    place = request.POST.get("etablissement", "")[:20]
    line = next(
        (one for one in forecast.offer_lines(scope=scope) if (one.structure, one.code) == (structure, code)), None
    )
    if line is None:
        raise NotFound("Cette offre n'existe pas, ou n'est pas à vous.", code="offre-inconnue")
    found = line

    def do() -> str:
        counts = {}
        for temporality in LABELS:
            text = request.POST.get(f"h{temporality}", "").strip()
            if not text:
                continue
            if not text.isdecimal() or int(text) > found.opened:
                raise Invalid(
                    f"{found.name}, {LABELS[temporality]} : trouvé « {text[:10]} », attendu un nombre de 0 à "
                    f"{found.opened} (lits ouverts).",
                    code="prevision-invalide",
                )
            counts[temporality] = int(text)
        if not counts:
            raise Invalid("Donnez au moins un nombre de lits.", code="prevision-invalide")
        done = flow.validate_forecast_capacity(
            scope=scope, structure=structure, code=code, counts=counts, basis=found.basis or SOURCE
        )
        return f"{found.name} : {len(done)} prévision(s) validée(s). Le ROR pourra les recevoir jusqu'à leur échéance."

    back = reverse("forecast:capacites") + (f"?etablissement={place}" if place else "")
    return acted(request, do, back)
