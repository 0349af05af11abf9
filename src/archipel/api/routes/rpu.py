"""RPU: the passages with their 18 items, whether the daily file left, a deposit on demand."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from ninja import Router, Schema

from archipel.api.access import scope_of_request, trace_reads
from archipel.api.tables import Page, PagingQuery, answer
from archipel.connectors.rpu.deposits import daily_states, deposit
from archipel.domains.flow import public as flow
from archipel.domains.flow.rules.passage_checks import check
from archipel.foundation.scope import Capability, Scope
from archipel.kernel import clock
from archipel.kernel.errors import Invalid

router = Router(tags=["rpu"])
PARIS = ZoneInfo("Europe/Paris")
LONGEST = 31
"""Days that one call may ask for."""


class RpuOut(Schema):
    """One passage; personal data. ``items`` : item → codes connus ; ``remarques`` : ce qui manque ou se contredit."""

    NESTED: ClassVar[tuple[str, ...]] = ("items", "remarques")
    site: str
    venue: str
    rang: int
    arrivee: datetime
    sortie: datetime | None
    naissance: date | None
    items: dict[str, list[str]]
    remarques: list[str]


class EtatEnvoiOut(Schema):
    """The daily file of one site. ``etat`` : depose, attendu, echec, refus, retard, sans-adresse."""

    site: str
    nom: str
    etablissement: str
    etat: str
    le: datetime | None
    reponse: str
    fichier: str
    passages: int | None


class DepotIn(Schema):
    """The days to tell, bounds included; ``encore`` : remettre même si le contenu n'a pas changé."""

    site: str
    du: date
    au: date
    encore: bool = False


class DepotOut(Schema):
    """What became of a deposit. ``issue`` : accepte, deja, echec ou refus."""

    fichier: int
    nom: str
    issue: str
    message: str


def _reading(request: HttpRequest) -> Scope:
    """Whoever codes passages, or sends them, somewhere."""
    scope = scope_of_request(request)
    if not scope.may(Capability.SAISIR_RPU):
        scope.require(Capability.TRANSMETTRE_RPU)
    return scope


@router.get("/passages", response=Page[RpuOut], summary="Les passages et leurs 18 items")
def passages(request: HttpRequest, paging: PagingQuery, du: date, au: date, site: str = "") -> Any:
    """Passages commencés du jour `du` au jour `au` compris, 31 jours au plus ; chaque lecture laisse une trace."""
    scope = _reading(request)
    if not du <= au <= du + timedelta(days=LONGEST - 1):
        text = f"Du {du:%d/%m/%Y} au {au:%d/%m/%Y} : attendu des jours dans l'ordre, {LONGEST} au plus."
        raise Invalid(text, code="rpu-jours", field="au")
    begin, end = datetime.combine(du, time(), PARIS), datetime.combine(au + timedelta(days=1), time(), PARIS)
    found = flow.ed_passages(scope=scope, since=begin, until=end, sites=[site] if site else [])
    read: dict[str, set[str]] = defaultdict(set)
    for one in found:
        read[one.establishment].add(one.venue)
    for place, keys in read.items():
        trace_reads(scope, "rpu.lecture", place, "venue", sorted(keys))
    now = clock.now()
    return answer(request, "rpu-passages", RpuOut, [_passage(one, now) for one in found], paging)


def _passage(one: flow.Passage, now: datetime) -> RpuOut:
    return RpuOut(
        site=one.site, venue=one.venue, rang=one.rank, arrivee=one.arrived_at, sortie=one.left_at,
        naissance=one.birth, items={item.value: list(codes) for item, codes in one.values.items()},
        remarques=[problem.sentence for problem in check(one, now)],
    )  # fmt: skip


@router.get("/envois", response=Page[EtatEnvoiOut], summary="Le fichier de la nuit est-il parti, site par site ?")
def states(request: HttpRequest, paging: PagingQuery) -> Any:
    """L'état du fichier J-6 à J-1 de chaque site que le compte code ou transmet."""
    rows = [
        EtatEnvoiOut(
            site=one.site, nom=one.name, etablissement=one.establishment, etat=one.state, le=one.at,
            reponse=one.answer, fichier=one.file.name if one.file else "",
            passages=one.file.passages if one.file else None,
        )
        for one in daily_states(scope=_reading(request))
    ]  # fmt: skip
    return answer(request, "rpu-envois", EtatEnvoiOut, rows, paging)


@router.post("/envois", response=DepotOut, summary="Déposer maintenant le fichier d'un site")
def send(request: HttpRequest, ordre: DepotIn) -> DepotOut:
    """Le même contenu n'est remis qu'une fois, sauf `encore`."""
    done = deposit(scope=scope_of_request(request), site=ordre.site, first=ordre.du, last=ordre.au, again=ordre.encore)
    return DepotOut(fichier=done.file, nom=done.name, issue=done.outcome, message=done.message)
