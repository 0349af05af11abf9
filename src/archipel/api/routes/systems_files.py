"""The inventory in files: spreadsheets tried and taken, every table of the room, maps as files, things withdrawn."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Router, Schema, UploadedFile

from archipel.api.routes.systems import kind_in, seeing
from archipel.domains.systems import public as systems
from archipel.foundation.scope import Scope
from archipel.foundation.web.export import CSV_TYPE, XLSX_TYPE, csv_bytes, xlsx_bytes
from archipel.kernel.errors import NotFound
from archipel.territory import public as territory

router = Router(tags=["systèmes"])
MAP_TYPES = {
    "svg": "image/svg+xml", "png": "image/png", "drawio": "application/xml", "archimate": "application/xml",
}  # fmt: skip


class TableauOut(Schema):
    """A table: titles with their units, and rows in the same order."""

    nom: str
    titres: list[str]
    lignes: list[list[Any]]


class FauteOut(Schema):
    """What is wrong with a line of a file."""

    feuille: str
    ligne: int
    colonne: str
    trouve: str
    attendu: str
    message: str


class EssaiOut(Schema):
    """The dry run of a file: what it would change; its digest is asked for to take it."""

    numero: int
    nom: str
    etat: str
    empreinte: str
    nouveaux: int
    modifies: int
    inchanges: int
    noms_a_dire: list[str]
    fautes: list[FauteOut]


class AccordIn(Schema):
    """Take a file: the digest of the dry run that was read."""

    empreinte: str
    creer_noms: bool = True


class RaisonIn(Schema):
    """Why."""

    motif: str


class FaitSystemesOut(Schema):
    """How many statements were written."""

    enonces: int


def _members(scope: Scope, only: str) -> dict[str, str]:
    """FINESS EJ → short name of the establishments whose inventory the account sees."""
    found = {one.code: one.label for one in territory.establishments() if one.code in scope.systems}
    return {code: name for code, name in found.items() if only in ("", code)}


@router.get("/tableaux/{tableau}", response=TableauOut, summary="Un tableau, en JSON, CSV ou XLSX")
def one_table(
    request: HttpRequest,
    tableau: str,
    etablissement: str = "",
    au: date | None = None,
    par: str = "",
    a: str = "",
    b: str = "",
    arret: str = "",
    format: Literal["json", "csv", "xlsx"] = "json",
) -> Any:
    """`couverture`, `echeances`, `couts` (`par` : fonction ou produit), `comparer` (`a`, `b`), `dependances`,
    `concentration`, `hebergement`, `supports`, `carbone`, `fragilites`, `ia`, `arret` (`arret` : `FINESS|code`),
    `campagne`, `indicateurs`, `osis`."""
    options = {"par": par, "a": a, "b": b, "arret": arret}
    about = systems.About(au or timezone.localdate(), _members(seeing(request), etablissement), options)
    found = systems.table(tableau, about)
    if format == "json":
        rows = [[_plain(value) for value in row] for row in found.rows]
        return TableauOut(nom=tableau, titres=list(found.titles), lignes=rows)
    make, kind = (csv_bytes, CSV_TYPE) if format == "csv" else (xlsx_bytes, XLSX_TYPE)
    return _file(make(list(found.titles), found.rows), kind, f"{tableau}.{format}")


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="archipel-{name}"'
    return response


@router.get(
    "/cartes/{vue}/fichier",
    response=str,
    summary="Une carte en SVG, PNG, draw.io ou ArchiMate",
    openapi_extra={"responses": {200: {"content": {kind: {} for kind in MAP_TYPES.values()}}}},
)
def map_file(
    request: HttpRequest,
    vue: str,
    format: Literal["svg", "png", "drawio", "archimate"] = "svg",
    grouper: str = "domaine",
    etablissement: str = "",
    au: date | None = None,
) -> HttpResponse:
    """La réponse est le fichier lui-même ; `grouper` : domaine, membre, editeur ou hebergement."""
    scope = seeing(request)
    if vue not in {one.value for one in systems.View} or grouper not in systems.GROUPINGS:
        raise NotFound("Carte ou groupes inconnus.", code="carte")
    day = au or timezone.localdate()
    asked = systems.Asked(systems.View(vue), grouper, frozenset([etablissement]) if etablissement else frozenset())
    placed = systems.drawing(scope, asked, day).placed
    body = systems.file_of(placed, systems.Caption(f"Carte : {vue}", f"inventaire au {day:%d/%m/%Y}"), format)
    return _file(body, MAP_TYPES[format], f"carte-{vue}.{'xml' if format == 'archimate' else format}")


@router.post("/imports", response=EssaiOut, summary="Essayer un tableur")
def try_file(
    request: HttpRequest,
    fichier: UploadedFile = File(...),  # type: ignore[type-arg] # noqa: B008 - how ninja says a file
    source: str = "",
    etablissement: str = "",
    depuis: date | None = None,
) -> EssaiOut:
    """CSV ou XLSX. Rien n'est enregistré ; `source` : qui tient ce tableur, ses colonnes sont retenues sous ce nom."""
    scope = seeing(request)
    number = systems.receive(
        scope=scope, name=fichier.name or "fichier", raw=fichier.read(), source=source, establishment=etablissement,
        effective_on=depuis,
    )  # fmt: skip
    return _trial(scope, number)


@router.get("/imports/{numero}", response=EssaiOut, summary="Relire un essai")
def read_trial(request: HttpRequest, numero: int) -> EssaiOut:
    """Recalculé sur l'inventaire d'aujourd'hui."""
    return _trial(seeing(request), numero)


def _trial(scope: Scope, number: int) -> EssaiOut:
    made, info, effects = systems.trial(scope=scope, number=number), systems.file_info(number), systems.Effect
    return EssaiOut(
        numero=number, nom=info.name, etat=info.status, empreinte=made.digest, nouveaux=made.count(effects.NOUVEAU),
        modifies=made.count(effects.MODIFIE), inchanges=made.count(effects.INCHANGE),
        noms_a_dire=[one.text for one in made.doubtful if one.code],
        fautes=[
            FauteOut(feuille=p.sheet, ligne=p.line, colonne=p.column, trouve=p.found, attendu=p.expected,
                     message=p.message)
            for p in made.problems
        ],
    )  # fmt: skip


@router.post("/imports/{numero}/appliquer", response=FaitSystemesOut, summary="Enregistrer les bonnes lignes")
def apply_file(request: HttpRequest, numero: int, body: AccordIn) -> FaitSystemesOut:
    """`creer_noms` : les éditeurs et produits qui ne ressemblent à aucune fiche en deviennent une."""
    count = systems.apply(scope=seeing(request), number=numero, expected=body.empreinte, create_golden=body.creer_noms)
    return FaitSystemesOut(enonces=count)


@router.post("/imports/{numero}/ecarter", response=FaitSystemesOut, summary="Écarter un tableur")
def reject_file(request: HttpRequest, numero: int, body: RaisonIn) -> FaitSystemesOut:
    """Le fichier reste lisible."""
    systems.reject(scope=seeing(request), number=numero, reason=body.motif)
    return FaitSystemesOut(enonces=0)


@router.post("/imports/{numero}/annuler", response=FaitSystemesOut, summary="Annuler un import")
def undo_file(request: HttpRequest, numero: int, body: RaisonIn) -> FaitSystemesOut:
    """Refusé quand une de ses fiches a changé depuis."""
    return FaitSystemesOut(enonces=systems.undo(scope=seeing(request), number=numero, reason=body.motif))


@router.post("/fiches/{nature}/{ej}/{code}/retirer", response=FaitSystemesOut, summary="Retirer une fiche")
def withdraw(request: HttpRequest, nature: str, ej: str, code: str, body: RaisonIn) -> FaitSystemesOut:
    """Son histoire reste lisible."""
    key = systems.Key(kind_in(nature), "" if ej == "commun" else ej, code)
    systems.withdraw(scope=seeing(request), key=key, reason=body.motif)
    return FaitSystemesOut(enonces=1)
