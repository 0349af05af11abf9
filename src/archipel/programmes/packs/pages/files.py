"""Files of packs: the file itself, its tables, its calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event

from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import NotFound
from archipel.programmes.packs.pages.common import Asked, asked, reading
from archipel.programmes.packs.pages.showing import calendar_rows, catalogue_context, proof_text, rule_rows
from archipel.programmes.packs.queries import store
from archipel.programmes.packs.services import rights
from archipel.programmes.packs.values.versions import Status
from archipel.territory.screens.common import download

Table = tuple[Sequence[str], Iterable[Sequence[object]]]


@require_safe
@reading
def raw(request: HttpRequest, version_id: int) -> HttpResponse:
    """The file of a version, as it was received. Proposals are shown to those who may propose.

    Raises:
        NotFound: no such version, or one that this account may not see.
    """
    info = store.info(version_id)
    if info.status not in (Status.PUBLIEE, Status.RETIREE) and not rights.may_propose(scope_of(request)):
        raise NotFound("Cette version n'existe pas.", code="version-inconnue")
    name = "-".join(part for part in (info.pack, info.region, info.version) if part)
    return download(store.content(info.sha256).encode(), "application/yaml; charset=utf-8", f"{name}.yaml")


def _requirements(found: Asked) -> Table:
    columns = (
        "Thème",
        "Objectif",
        "Résultat attendu",
        "Exigence",
        "Preuve",
        "Obligatoire",
        "Jalon",
        "Source",
        "Chemin",
    )
    return columns, (
        (one.theme.libelle, one.objectif.libelle, one.resultat.libelle, one.exigence.libelle,
         proof_text(one.exigence.preuve), one.exigence.obligatoire, one.exigence.jalon, str(one.exigence.source),
         one.path)
        for one in found.pack.requirements()
    )  # fmt: skip


def _rules(found: Asked) -> Table:
    rows = rule_rows(found.pack, store.cases_of(found.pack))
    return ("Règle", "Nom", "Niveau", "Condition", "Sert à", "Cas réussis", "Cas échoués", "Source"), (
        (row.rule.libelle, row.rule.id, row.level, "\n".join(row.phrase.lines()), "; ".join(row.roles), row.passed,
         row.failed, str(row.rule.source))
        for row in rows
    )  # fmt: skip


def _dates(found: Asked) -> Table:
    return ("Jalon", "Quand", "Début", "Fin", "Nature", "Certitude", "État", "Source"), (
        (row.line.libelle, row.when, row.line.debut, row.line.fin, row.line.nature, row.certainty, row.state_label,
         str(row.line.source))
        for row in calendar_rows(found.pack, found.day)
    )  # fmt: skip


def _help(found: Asked) -> Table:
    columns = ("N°", "Nom", "Type", "Thèmes", "Opérateurs", "Accès", "Financement", "Coût (€)", "Délai", "Disponible",
               "Fiche", "Source")  # fmt: skip
    return columns, (
        (row.help.numero, row.help.nom, row.type, row.themes, row.operators, row.route, row.modes,
         row.help.cout.montant if row.help.cout else None, row.delay, row.available, row.help.fiche,
         str(row.help.source))
        for row in catalogue_context(found.pack)["aides"]
    )  # fmt: skip


def _indicators(found: Asked) -> Table:
    return ("Grille", "Rubrique", "Code", "Indicateur", "Saisie", "Barème", "Répond", "Source"), (
        (grid.libelle, one.rubrique, one.code, one.libelle, one.saisie, one.bareme, one.porteur, str(one.source))
        for grid in found.pack.grilles
        for one in grid.indicateurs
    )


def _defects(found: Asked) -> Table:
    return ("Défaut", "Trouvé", "Attendu", "Effet", "Source"), (
        (one.id, one.trouve, one.attendu, one.effet, str(one.source)) for one in found.pack.defauts
    )


TABLES: dict[str, Callable[[Asked], Table]] = {
    "exigences": _requirements,
    "regles": _rules,
    "calendrier": _dates,
    "aides": _help,
    "indicateurs": _indicators,
    "defauts": _defects,
}


@require_safe
@reading
def export(request: HttpRequest, pack: str, table: str) -> HttpResponse:
    """A table of a pack as CSV or XLSX.

    Raises:
        NotFound: no such pack, version or table.
    """
    found = asked(request, pack)
    if table not in TABLES:
        raise NotFound("Ce tableau n'existe pas.", code="tableau-inconnu")
    columns, rows = TABLES[table](found)
    return table_response(request, f"{pack}-{table}", columns, rows)


@require_safe
@reading
def calendar(request: HttpRequest, pack: str) -> HttpResponse:
    """The dated lines of the calendar, for a calendar application; those without a day are left out."""
    found = asked(request, pack)
    book = Calendar()
    book.add("prodid", "-//Archipel//referentiels//FR")
    book.add("version", "2.0")
    for line in found.pack.calendrier:
        start = line.debut or line.fin
        if start is None:
            continue
        event = Event()
        event.add("uid", f"{pack}-{found.info.version}-{line.id}@archipel")
        event.add("dtstamp", timezone.now())
        event.add("dtstart", start)
        event.add("dtend", (line.fin or start) + timedelta(days=1))
        event.add("summary", f"{found.pack.titre} : {line.libelle}")
        event.add("description", f"Source : {line.source}. Date {line.certitude}.")
        book.add_component(event)
    return download(book.to_ical(), "text/calendar; charset=utf-8", f"{pack}.ics")
