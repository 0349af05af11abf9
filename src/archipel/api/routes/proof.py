"""Proof: requirements and their statuses, live metrics, archives, public keys. No identity, no row."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.http import HttpRequest
from ninja import Router, Schema

from archipel.api.access import scope_of_request
from archipel.api.tables import Page, PagingQuery, answer
from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Invalid
from archipel.programmes.proof import public as proof

router = Router(tags=["preuves"])


class GrandeurOut(Schema):
    """One number of a metric; `valeur` null: unknown, or not shown here (`raison`)."""

    code: str
    libelle: str
    valeur: str | None
    unite: str
    raison: str


class MesureOut(Schema):
    """A live metric: what it is."""

    id: str
    libelle: str
    pourquoi: str
    formule: str
    unite: str
    niveaux: list[str]
    source: str
    fraicheur_jours: float
    passe: str


class LectureOut(Schema):
    """What a metric says of a subject."""

    mesure: str
    sujet: str
    niveau: str
    au: datetime
    connu_au: datetime
    fait_le_plus_recent: datetime | None
    lignes: int
    lignes_sha256: str
    grandeurs: list[GrandeurOut]


class ExigenceOut(Schema):
    """A requirement, for an entity."""

    NESTED: ClassVar[tuple[str, ...]] = ("motifs",)
    pack: str
    version: str
    chemin: str
    libelle: str
    sujet: str
    niveau: str
    nom: str
    statut: str
    motifs: list[str]
    preuve: str
    mesure: str
    valeur: str | None
    unite: str
    jusqu_au: datetime | None
    echeance: date | None
    source: str


class ArchiveOut(Schema):
    """An archive issued."""

    NESTED: ClassVar[tuple[str, ...]] = ("totaux",)
    numero: int
    pack: str
    version: str
    sujet: str
    niveau: str
    au: datetime
    connu_au: datetime
    emise_le: datetime
    par: str
    sha256: str
    octets: int
    cle: str
    totaux: dict[str, int]


class GelIn(Schema):
    """An archive to make."""

    pack: str
    sujet: str
    version: str = ""
    au: datetime | None = None
    connu_au: datetime | None = None


class GelOut(Schema):
    """Where a freezing stands; `archive` is its number once made."""

    numero: int
    etat: str
    fait: int
    total: int
    message: str
    archive: int | None


class CleOut(Schema):
    """A public key."""

    empreinte: str
    pem: str
    depuis: datetime
    presente: bool


def _seeing(request: HttpRequest) -> Scope:
    scope = scope_of_request(request)
    scope.require(Capability.VOIR_PROGRAMMES)
    return scope


@router.get("/mesures", response=Page[MesureOut], summary="Les mesures en direct")
def metrics(request: HttpRequest, paging: PagingQuery) -> Any:
    """Ce que chacune veut dire, comment elle se calcule, quand elle ne prouve plus rien."""
    _seeing(request)
    rows = [
        MesureOut(
            id=one.id, libelle=one.label, pourquoi=one.why, formule=one.formula, unite=one.unit,
            niveaux=sorted(level.value for level in one.levels), source=one.source, fraicheur_jours=one.stale_days,
            passe=one.past.value,
        )
        for one in proof.metrics()
    ]  # fmt: skip
    return answer(request, "mesures", MesureOut, rows, paging)


@router.get("/mesures/{mesure}/lectures", response=Page[LectureOut], summary="Les lectures d'une mesure")
def readings(request: HttpRequest, mesure: str, sujet: str, paging: PagingQuery) -> Any:
    """Les lectures gardées pour un FINESS ou un GHT, la plus récente d'abord ; effectifs sous 11 non montrés."""
    scope = _seeing(request)
    rows = [_reading(mesure, *one) for one in proof.readings(scope=scope, metric=mesure, subject=sujet)]
    return answer(request, "lectures", LectureOut, rows, paging)


def _reading(metric: str, subject: proof.Subject, found: proof.Indicator) -> LectureOut:
    return LectureOut(
        mesure=metric, sujet=subject.code, niveau=subject.level.value, au=found.at, connu_au=found.known_at,
        fait_le_plus_recent=found.newest, lignes=found.rows, lignes_sha256=found.rows_sha256,
        grandeurs=[
            GrandeurOut(
                code=one.code, libelle=one.label, valeur=None if one.value is None else str(one.value),
                unite=one.unit, raison=one.reason,
            )
            for one in found.measures
        ],
    )  # fmt: skip


@router.get("/exigences", response=Page[ExigenceOut], summary="Le statut des exigences")
def requirements(
    request: HttpRequest, sujet: str, paging: PagingQuery, pack: str = "", version: str = "", au: str = ""
) -> Any:
    """Pour un FINESS ou un GHT ; `au` : à cette date (ISO 8601 avec décalage), maintenant par défaut."""
    scope = _seeing(request)
    found = proof.statuses(scope=scope, subject=sujet, pack=pack, version=version, at=_moment(au))
    return answer(request, "exigences", ExigenceOut, [_requirement(one) for one in found], paging)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Invalid(f"« {text[:40]} » n'est pas un moment ISO 8601 avec son décalage.", code="date", field="au")
    return found


def _requirement(one: proof.RequirementStatus) -> ExigenceOut:
    asked, measure = one.requirement, one.measure
    return ExigenceOut(
        pack=asked.pack, version=asked.version, chemin=asked.path, libelle=asked.label, sujet=one.subject.code,
        niveau=one.subject.level.value, nom=one.subject.label, statut=one.status.value,
        motifs=list(one.finding.reasons), preuve=one.binding.nature.value, mesure=one.binding.metric,
        valeur=None if measure is None or measure.value is None else str(measure.value),
        unite=measure.unit if measure else "", jusqu_au=one.finding.until, echeance=asked.due,
        source=f"{asked.source.document}, {asked.source.paragraph}",
    )  # fmt: skip


@router.get("/archives", response=Page[ArchiveOut], summary="Le registre des archives émises")
def archives(request: HttpRequest, paging: PagingQuery) -> Any:
    """Celles dont le compte voit tous les établissements ; le fichier se prend depuis la page des archives."""
    _seeing(request)
    rows = [
        ArchiveOut(
            numero=one.number, pack=one.pack, version=one.version, sujet=one.subject.code,
            niveau=one.subject.level.value, au=one.at, connu_au=one.known_at, emise_le=one.issued_at, par=one.actor,
            sha256=one.sha256, octets=one.size, cle=one.fingerprint,
            totaux={status.value: number for status, number in one.counts.items()},
        )
        for one in proof.archives()
    ]  # fmt: skip
    return answer(request, "archives", ArchiveOut, rows, paging)


@router.post("/gels", response=GelOut, summary="Demander le gel d'une archive")
def freeze(request: HttpRequest, gel: GelIn) -> Any:
    """Faite en arrière-plan : suivez son numéro. Demande le droit de gérer chaque établissement."""
    scope = _seeing(request)
    number = proof.ask_freeze(
        scope=scope, pack=gel.pack, subject=gel.sujet, version=gel.version, at=gel.au, known_at=gel.connu_au
    )
    return _freezing(number)


@router.get("/gels/{numero}", response=GelOut, summary="Où en est un gel")
def freezing(request: HttpRequest, numero: int) -> Any:
    """État, avancement, et numéro de l'archive une fois faite."""
    _seeing(request)
    return _freezing(numero)


def _freezing(number: int) -> GelOut:
    one = proof.freezing(number)
    return GelOut(
        numero=one.number, etat=one.state, fait=one.done, total=one.total, message=one.message, archive=one.archive
    )


@router.get("/cles", response=Page[CleOut], summary="Les clés publiques qui signent les archives")
def keys(request: HttpRequest, paging: PagingQuery) -> Any:
    """La présente d'abord ; les anciennes vérifient les archives d'avant leur remplacement."""
    _seeing(request)
    rows = [
        CleOut(empreinte=one.key.fingerprint, pem=one.key.pem.decode(), depuis=one.since, presente=one.present)
        for one in proof.published()
    ]
    return answer(request, "cles", CleOut, rows, paging)
