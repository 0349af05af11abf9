"""What is set: the ways to the ROR, the combinations taken as valid, the cadences. No secret is shown."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from archipel.connectors.ror.config import ror_config
from archipel.connectors.ror.models import Link
from archipel.connectors.ror.screens.common import TABS
from archipel.connectors.ror.settings import ror_settings
from archipel.domains.flow.values.offers import LABELS
from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.territory.values import FILIERE_LABELS

COLUMNS = ("Indicateur", "R330", "R331", "R332", "R333", "R334", "R336", "R337")


@never_cache
@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The parameters in force."""
    scope_of(request).require(Capability.VOIR_CAPACITE)
    config, settings = ror_config(), ror_settings()
    valid = sorted(config.valid, key=lambda one: (one.temporality, one))
    if request.GET.get("format"):
        rows = (
            [o.label, o.status, o.temporality, o.gender, o.closing, o.additional, o.crisis, o.assignment] for o in valid
        )
        return table_response(request, "ror-combinaisons", COLUMNS, rows)
    links = {link.name: link for link in Link.objects.all()}
    context = {
        "titre": "Paramètres du ROR",
        "onglets": TABS,
        "config": config,
        "valides": valid,
        "source": LABELS["R335"][config.source],
        "non_arme": LABELS["R333"].get(config.unstaffed_as, "non compté comme fermé"),
        "cadences": [
            (FILIERE_LABELS.get(code, "Toutes les autres"), calm.total_seconds() / 3600, tense.total_seconds() / 3600)
            for code, (calm, tense) in config.cadence.items()
        ],
        "canaux": [
            (word, channel, links.get(name))
            for word, name, channel in (
                ("Fournisseur : nos capacités sont écrites", "fournisseur", settings.supplier),
                ("Consommateur : la région est lue", "consommateur", settings.consumer),
            )
        ],
        "secondes": settings.every,
        "minutes": settings.poll_minutes,
    }
    return render(request, "ror/parametres.html", context)
