"""Beds: capacity of the group without names, plan of a unit, acts on a bed through the services of the pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from archipel.api.access import scope_of_request, trace_reads
from archipel.api.tables import PagingQuery, csv_response
from archipel.domains.flow import public as flow
from archipel.kernel.errors import Conflict

router = Router(tags=["lits"])
FEED = "messages de l'établissement et saisies"
NOTHING = "structure seule : aucun message reçu"


class ComptesOut(Schema):
    """Beds by state; the states add up to ``installes``. None: unknown, nothing was ever received."""

    installes: int
    ouverts: int | None
    occupes: int | None
    reserves: int | None
    fermes: int
    non_armes: int
    a_nettoyer: int | None
    disponibles: int | None
    conflits: int
    provisoires: int
    sans_lit: int


class LigneCapaciteOut(ComptesOut):
    """The beds of one filière at one site."""

    etablissement: str
    nom_etablissement: str
    site: str
    nom_site: str
    commune: str
    filiere: str
    mis_a_jour: datetime | None
    age_secondes: int | None
    source: str


class CapaciteOut(Schema):
    """The capacity of the group at a moment."""

    releve_a: datetime
    lignes: list[LigneCapaciteOut]


class SejourOut(Schema):
    """Who is in a bed; identity is empty out of scope."""

    depuis: datetime
    present: bool
    sexe: str
    venue: str
    nom: str
    naissance: date | None
    sortie_prevue: datetime | None


class LitOut(Schema):
    """A bed of a unit."""

    NESTED: ClassVar[tuple[str, ...]] = ("sejours",)
    chambre: str
    lit: str
    nom: str
    usage: str
    etat: str
    depuis: datetime | None
    disponible: bool
    conflit: bool
    bloque: bool
    isolement: str
    sexe_chambre: str
    motif: str
    reserve_pour: datetime | None
    sejours: list[SejourOut]


class UniteOut(Schema):
    """The plan of a unit at a moment."""

    releve_a: datetime
    etablissement: str
    uf: str
    nom: str
    site: str
    noms_visibles: bool
    dernier_message: datetime | None
    age_secondes: int | None
    lits: list[LitOut]
    sans_lit: list[SejourOut]


class ActeIn(Schema):
    """What an act needs; each act reads its own fields and leaves the others."""

    chambre: str = ""
    lit: str
    motif: str = ""
    type_fermeture: Literal["01", "02", "03"] = "01"
    jusqu_a: datetime | None = None
    attendu_a: datetime | None = None
    venue: int | None = Field(None, description="Numéro de la venue attendue ou à déplacer.")
    pour: str = Field("", description="Pour qui le lit est réservé, quand ce n'est pas une venue connue.")
    isolement: str = ""
    sexe: Literal["", "F", "M"] = ""
    forcer: bool = False


class ActeOut(Schema):
    """What was done; ``faits`` serve to undo it."""

    message: str
    faits: list[int]


class AnnulationIn(Schema):
    """The facts of one act, to be undone together."""

    faits: list[int] = Field(min_length=1, max_length=50)
    motif: str = ""


@router.get("/capacite", response=CapaciteOut, summary="Les lits par site et filière, sans nom")
def capacity(request: HttpRequest, paging: PagingQuery, filiere: str = "") -> Any:
    """Tout le groupement. `mis_a_jour` est le dernier message ou la dernière saisie ; un nombre inconnu est `null`."""
    found = flow.capacity(scope=scope_of_request(request), filiere=filiere)
    lines = [
        _line(site, code, counts, found.at) for site in found.sites for code, counts in sorted(site.by_filiere.items())
    ]
    if paging.format == "csv":
        return csv_response("capacite", LigneCapaciteOut, lines)
    return CapaciteOut(releve_a=found.at, lignes=lines)


def _line(site: flow.SiteCapacity, code: str, counts: flow.Counts, at: datetime) -> LigneCapaciteOut:
    return LigneCapaciteOut(
        etablissement=site.establishment,
        nom_etablissement=site.establishment_name,
        site=site.finess,
        nom_site=site.name,
        commune=site.commune,
        filiere=code,
        mis_a_jour=site.updated_at,
        age_secondes=age(site.updated_at, at),
        source=FEED if site.heard else NOTHING,
        installes=counts.installed,
        ouverts=counts.opened if site.heard else None,
        occupes=counts.occupied if site.heard else None,
        reserves=counts.reserved if site.heard else None,
        fermes=counts.closed,
        non_armes=counts.unstaffed,
        a_nettoyer=counts.cleaning if site.heard else None,
        disponibles=counts.available if site.heard else None,
        conflits=counts.conflicts,
        provisoires=counts.provisional,
        sans_lit=counts.without_bed,
    )


def age(moment: datetime | None, at: datetime) -> int | None:
    """Seconds between a moment and the reading; None when the moment is unknown."""
    return None if moment is None else max(0, int((at - moment).total_seconds()))


@router.get("/unites/{ej}/{uf}", response=UniteOut, summary="Les lits d'une unité")
def unit(request: HttpRequest, ej: str, uf: str, paging: PagingQuery) -> HttpResponse | UniteOut:
    """Les noms, venues et motifs ne sont donnés que dans les établissements nominatifs du compte (voir `/moi`)."""
    scope = scope_of_request(request)
    board = flow.unit_board(scope=scope, establishment=ej, uf=uf)
    if board.keys:
        trace_reads(scope, "lits.lire", ej, "venue", list(board.keys))
    beds = [_bed(bed) for bed in board.beds]
    if paging.format == "csv":
        return csv_response(f"unite-{board.unit.code}", LitOut, beds)
    return UniteOut(
        releve_a=board.at,
        etablissement=board.unit.establishment,
        uf=board.unit.code,
        nom=board.unit.name,
        site=board.unit.site,
        noms_visibles=board.names,
        dernier_message=board.heard_at,
        age_secondes=age(board.heard_at, board.at),
        lits=beds,
        sans_lit=[_stay(stay) for stay in board.without_bed],
    )


def _bed(bed: Any) -> LitOut:
    return LitOut(
        chambre=bed.chambre,
        lit=bed.lit,
        nom=bed.name,
        usage=bed.usage,
        etat=bed.state.state.value,
        depuis=bed.state.since,
        disponible=bed.state.available and not bed.blocked,
        conflit=bed.state.conflict,
        bloque=bed.blocked,
        isolement=bed.isolation,
        sexe_chambre=bed.sexe,
        motif=bed.reason,
        reserve_pour=bed.booking.expected_at if bed.booking else None,
        sejours=[_stay(stay) for stay in bed.stays],
    )


def _stay(stay: Any) -> SejourOut:
    return SejourOut(
        depuis=stay.since,
        present=stay.present,
        sexe=stay.sexe,
        venue=stay.key,
        nom=stay.name,
        naissance=stay.birth,
        sortie_prevue=stay.expected_exit,
    )


Acte = Literal[
    "fermer", "ouvrir", "armer", "desarmer", "reserver", "annuler-reservation", "deplacer", "nettoyer", "salir",
    "isoler", "sexe-chambre",
]  # fmt: skip


@router.post("/unites/{ej}/{uf}/{acte}", response=ActeOut, summary="Agir sur un lit de l'unité")
def act(request: HttpRequest, ej: str, uf: str, acte: Acte, given: ActeIn) -> ActeOut:
    """Mêmes services, mêmes droits, mêmes refus et mêmes traces qu'à l'écran."""
    scope = scope_of_request(request)
    bed = flow.BedKey(ej, uf, given.chambre, given.lit)
    done = _ACTS[acte](scope, bed, given)
    return ActeOut(message=done.message, faits=list(done.facts))


def _move(scope: Any, bed: flow.BedKey, given: ActeIn) -> flow.BedAct:
    if given.venue is None:
        raise Conflict("Dites quelle venue déplacer : son numéro dans « venue ».", code="venue-manquante")
    return flow.plan_move(
        scope=scope, bed=bed, venue=given.venue, expected_at=given.attendu_a, reason=given.motif, force=given.forcer
    )


_ACTS: dict[str, Any] = {
    "fermer": lambda s, b, g: flow.close_bed(
        scope=s, bed=b, reason=g.motif, kind=g.type_fermeture, until=g.jusqu_a, force=g.forcer
    ),
    "ouvrir": lambda s, b, g: flow.reopen_bed(scope=s, bed=b, reason=g.motif),
    "armer": lambda s, b, g: flow.set_staffed(scope=s, bed=b, staffed=True, reason=g.motif),
    "desarmer": lambda s, b, g: flow.set_staffed(
        scope=s, bed=b, staffed=False, reason=g.motif, until=g.jusqu_a, force=g.forcer
    ),
    "reserver": lambda s, b, g: flow.reserve_bed(
        scope=s, bed=b, venue=g.venue, text=g.pour, expected_at=g.attendu_a, until=g.jusqu_a, reason=g.motif,
        force=g.forcer,
    ),
    "annuler-reservation": lambda s, b, g: flow.cancel_reservation(scope=s, bed=b, reason=g.motif),
    "deplacer": _move,
    "nettoyer": lambda s, b, g: flow.mark_cleaned(scope=s, bed=b),
    "salir": lambda s, b, g: flow.mark_to_clean(scope=s, bed=b, reason=g.motif),
    "isoler": lambda s, b, g: flow.set_isolation(scope=s, bed=b, isolation=g.isolement),
    "sexe-chambre": lambda s, b, g: flow.set_room_sex(
        scope=s, bed=b, sexe=g.sexe, reason=g.motif, force=g.forcer
    ),
}  # fmt: skip


@router.post("/annuler", response=ActeOut, summary="Annuler un acte sur un lit")
def undo(request: HttpRequest, given: AnnulationIn) -> ActeOut:
    """`faits` est ce que l'acte a rendu ; une annulation s'annule aussi."""
    done = flow.undo(scope=scope_of_request(request), facts=given.faits, reason=given.motif)
    return ActeOut(message=done.message, faits=list(done.facts))
