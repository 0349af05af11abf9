"""``archipel systemes``: import, export and consolidated view from a terminal, on every establishment."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from archipel.foundation import runtime
from archipel.foundation.scope import EVERYWHERE, Scope, in_scope, system_scope
from archipel.kernel.errors import Invalid

app = typer.Typer(help="Systèmes d'information : importer, exporter l'inventaire.", no_args_is_help=True)


def _scope() -> Scope:
    """Make ready, then act as the system on every establishment."""
    runtime.ready()
    from archipel.territory.public import establishments  # noqa: PLC0415 - Django once the environment is ready

    with in_scope(system_scope("systemes", [EVERYWHERE])):
        return system_scope("systemes", [row.code for row in establishments()])


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="Inventaire, CSV ou XLSX.", exists=True, dir_okay=False)],
    establishment: Annotated[str, typer.Option(help="FINESS EJ des lignes qui n'en disent pas.")] = "",
    source: Annotated[str, typer.Option(help="Qui tient ce tableur : ses colonnes sont retenues.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Montre ce qui changerait, sans rien enregistrer.")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="Écrit ici le rapport (JSON).")] = None,
) -> None:
    """Importe un inventaire : essai à blanc, puis enregistrement des bonnes lignes."""
    scope, begin = _scope(), time.perf_counter()
    from archipel.domains.systems import public as systems  # noqa: PLC0415

    with in_scope(scope):
        number = systems.receive(
            scope=scope, name=file.name, raw=file.read_bytes(), source=source, establishment=establishment
        )
        made = systems.trial(scope=scope, number=number)
        written = 0
        if made.writes and not dry_run:
            written = systems.apply(scope=scope, number=number, expected=made.digest)
    for problem in made.problems[:20]:
        typer.echo(f"  {problem.message} Trouvé : {problem.found}. Attendu : {problem.expected}.")
    if len(made.problems) > 20:
        typer.echo(f"  … et {len(made.problems) - 20} autres, dans le rapport.")
    counts = {effect.value: made.count(effect) for effect in systems.Effect}
    seconds = round(time.perf_counter() - begin, 2)
    told = ", ".join(f"{count} {name}(s)" for name, count in counts.items())
    typer.echo(f"Fichier n° {number} : {told}, {len(made.problems)} ligne(s) fautive(s), {seconds} s.")
    typer.echo(f"{written} énoncé(s) enregistré(s)." if not dry_run else "Rien n'est enregistré (--dry-run).")
    if report is not None:
        problems = [
            {"feuille": p.sheet, "ligne": p.line, "colonne": p.column, "trouve": p.found, "attendu": p.expected,
             "message": p.message}
            for p in made.problems
        ]  # fmt: skip
        body = {"numero": number, "lignes": counts, "enonces": written, "secondes": seconds, "fautes": problems}
        report.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@app.command("export")
def export_file(
    file: Annotated[Path, typer.Argument(help="Fichier à écrire : .csv ou .xlsx.")],
    kind: Annotated[str, typer.Option(help="application, contrat, interface, equipement, technologie, osis…")] = (
        "application"
    ),
    establishment: Annotated[str, typer.Option(help="FINESS EJ ; tous par défaut.")] = "",
) -> None:
    """Exporte l'inventaire dans la forme où il s'importe, ou la vue consolidée (osis)."""
    scope = _scope()
    from archipel.domains.systems import public as systems  # noqa: PLC0415
    from archipel.foundation.web.export import csv_bytes, xlsx_bytes  # noqa: PLC0415

    if kind != "osis" and kind not in {one.value for one in systems.Kind}:
        raise Invalid(f"Nature « {kind} » inconnue.", code="nature")
    places = [establishment] if establishment else sorted(scope.systems)
    with in_scope(scope):
        known = systems.inventory()
        if kind == "osis":
            titles, rows = systems.osis(known, places)
        else:
            wanted = systems.Wanted(systems.Kind(kind), frozenset(places))
            titles = [field.label for field in systems.FIELDS[wanted.kind]]
            rows = systems.export_rows(wanted.kind, systems.rows(known, wanted))
        made = (xlsx_bytes if file.suffix.lower() == ".xlsx" else csv_bytes)(titles, rows)
    file.write_bytes(made)
    typer.echo(f"{file} écrit.")


@app.command("tableau")
def export_table(
    name: Annotated[str, typer.Argument(help="couverture, echeances, couts, comparer, dependances, concentration, "
                                        "hebergement, supports, carbone, fragilites, ia, arret, campagne, indicateurs, "
                                        "osis.")],
    file: Annotated[Path, typer.Argument(help="Fichier à écrire : .csv ou .xlsx.")],
    establishment: Annotated[str, typer.Option(help="FINESS EJ ; tous par défaut.")] = "",
    by: Annotated[str, typer.Option(help="Coûts : fonction ou produit.")] = "fonction",
    sides: Annotated[str, typer.Option(help="Comparer : les deux FINESS EJ, séparés par une virgule.")] = "",
    stop: Annotated[str, typer.Option(help="Arrêt : FINESS|code de l'application.")] = "",
) -> None:  # fmt: skip
    """Écrit un tableau des systèmes d'information, tel que l'écran le montre."""
    scope = _scope()
    from django.utils import timezone  # noqa: PLC0415

    from archipel.domains.systems import public as systems  # noqa: PLC0415
    from archipel.foundation.web.export import csv_bytes, xlsx_bytes  # noqa: PLC0415
    from archipel.territory.public import establishments  # noqa: PLC0415

    first, _, second = sides.partition(",")
    options = {"par": by, "a": first, "b": second, "arret": stop}
    with in_scope(scope):
        members = {one.code: one.label for one in establishments() if establishment in ("", one.code)}
        found = systems.table(name, systems.About(timezone.localdate(), members, options))
        made = (xlsx_bytes if file.suffix.lower() == ".xlsx" else csv_bytes)(list(found.titles), found.rows)
    file.write_bytes(made)
    typer.echo(f"{file} écrit.")


@app.command("annuler")
def undo_import(
    number: Annotated[int, typer.Argument(help="Numéro du fichier importé.")],
    reason: Annotated[str, typer.Option(help="Pourquoi.")],
) -> None:
    """Annule en entier ce qu'un import avait dit."""
    scope = _scope()
    from archipel.domains.systems import public as systems  # noqa: PLC0415

    with in_scope(scope):
        count = systems.undo(scope=scope, number=number, reason=reason)
    typer.echo(f"Import n° {number} annulé : {count} énoncé(s).")


MAP_FILES = {".svg": "svg", ".png": "png", ".drawio": "drawio", ".xml": "archimate"}


@app.command("carte")
def export_map(
    file: Annotated[Path, typer.Argument(help="Fichier à écrire : .svg, .png, .drawio, ou .xml (ArchiMate).")],
    view: Annotated[str, typer.Option(help="applications, flux, infrastructure ou editeurs.")] = "applications",
    group_by: Annotated[str, typer.Option(help="domaine, membre, editeur ou hebergement.")] = "domaine",
    establishment: Annotated[str, typer.Option(help="FINESS EJ ; tous par défaut.")] = "",
) -> None:
    """Dessine une carte de l'inventaire dans un fichier."""
    scope = _scope()
    from django.utils import timezone  # noqa: PLC0415

    from archipel.domains.systems import public as systems  # noqa: PLC0415

    kind = MAP_FILES.get(file.suffix.lower())
    if kind is None or view not in {one.value for one in systems.View} or group_by not in systems.GROUPINGS:
        raise Invalid("Carte, groupes ou extension du fichier inconnus : voir --help.", code="carte")
    chosen = frozenset([establishment]) if establishment else frozenset()
    with in_scope(scope):
        day = timezone.localdate()
        asked = systems.Asked(systems.View(view), group_by, chosen)
        placed = systems.drawing(scope, asked, day).placed
    told = f"inventaire au {day:%d/%m/%Y} · {len(placed.graph.nodes)} choses, {len(placed.graph.links)} liens"
    file.write_bytes(systems.file_of(placed, systems.Caption(f"Carte : {view}", told), kind))
    typer.echo(f"{file} écrit : {told}.")
