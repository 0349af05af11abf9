"""The yearly campaign: where each member stands, what waits, and its confirmation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from archipel.domains.systems.pages import shell
from archipel.domains.systems.queries.reminders import sent
from archipel.domains.systems.queries.store import inventory
from archipel.domains.systems.rules.campaign import current, progress, reminder_days
from archipel.domains.systems.services.campaign import confirm
from archipel.domains.systems.values.records import Key
from archipel.domains.systems.values.schema import Kind
from archipel.foundation import mail

SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@shell.seeing
def home(request: HttpRequest) -> HttpResponse:
    """The campaign of the moment."""
    scope = shell.scope_of(request)
    if request.method == "POST":
        keys = [Key(Kind.APPLICATION, *text.partition("|")[::2]) for text in request.POST.getlist("fiche")]
        shell.told(request, lambda: f"{confirm(scope=scope, keys=keys)} fiche(s) confirmée(s).")
        return HttpResponseRedirect(reverse("systems:campagne"))
    known = inventory()
    campaign, names = current(known), dict(shell.members(scope))
    found = progress(known, campaign, list(names)) if campaign else []
    closing = campaign.day("cloture") if campaign else None
    days = (closing - known.day).days if closing else 0
    context = {
        "titre": "Campagne de mise à jour",
        "campagne": campaign,
        "cloture": closing,
        "jours": days,
        "seuil": campaign.number("seuil") if campaign else None,
        "membres": [(names[one.establishment], one, one.state(days)) for one in found],
        "attente": [
            (names[one.establishment], record, shell.keeps(scope, one.establishment))
            for one in found
            for record in one.waiting
        ][:SHOWN],
        "a_revoir": sum(len(one.waiting) for one in found),
        "ecrit": shell.keeps(scope),
        "jours_de_rappel": reminder_days(campaign) if campaign else [],
        "rappels": [
            (names[one.establishment], one, mail.LABELS.get(one.state, one.state))
            for one in sent(campaign.key.code if campaign else "")
            if one.establishment in names
        ],
        "messagerie": mail.configured(),
        "fil": shell.trail(("Campagne", "")),
    }
    return render(request, "systems/campagne.html", context)


urlpatterns = [
    path("systemes/campagne/", home, name="campagne"),
    path("systemes/campagne/export", shell.exporting("campagne"), name="campagne-export"),
]
