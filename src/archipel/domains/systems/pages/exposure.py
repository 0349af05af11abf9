"""Where the group depends on others, and what a stop would take with it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from archipel.domains.systems.pages import shell
from archipel.domains.systems.queries.store import inventory
from archipel.domains.systems.rules import exposure as rules
from archipel.domains.systems.rules.cascade import Fall, cascade, weaknesses
from archipel.domains.systems.rules.model import carbon
from archipel.domains.systems.values.records import Inventory
from archipel.foundation.web.charts import Chart, Series
from archipel.territory import public as territory


def _units(falls: Sequence[Fall]) -> list[dict[str, Any]]:
    """The territory's units that the stopped applications serve, with the soonest hour of each."""
    places = sorted({fall.record.key.establishment for fall in falls})
    names = {(uf.establishment, uf.code): (uf.name, uf.service) for uf in territory.ufs(places)}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for fall in falls:
        for code in fall.record.items("unites"):
            key = (fall.record.key.establishment, code)
            kept = found.setdefault(key, {"heures": fall.hours, "applications": []})
            kept["applications"].append(fall.record.name)
    return [
        {
            "etablissement": place, "uf": code, "nom": names.get((place, code), ("", ""))[0],
            "service": names.get((place, code), ("", ""))[1], "connue": (place, code) in names, **kept,
        }
        for (place, code), kept in sorted(found.items(), key=lambda item: (item[1]["heures"], item[0]))
    ]  # fmt: skip


def _stop(known: Inventory, asked: str) -> dict[str, Any]:
    """What the address asks to stop, and its fall."""
    if not asked:
        return {}
    place, _, code = asked.partition("|")
    falls = cascade(known, [(place, code)])
    first = next((fall.record for fall in falls if fall.depth == 0), None)
    return {
        "arret": asked,
        "premiere": first,
        "chutes": [(fall, known.names.get(fall.record.key.establishment, "")) for fall in falls],
        "unites": [(one, known.names.get(one["etablissement"], "")) for one in _units(falls)],
        "touches": len({fall.record.key.establishment for fall in falls}),
    }


@require_safe
@shell.seeing
def exposure(request: HttpRequest) -> HttpResponse:
    """Vendors, concentration, sovereignty, ends of support, carbon, single points of failure, and a cascade."""
    known = inventory(shell.day_in(request.GET))
    shares = rules.concentration(known)
    emissions, without = rules.footprint(known, carbon())
    endings = rules.endings(known)
    weak = weaknesses(known)
    dependencies = rules.dependencies(known)
    named = [one for one in dependencies if one.applications]
    context = {
        "titre": "Exposition",
        "requete": request.GET.urlencode(),
        "le": known.day,
        "dependances": dependencies,
        "sans_plan": sum(one.plan in ("inconnu", "Aucun") for one in named),
        "parts": shares.shares[:12],
        "indice": shares.index,
        "sans_editeur": shares.unknown,
        "souverainete": rules.sovereignty(known),
        "fins": endings,
        "finis": sum(one.days < 0 for one in endings),
        "emissions": emissions,
        "total_carbone": sum((one.total for one in emissions), start=Decimal(0)),
        "sans_facteur": without,
        "carbone": carbon(),
        "graphique_carbone": _chart(emissions) if emissions else None,
        "faibles": [(one, known.names.get(one.record.key.establishment, "")) for one in weak],
        "applications": [
            (f"{one.key.establishment}|{one.key.code}", f"{one.name} ({known.names.get(one.key.establishment, '')})")
            for one in known.live()
        ],
        "ia": [
            (one, known.names.get(one.key.establishment, ""), one.shown("ia_risque"), one.shown("ia_evaluation"))
            for one in known.live()
            if one.flag("ia")
        ],
        "ia_sans": sum(one.text("ia_evaluation") != "faite" for one in known.live() if one.flag("ia")),
        "noms": known.names,
        "vide": not known.live(),
        "fil": shell.trail(("Exposition", "")),
        **_stop(known, request.GET.get("arret", "")),
    }
    return render(request, "systems/exposition.html", context)


def _chart(emissions: Sequence[rules.Emission]) -> Chart:
    return Chart(
        name="carbone",
        title="Gaz à effet de serre des équipements",
        heading="Équipement",
        categories=[one.label for one in emissions],
        series=(
            Series("Fabrication, transport, fin de vie", [round(float(one.making)) for one in emissions], pile="t"),
            Series("Électricité", [round(float(one.electricity)) for one in emissions], pile="t"),
        ),
        unit="kg CO2e par an",
        source=carbon().source,
    )


@require_safe
@shell.seeing
def any_table(request: HttpRequest, tableau: str) -> HttpResponse:
    """A table of the room as a file, by its name."""
    return shell.table_file(request, tableau)


urlpatterns = [
    path("systemes/exposition/", exposure, name="exposition"),
    path("systemes/exposition/export", shell.exporting("arret"), name="exposition-export"),
    path("systemes/tableaux/<str:tableau>", any_table, name="tableau"),
]
