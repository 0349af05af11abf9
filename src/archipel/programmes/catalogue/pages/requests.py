"""Requests for help: asking, following, answering."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.foundation.scope import Scope
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import Conflict, Invalid
from archipel.programmes.catalogue import public as catalogue
from archipel.programmes.catalogue.pages.common import (
    STATES,
    Context,
    acted,
    ask,
    circuit_words,
    day_of,
    readers,
    trail,
    window,
)
from archipel.programmes.catalogue.rules.workflow import refusal
from archipel.programmes.catalogue.values import ACTEUR_LABELS, ETAT_LABELS, Acte, Acteur, Avis

OPINIONS = {Avis.FAVORABLE: "Favorable", Avis.DEFAVORABLE: "Défavorable", Avis.COMPLEMENT: "Complément demandé"}
ACTS = {
    Acte.DEPOT: "Demande déposée", Acte.AVIS: "Avis", Acte.COMPLEMENT: "Complément envoyé", Acte.RETRAIT: "Retirée",
    Acte.DEMARRAGE: "Mission démarrée", Acte.FIN: "Mission terminée", Acte.ANNULATION: "Acte annulé",
}  # fmt: skip


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, aide: str) -> HttpResponse:
    """Ask for an aid in the name of the GHT."""
    scope = scope_of(request)
    ght = catalogue.ght(scope, ask(request, "ght") or request.POST.get("ght", ""))
    held = catalogue.aid(aide, ght.region if ght else "")
    error: Invalid | Conflict | None = None
    if request.method == "POST":
        draft = catalogue.Draft(
            aid=held.ref,
            ght=request.POST.get("ght", ""),
            subject=request.POST.get("objet", ""),
            need=request.POST.get("besoin", ""),
            theme=request.POST.get("theme", ""),
            session=request.POST.get("session", ""),
            contact=request.POST.get("contact", ""),
            asked_on=day_of(request.POST.get("date", "")),
        )
        try:
            act = catalogue.ask(scope=scope, draft=draft)
            messages.success(request, act.message)
            return HttpResponseRedirect(reverse("catalogue:demande", args=[act.number]))
        except (Invalid, Conflict) as refused:
            error = refused
    today = timezone.localdate()
    names = {t.id: t.libelle for t in catalogue.themes()}
    needs, conditions = catalogue.checked(held, ght, today) if ght else ([], [])
    context: Context = {
        "titre": f"Demander : {held.nom}",
        "a": held,
        "ght": ght,
        "ghts": catalogue.ghts(scope),
        "erreur": error,
        "saisi": request.POST,
        "themes": [(t, names.get(t, t)) for t in held.themes],
        "circuit": circuit_words(held.circuit),
        "manquants": [c for c in (*needs, *conditions) if c.verdict != "oui"],
        "aujourdhui": today,
        "fil": trail((held.nom, reverse("catalogue:fiche", args=[held.ref])), ("Demander", "")),
    }
    return render(request, "aide/demander.html", context, status=error.http_status if error else 200)


def _line(one: catalogue.RequestLine) -> Context:
    return {
        "d": one,
        "puce": (STATES[one.course.etat], ETAT_LABELS[one.course.etat]),
        "attend": ", ".join(ACTEUR_LABELS[a] for a in one.course.attend),
        "debut": window(one.dates.debut) if one.dates.debut else "",
    }


@readers
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What was asked for, where does it stand, what is late?"""
    scope = scope_of(request)
    found = catalogue.requests(scope, timezone.localdate(), ght=ask(request, "ght"))
    context: Context = {
        "titre": "Demandes d'aide",
        "lignes": [_line(one) for one in found],
        "en_cours": sum(one.alive for one in found),
        "en_retard": sum(one.dates.en_retard for one in found),
        "retours_dus": sum(one.feedback_due for one in found),
        "noms": {g.code: g.name for g in catalogue.ghts(scope)},
        "fil": trail(("Demandes", "")),
    }
    return render(request, "aide/demandes.html", context)


@readers
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The requests, as a file."""
    scope = scope_of(request)
    titles = ["N°", "GHT", "Région", "Aide", "Objet", "Thème", "Demandée le", "État", "Attend", "Depuis", "En retard",
              "Pourquoi", "Décidée le", "Démarrée le", "Terminée le", "Par"]  # fmt: skip

    def rows() -> Iterator[list[object]]:
        for one in catalogue.requests(scope, timezone.localdate(), ght=ask(request, "ght")):
            c = one.course
            yield [
                one.number, one.ght, one.region, one.aid_name, one.subject, one.theme, one.asked_on,
                ETAT_LABELS[c.etat], ", ".join(ACTEUR_LABELS[a] for a in c.attend), c.depuis, one.dates.en_retard,
                one.dates.pourquoi, c.decide_le, c.demarre_le, c.fini_le, one.actor,
            ]  # fmt: skip

    return table_response(request, "demandes-aide", titles, rows())


@readers
@require_safe
def one(request: HttpRequest, demande: int) -> HttpResponse:
    """Where does this request stand, who must answer, what may I do?"""
    scope = scope_of(request)
    line = catalogue.request_line(scope, demande, timezone.localdate())
    course, leads = line.course, catalogue.leads(scope, line)
    told = catalogue.steps(demande)
    begun = any(s.kind not in (Acte.DEPOT, Acte.ANNULATION) and not s.gone for s in told)
    speaking = [
        (party.value, ACTEUR_LABELS[party])
        for party in line.judges
        if catalogue.may_speak(scope, line, party) and not refusal(line.circuit, course, Acte.AVIS, party)
    ]
    context: Context = {
        "titre": f"Demande n° {demande}",
        **_line(line),
        "avis": [
            (ACTEUR_LABELS[party], OPINIONS[course.avis[party]] if party in course.avis else "attendu",
             {Avis.FAVORABLE: "oui", Avis.DEFAVORABLE: "non", Avis.COMPLEMENT: "a_nettoyer"}.get(
                 course.avis.get(party, Avis.COMPLEMENT), "inconnu") if party in course.avis else "inconnu")
            for party in line.judges
        ],
        "etapes": [
            (s, ACTS[s.kind], ACTEUR_LABELS[s.party] if s.party else "", OPINIONS[s.opinion] if s.opinion else "")
            for s in told
        ],
        "parties": speaking,
        "opinions": [(o.value, OPINIONS[o]) for o in Avis],
        "actes": [(a.value, w) for a, w in MINE.items() if leads and not refusal(line.circuit, course, a)],
        "reprenable": begun and (leads or bool(speaking) or _ars(scope, line)),
        "retour": catalogue.feedback_of(demande),
        "ecrit_retour": leads and course.etat == "terminee",
        "aujourdhui": timezone.localdate(),
        "aide_url": reverse("catalogue:fiche", args=[line.aid]),
        "fil": trail(("Demandes", reverse("catalogue:demandes")), (f"N° {demande}", "")),
    }  # fmt: skip
    return render(request, "aide/demande.html", context)


def _ars(scope: Scope, line: catalogue.RequestLine) -> bool:
    return catalogue.may_speak(scope, line, Acteur.ARS)


MINE = {
    Acte.COMPLEMENT: "Envoyer le complément",
    Acte.DEMARRAGE: "Dire la mission démarrée",
    Acte.FIN: "Dire la mission terminée",
    Acte.RETRAIT: "Retirer la demande",
}
"""What the GHT may do, and the word on the button."""


def _opinion(request: HttpRequest, scope: Scope, number: int) -> catalogue.Act:
    party, opinion = request.POST.get("partie", ""), request.POST.get("avis", "")
    if party not in set(Acteur) or opinion not in set(Avis):
        raise Invalid("Choisissez la partie et son avis.", code="avis", field="avis")
    return catalogue.give_opinion(
        scope=scope,
        number=number,
        party=Acteur(party),
        opinion=Avis(opinion),
        text=request.POST.get("texte", ""),
        piece=request.POST.get("piece", ""),
        on=day_of(request.POST.get("date", "")),
    )


DOING: dict[str, Callable[[HttpRequest, Scope, int], catalogue.Act]] = {
    "avis": _opinion,
    "complement": lambda r, s, n: catalogue.complete(scope=s, number=n, text=r.POST.get("texte", ""),
                                                     on=day_of(r.POST.get("date", ""))),
    "retrait": lambda r, s, n: catalogue.withdraw(scope=s, number=n, text=r.POST.get("texte", ""),
                                                  on=day_of(r.POST.get("date", ""))),
    "demarrage": lambda r, s, n: catalogue.start(scope=s, number=n, text=r.POST.get("texte", ""),
                                                 on=day_of(r.POST.get("date", ""))),
    "fin": lambda r, s, n: catalogue.end(scope=s, number=n, text=r.POST.get("texte", ""),
                                         on=day_of(r.POST.get("date", ""))),
    "reprendre": lambda r, s, n: catalogue.take_back(scope=s, number=n, text=r.POST.get("texte", "")),
}  # fmt: skip


@readers
@require_POST
def act(request: HttpRequest, demande: int) -> HttpResponse:
    """Do one of :data:`DOING`."""
    name = request.POST.get("action", "")
    if name not in DOING:
        raise Invalid(f"Action « {name[:30]} » inconnue.", code="action")
    back = reverse("catalogue:demande", args=[demande])
    return acted(request, lambda: DOING[name](request, scope_of(request), demande), back)
