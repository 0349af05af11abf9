"""Invented requests for help over the real catalogue of 2016, and an invented regional offer. All of it says so."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from archipel.foundation.scope import Scope
from archipel.programmes.catalogue import public as catalogue
from archipel.programmes.catalogue.public import Acteur, Avis
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Key, Kind
from archipel.territory.reference_values import RefGht

MARK = "Démonstration : valeur fictive."
UNIHA = "plan-accompagnement-2016/uniha-appui"
EHESP = "plan-accompagnement-2016/ehesp-projet-medical"
OFFER = "Appui régional à la convergence des identités (offre fictive)"


def seed(scope: Scope, ght: RefGht) -> None:
    """An offer, requests in every state, a published feedback; once."""
    place = catalogue.ght(scope, ght.code)
    if place is None or not place.region or catalogue.requests(scope, timezone.localdate()):
        return
    offer = _offer(scope, place.region)
    others = [one for one in catalogue.ghts(scope) if one.region == place.region and one.code != place.code]
    for rank, one in enumerate(others[:2]):
        _past(scope, one.code, date(2017, 2, 1) + timedelta(days=60 * rank), done=rank == 0)
    _past(scope, place.code, date(2017, 3, 1), done=True, aid=EHESP)
    today = timezone.localdate()
    late = catalogue.ask(scope=scope, draft=_draft(offer, place.code, "Rapprocher les identités de deux sites",
                                                   today - timedelta(days=45)))  # fmt: skip
    assert late.number
    if others:
        fresh = catalogue.ask(
            scope=scope, draft=_draft(offer, others[0].code, "Doublons du GHT", today - timedelta(days=6))
        )
        _agree(scope, fresh.number, Acteur.ARS, today - timedelta(days=2))
    catalogue.refresh()


def _offer(scope: Scope, region: str) -> str:
    draft = catalogue.OfferDraft(
        nom=OFFER,
        operateur="GRADeS (fictif)",
        description=f"{MARK} Dix jours d'appui pour rapprocher les identités avant un changement de dossier patient.",
        themes=("systemes-information", "information-medicale"),
        modes=("part-ars",),
        prix="12000",
        part_ars="50",
        delai_mois="1",
        du="2026-01-01",
        quota="3",
        acces="Demande au référent de l'ARS.",
        prerequis=("Un référent identitovigilance nommé", "Un comité d'identitovigilance réuni dans l'année"),
    )
    made = catalogue.write_offer(scope=scope, region=region, draft=draft, reason=MARK)
    catalogue.fix_answer_delay(scope=scope, region=region, party=Acteur.ARS, days=30)
    return made.ref


def _draft(aid: str, ght: str, subject: str, day: date) -> catalogue.Draft:
    return catalogue.Draft(aid=aid, ght=ght, subject=subject, need=MARK, contact="Direction de projet", asked_on=day)


def _agree(scope: Scope, number: int, party: Acteur, day: date) -> None:
    catalogue.give_opinion(
        scope=scope, number=number, party=party, opinion=Avis.FAVORABLE, piece="Lettre fictive", text=MARK, on=day
    )


def _past(scope: Scope, ght: str, day: date, *, done: bool, aid: str = UNIHA) -> None:
    """A mission of 2017, with its feedback when it is over."""
    number = catalogue.ask(scope=scope, draft=_draft(aid, ght, "Filière AVC", day)).number
    for rank, party in enumerate(catalogue.request_line(scope, number, day).judges):
        _agree(scope, number, party, day + timedelta(days=20 + 5 * rank))
    catalogue.start(scope=scope, number=number, on=day + timedelta(days=70), text=MARK)
    if not done:
        return
    catalogue.end(scope=scope, number=number, on=day + timedelta(days=250), text=MARK)
    content = {
        "titre": f"Filière AVC : des ateliers à la feuille de route (GHT {_name(ght)}, fictif)",
        "contexte": MARK + " Des délais d'imagerie inégaux d'un site à l'autre.",
        "fait": "Trois ateliers avec les urgences, l'imagerie et la neurologie.",
        "resultats": "Délai médian d'imagerie ramené de 55 à 35 minutes (chiffres fictifs).",
        "difficultes": "La garde d'imagerie n'était pas commune.",
        "conseils": "Inviter les brancardiers dès le premier atelier.",
        "besoins": "Un appui au pilotage six mois après (besoin fictif).",
        "qualite": "4",
        "pertinence": "5",
    }
    catalogue.feedback.write(scope=scope, number=number, content=content, submit=True)
    catalogue.feedback.review(scope=scope, number=number, accept=True)


def _name(ght: str) -> str:
    found = perimetre.graph().nodes.get(Key(Kind.GHT, ght))
    return found.name if found else ght
