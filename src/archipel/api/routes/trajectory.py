"""Convergence trajectories: scenarios, their search, plan, follow-up and documents. No data of patients."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from archipel.api.access import scope_of_request
from archipel.api.tables import Page, PagingQuery, answer
from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Conflict
from archipel.scenarios.trajectory import public as trajectory

router = Router(tags=["trajectoires"])
Preset = Literal["tout-garder", "un-dpi", "meilleur-par-fonction", "deux-poles", "libre"]


class ScenarioOut(Schema):
    """A scenario and where its last search stands; money in euros, ``ecart`` (proven gap) in %."""

    NESTED: ClassVar[tuple[str, ...]] = ("etablissements",)
    numero: int
    titre: str
    prereglage: str
    etablissements: list[str]
    inventaire_du: date
    registre: int
    empreinte: str
    premiere_annee: int
    derniere_annee: int
    version: int
    calcul: str
    cout: int | None
    borne: float | None
    ecart: float | None
    publie: bool


class CibleIn(Schema):
    """A function on which members converge; ``part`` in %."""

    fonction: str
    part: float = Field(100, ge=0, le=100)
    produit: str = ""
    membres: list[str] = []


class ReglagesIn(Schema):
    """What to change; what is absent stays. Shares in %, effort in person-days, money in euros a year."""

    premiere_annee: int | None = None
    annees: int | None = None
    capacite: list[int] | None = Field(None, description="Par année ; vide : selon les hypothèses.")
    une_grande: bool | None = None
    part_souveraine: float | None = None
    baisse_carbone: float | None = Field(None, description="La dernière année.")
    sans_limite_carbone: bool = False
    obligatoire_des: int | None = None
    budgets: dict[str, int] | None = Field(None, description="FINESS EJ → au plus par an.")
    garder: bool | None = None
    cibles: list[CibleIn] | None = None
    exclus: list[str] | None = None
    fins: dict[str, int] | None = Field(None, description="Produit → dernière année maintenue.")
    poids: dict[str, float] | None = Field(None, description="licences, run, fees, interfaces, migration, carbon.")
    hypotheses: dict[str, float] | None = None
    secondes: int | None = None
    ecart: float | None = Field(None, description="Toléré, en %.")
    prix: bool | None = None


class ScenarioIn(Schema):
    """A scenario to begin on the inventory of today."""

    prereglage: Preset
    etablissements: list[str] = Field(description="FINESS EJ.")
    titre: str = ""
    calculer: bool = False


class CertificatOut(Schema):
    """How good the plan is known to be."""

    statut: str
    cout: int
    valeur: float
    borne: float
    ecart: float
    secondes: float
    solveur: str
    contraintes: int
    empreinte: str


class PrixOut(Schema):
    """What a constraint costs over the horizon, in euros."""

    contrainte: str
    coute: float | None
    au_moins: float
    au_plus: float | None


class DetailOut(ScenarioOut):
    """A scenario, its settings as they are kept, its progress, its certificate or its conflict."""

    reglages: dict[str, Any]
    avancement: dict[str, Any]
    erreur: str
    a_jour: bool
    certificat: CertificatOut | None
    conflit: list[str]
    refus: list[str]
    prix: list[PrixOut]


class ChoixOut(Schema):
    """What serves a function of an establishment, today and in each year (empty: nothing)."""

    NESTED: ClassVar[tuple[str, ...]] = ("par_annee",)
    etablissement: str
    fonction: str
    aujourd_hui: str
    a_la_fin: str
    bascule: int | None
    par_annee: dict[int, str]


class CoutOut(Schema):
    """Euros of an establishment, in a year, for a part."""

    etablissement: str
    annee: int
    part: str
    euros: float


class ChoixIn(Schema):
    """A choice by hand: imposed from a year (the end when absent), or forbidden."""

    etablissement: str
    fonction: str
    produit: str
    annee: int | None = None
    impose: bool = True


class MotIn(Schema):
    """Why."""

    note: str = ""


class TrajectoireMotifIn(Schema):
    """Why it is taken back."""

    motif: str


class TrajectoireNumeroOut(Schema):
    """What was made."""

    numero: int


class FichierOut(Schema):
    """A file: its name, its type, its bytes in base64."""

    nom: str
    type: str
    contenu: str


class SuiviOut(Schema):
    """A need: planned, seen, and how it stands."""

    etablissement: str
    fonction: str
    prevu: str
    vu: list[str]
    bascule: int | None
    etat: str


def _seeing(request: HttpRequest) -> Scope:
    scope = scope_of_request(request)
    scope.require(Capability.VOIR_PRIX)
    return scope


def _out(one: trajectory.ScenarioInfo) -> dict[str, Any]:
    return {
        "numero": one.id, "titre": one.title, "prereglage": one.version.settings.preset.value,
        "etablissements": list(one.establishments), "inventaire_du": one.day, "registre": one.ledger,
        "empreinte": one.digest, "premiere_annee": one.version.settings.first_year, "derniere_annee": one.last_year,
        "version": one.version.rank, "calcul": one.run.state.value if one.run else "a_calculer",
        "cout": one.summary.get("cout"), "borne": one.summary.get("borne"), "ecart": one.gap, "publie": one.published,
    }  # fmt: skip


@router.get("", response=Page[ScenarioOut], summary="Les scénarios")
def listing(request: HttpRequest, paging: PagingQuery) -> Any:
    """Ceux dont tous les établissements sont dans votre périmètre, le plus récent d'abord."""
    _seeing(request)
    return answer(
        request, "trajectoires", ScenarioOut, [ScenarioOut(**_out(o)) for o in trajectory.scenarios()], paging
    )


@router.post("", response=TrajectoireNumeroOut, summary="Commencer un scénario")
def create(request: HttpRequest, given: ScenarioIn) -> TrajectoireNumeroOut:
    """L'inventaire du jour est figé ; `calculer` lance la recherche aussitôt."""
    scope = scope_of_request(request)
    number = trajectory.create(
        scope=scope, preset=trajectory.Preset(given.prereglage), members=given.etablissements, title=given.titre
    )
    if given.calculer:
        trajectory.ask(scope=scope, number=number)
    return TrajectoireNumeroOut(numero=number)


@router.get("/suivi", response=Page[SuiviOut], summary="Le suivi de la trajectoire du groupement")
def follow(request: HttpRequest, paging: PagingQuery, au: date | None = None) -> Any:
    """Chaque besoin : prévu et vu dans l'inventaire du jour demandé. Vide sans trajectoire publiée."""
    _seeing(request)
    found = trajectory.followed(au)
    rows = [
        SuiviOut(etablissement=one.establishment, fonction=one.function, prevu=one.planned, vu=list(one.seen),
                 bascule=one.switch, etat=one.state.value)
        for one in (found.drift.gaps if found else ())
    ]  # fmt: skip
    return answer(request, "suivi-trajectoire", SuiviOut, rows, paging)


@router.get("/{int:numero}", response=DetailOut, summary="Un scénario, son calcul et sa réponse")
def detail(request: HttpRequest, numero: int) -> DetailOut:
    """Un plan que le vérificateur refuse n'a pas de certificat : `refus` dit pourquoi."""
    _seeing(request)
    info = trajectory.scenario(numero)
    held = trajectory.solution(info)
    sound = held is not None and held.sound
    certificate = None
    if held is not None and sound:
        told = held.body
        certificate = CertificatOut(
            statut=told["statut"], cout=told["cout"], valeur=told["valeur"], borne=told["borne"], ecart=100 * held.gap,
            secondes=told["secondes"], solveur=told["solveur"], contraintes=told["contraintes"], empreinte=held.digest,
        )  # fmt: skip
    return DetailOut(
        **_out(info),
        reglages=trajectory.frozen(info.version.settings),
        avancement=dict(info.run.progress) if info.run else {},
        erreur=info.run.error if info.run else "",
        a_jour=held is not None and held.run.version == info.version.id,
        certificat=certificate,
        conflit=[text for _, text in held.conflict.get("phrases", ())] if held else [],
        refus=[one.sentence for one in held.broken] if held else [],
        prix=[
            PrixOut(contrainte=one["sentence"], coute=one["found"], au_moins=one["least"], au_plus=one["most"])
            for one in (held.prices if held and sound else ())
        ],
    )


def _sound(request: HttpRequest, numero: int) -> trajectory.Solution:
    _seeing(request)
    held = trajectory.solution(trajectory.scenario(numero))
    if held is None or not held.sound:
        raise Conflict("Ce scénario n'a pas encore de plan vérifié.", code="sans-plan")
    return held


@router.get("/{int:numero}/plan", response=Page[ChoixOut], summary="Le plan : qui utilise quoi, année par année")
def plan(request: HttpRequest, numero: int, paging: PagingQuery) -> Any:
    """Une ligne par fonction et établissement."""
    held = _sound(request, numero)
    first = held.built.problem.first_year
    rows = [
        ChoixOut(
            etablissement=one.establishment, fonction=one.function, aujourd_hui=one.before, a_la_fin=one.by_year[-1],
            bascule=None if one.switch_year is None else first + one.switch_year,
            par_annee={first + rank: product for rank, product in enumerate(one.by_year)},
        )
        for one in held.choices
    ]  # fmt: skip
    return answer(request, f"plan-{numero}", ChoixOut, rows, paging)


@router.get("/{int:numero}/couts", response=Page[CoutOut], summary="Les coûts, par établissement, année et nature")
def costs(request: HttpRequest, numero: int, paging: PagingQuery) -> Any:
    """Recomptés par le vérificateur."""
    held = _sound(request, numero)
    problem = held.built.problem
    rows = [
        CoutOut(etablissement=place, annee=problem.first_year + rank, part=part.value, euros=round(euros, 2))
        for (place, rank, part), euros in sorted(trajectory.costs_by_part(problem, held.choices).items())
    ]
    return answer(request, f"couts-{numero}", CoutOut, rows, paging)


@router.get("/{int:numero}/documents/{document}", response=FichierOut, summary="Un document, en DOCX ou PDF")
def document(request: HttpRequest, numero: int, document: str, format: Literal["docx", "pdf"] = "docx") -> FichierOut:
    """`schema-directeur` ou `cahier-des-charges`, écrit à l'instant depuis un plan relu."""
    _seeing(request)
    body = trajectory.document(numero, document, format)
    name = f"{document}-{numero}.{format}"
    return FichierOut(nom=name, type=trajectory.TYPES[format], contenu=b64encode(body).decode())


@router.post("/{int:numero}/reglages", response=TrajectoireNumeroOut, summary="Changer les réglages")
def change(request: HttpRequest, numero: int, given: ReglagesIn) -> TrajectoireNumeroOut:
    """Ce qui est absent reste. Rend le numéro de la version."""
    scope = _seeing(request)
    settings = _changed(trajectory.scenario(numero).version.settings, given)
    what = "Réglages changés par l'API"
    return TrajectoireNumeroOut(numero=trajectory.change(scope=scope, number=numero, settings=settings, what=what))


def _changed(before: trajectory.Settings, given: ReglagesIn) -> trajectory.Settings:
    def percent(value: float | None) -> float | None:
        return None if value is None else value / 100

    said: dict[str, Any] = {
        "first_year": given.premiere_annee, "years": given.annees, "one_large": given.une_grande,
        "capacity": None if given.capacite is None else tuple(given.capacite),
        "sovereign_share": percent(given.part_souveraine), "carbon_cut": percent(given.baisse_carbone),
        "mandatory_from": given.obligatoire_des, "keep": given.garder,
        "budgets": None if given.budgets is None else tuple(sorted(given.budgets.items())),
        "barred": None if given.exclus is None else tuple(given.exclus),
        "ends": None if given.fins is None else tuple(sorted(given.fins.items())),
        "assumptions": given.hypotheses, "seconds": given.secondes, "gap": percent(given.ecart), "prices": given.prix,
    }  # fmt: skip
    if given.cibles is not None:
        said["targets"] = tuple(
            trajectory.Target(one.fonction, one.part / 100, one.produit, tuple(one.membres)) for one in given.cibles
        )
    if given.poids is not None:
        known = {name: value for name, value in given.poids.items() if hasattr(before.weights, name)}
        said["weights"] = replace(before.weights, **known)
    made = replace(before, **{name: value for name, value in said.items() if value is not None})
    return replace(made, carbon_cut=None) if given.sans_limite_carbone else made


@router.post("/{int:numero}/choix", response=TrajectoireNumeroOut, summary="Imposer ou interdire un choix à la main")
def choice(request: HttpRequest, numero: int, given: ChoixIn) -> TrajectoireNumeroOut:
    """Remplace ce qui était dit de cette fonction dans cet établissement. Rend le numéro de la version."""
    scope = _seeing(request)
    settings = trajectory.scenario(numero).version.settings
    made = trajectory.Hand(given.etablissement, given.fonction, given.produit, given.annee, given.impose)
    key = made.establishment, made.function
    kept = tuple(one for one in settings.hands if (one.establishment, one.function) != key)
    what = f"{given.etablissement}, {given.fonction} : {given.produit} {'imposé' if given.impose else 'interdit'}"
    settings = replace(settings, hands=(*kept, made))
    return TrajectoireNumeroOut(numero=trajectory.change(scope=scope, number=numero, settings=settings, what=what))


@router.post("/{int:numero}/annuler", response=TrajectoireNumeroOut, summary="Annuler le dernier réglage")
def undo(request: HttpRequest, numero: int) -> TrajectoireNumeroOut:
    """Rien n'est effacé : une version reprend la précédente."""
    trajectory.undo(scope=_seeing(request), number=numero)
    return TrajectoireNumeroOut(numero=trajectory.scenario(numero).version.id)


@router.post("/{int:numero}/copier", response=TrajectoireNumeroOut, summary="Copier sur les mêmes données figées")
def copy(request: HttpRequest, numero: int) -> TrajectoireNumeroOut:
    """Les deux scénarios se comparent."""
    return TrajectoireNumeroOut(numero=trajectory.copy(scope=_seeing(request), number=numero))


@router.post("/{int:numero}/calculer", response=TrajectoireNumeroOut, summary="Lancer le calcul")
def search(request: HttpRequest, numero: int) -> TrajectoireNumeroOut:
    """En arrière-plan : suivez-le par le scénario. Rend le numéro du calcul."""
    return TrajectoireNumeroOut(numero=trajectory.ask(scope=_seeing(request), number=numero))


@router.post("/{int:numero}/arreter", response=TrajectoireNumeroOut, summary="Arrêter et garder le meilleur plan")
def stop(request: HttpRequest, numero: int) -> TrajectoireNumeroOut:
    """Sans plan trouvé, le calcul est annulé."""
    trajectory.stop(scope=_seeing(request), number=numero)
    return TrajectoireNumeroOut(numero=numero)


@router.post("/{int:numero}/publier", response=TrajectoireNumeroOut, summary="Choisir ce plan pour le groupement")
def choose(request: HttpRequest, numero: int, given: MotIn) -> TrajectoireNumeroOut:
    """Le plan doit être vérifié et à jour de ses réglages."""
    trajectory.choose(scope=_seeing(request), number=numero, note=given.note)
    return TrajectoireNumeroOut(numero=numero)


@router.post("/{int:numero}/retirer", response=TrajectoireNumeroOut, summary="Retirer la publication")
def take_back(request: HttpRequest, numero: int, given: TrajectoireMotifIn) -> TrajectoireNumeroOut:
    """Le scénario reste lisible."""
    trajectory.take_back(scope=_seeing(request), number=numero, note=given.motif)
    return TrajectoireNumeroOut(numero=numero)
