"""What an ARS adds to the catalogue of its region, and the delays that it fixes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import scope_of
from archipel.kernel.errors import Conflict, Denied, Invalid
from archipel.programmes.catalogue import public as catalogue
from archipel.programmes.catalogue.pages.common import Context, acted, readers, trail
from archipel.programmes.catalogue.queries.aids import MODE_LABELS
from archipel.programmes.catalogue.values import ACTEUR_LABELS, Acteur

FIELDS = ("nom", "operateur", "description", "prix", "part_ars", "delai_mois", "du", "au", "quota", "acces")
PARTIES = (Acteur.ARS, Acteur.OPERATEUR, Acteur.DGOS)


def _held(scope: Scope, region: str) -> str:
    """The region, if the account instructs for it. Raises Denied."""
    if region not in {code for code, _ in catalogue.regions(scope)}:
        raise Denied("Seule l'ARS de la région peut le faire.", capability=Capability.INSTRUIRE_PROGRAMMES.value)
    return region


@readers
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What do the regions add, and how fast do they answer?"""
    scope = scope_of(request)
    mine = catalogue.regions(scope)
    fixed = catalogue.answer_days()
    context: Context = {
        "titre": "Offres des régions",
        "offres": [(one, catalogue.region_name(one.region)) for one in catalogue.offers()],
        "miennes": mine,
        "delais": [
            (code, name, [(p.value, ACTEUR_LABELS[p], fixed.get(code, {}).get(p)) for p in PARTIES])
            for code, name in mine
        ],
        "codes": {code for code, _ in mine},
        "fil": trail(("Offres des régions", "")),
    }
    return render(request, "aide/offres.html", context)


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, region: str, offre: str = "") -> HttpResponse:
    """Write an offer, or a new version of it."""
    scope = scope_of(request)
    _held(scope, region)
    known = catalogue.aid(f"offre:{region}/{offre}") if offre else None
    error: Invalid | Conflict | None = None
    if request.method == "POST":
        try:
            made = catalogue.write_offer(scope=scope, region=region, draft=_draft(request), code=offre)
            messages.success(request, made.message)
            return HttpResponseRedirect(reverse("catalogue:fiche", args=[made.ref]))
        except (Invalid, Conflict) as refused:
            error = refused
    context: Context = {
        "titre": known.nom if known else "Nouvelle offre régionale",
        "region": catalogue.region_name(region),
        "code_region": region,
        "offre": offre,
        "v": _typed(request, known, error),
        "themes": catalogue.themes(),
        "modes": MODE_LABELS.items(),
        "erreur": error,
        "fil": trail(("Offres des régions", reverse("catalogue:offres")), (known.nom if known else "Nouvelle", "")),
    }
    return render(request, "aide/offre.html", context, status=error.http_status if error else 200)


def _typed(request: HttpRequest, known: catalogue.Aide | None, error: object) -> Context:
    """What the form shows: what was typed, else the offer as it is."""
    if error is not None:
        sent = request.POST
        return {name: sent.get(name, "") for name in (*FIELDS, "prerequis", "liens")} | {
            "themes": sent.getlist("themes"), "modes": sent.getlist("modes"), "par_ars": sent.get("par_ars") == "1",
        }  # fmt: skip
    if known is None:
        return {"themes": [], "modes": [], "par_ars": True}
    return {
        "nom": known.nom, "operateur": known.operateurs[0].libelle, "description": known.description,
        "prix": "" if known.prix is None else known.prix, "part_ars": "" if known.part_ars is None else known.part_ars,
        "delai_mois": known.delai.mois if known.delai else "", "du": known.du.isoformat() if known.du else "",
        "au": known.au.isoformat() if known.au else "", "quota": known.quota[0].nombre if known.quota else "",
        "acces": known.acces, "themes": list(known.themes), "modes": [m.id for m in known.modes],
        "par_ars": Acteur.ARS in known.circuit, "prerequis": "\n".join(p.libelle for p in known.prerequis),
        "liens": "\n".join(known.liens),
    }  # fmt: skip


def _draft(request: HttpRequest) -> catalogue.OfferDraft:
    sent = request.POST
    return catalogue.OfferDraft(
        **{name: sent.get(name, "") for name in FIELDS},
        themes=tuple(sent.getlist("themes")),
        modes=tuple(sent.getlist("modes")),
        par_ars=sent.get("par_ars") == "1",
        prerequis=tuple(sent.get("prerequis", "").splitlines()),
        liens=tuple(sent.get("liens", "").splitlines()),
    )


@readers
@require_POST
def withdraw(request: HttpRequest, region: str, offre: str) -> HttpResponse:
    """Stop proposing an offer."""
    scope = scope_of(request)
    return acted(
        request,
        lambda: catalogue.withdraw_offer(scope=scope, region=region, code=offre, reason=request.POST.get("motif", "")),
        reverse("catalogue:offres"),
    )


@readers
@require_POST
def delay(request: HttpRequest) -> HttpResponse:
    """Fix how many days a party gives itself to answer."""
    text, party = request.POST.get("jours", "").strip(), request.POST.get("partie", "")
    if party not in set(PARTIES) or (text and not text.isdecimal()):
        raise Invalid("Une partie et un nombre de jours sont attendus.", code="delai")
    return acted(
        request,
        lambda: catalogue.fix_answer_delay(
            scope=scope_of(request), region=request.POST.get("region", ""), party=Acteur(party),
            days=int(text) if text else None,
        ),
        reverse("catalogue:offres"),
    )  # fmt: skip
