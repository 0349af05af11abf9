"""``archipel structure``: import, export and reference data from a terminal.

They make the database and Django ready themselves, and act as the system, on every establishment.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archipel.foundation import runtime
from archipel.foundation.scope import EVERYWHERE, Scope, in_scope, system_scope
from archipel.kernel.errors import Invalid

if TYPE_CHECKING:
    from archipel.territory.services.imports import DryRun

app = typer.Typer(help="Structure du groupement : importer, exporter.", no_args_is_help=True)


def _scope() -> Scope:
    """Make ready, then act as the system on every establishment."""
    runtime.ready()
    from archipel.territory.queries.today import establishments  # noqa: PLC0415 - Django once the environment is ready

    with in_scope(system_scope("structure", [EVERYWHERE])):
        return system_scope("structure", [row.code for row in establishments()])


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="Fichier commun de structure, CSV ou XLSX.", exists=True, dir_okay=False)
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Montre ce qui changerait, sans rien publier.")] = False,
    report: Annotated[Path | None, typer.Option(help="Écrit ici le rapport (JSON).")] = None,
    effective: Annotated[str, typer.Option(help="Date d'effet (jj/mm/aaaa) ; aujourd'hui par défaut.")] = "",
    establishment: Annotated[str, typer.Option(help="FINESS EJ des lignes qui n'en disent pas.")] = "",
    complete: Annotated[bool, typer.Option("--complete", help="Ferme ce que le fichier ne nomme pas.")] = False,
    reason: Annotated[str, typer.Option(help="Motif de la publication.")] = "Import en ligne de commande",
) -> None:
    """Importe un fichier de structure : essai à blanc, puis publication si rien ne l'empêche."""
    scope, begin, raw = _scope(), time.perf_counter(), file.read_bytes()
    from django.utils import timezone  # noqa: PLC0415

    from archipel.territory.ficom import reader  # noqa: PLC0415
    from archipel.territory.services import imports  # noqa: PLC0415

    day = reader.parse_date(effective) if effective else timezone.localdate()
    if day is None:
        raise Invalid(f"« {effective} » n'est pas une date : jj/mm/aaaa attendu.", code="date-impossible")
    with in_scope(scope):
        read = reader.read(raw, file.name, establishment)
        run = imports.dry_run(statements=read.statements, problems=read.problems, effective_on=day, complete=complete)
        body = {**run.report(), "lignes": read.lines, "secondes": round(time.perf_counter() - begin, 3)}
        _tell(run, read.lines, body["secondes"])
        published = None
        if not dry_run and run.publishable:
            info = imports.propose(
                scope=scope, kind="ficom", name=file.name, raw=raw, statements=read.statements, problems=read.problems,
                effective_on=day, complete=complete,
            )  # fmt: skip
            published = imports.publish_proposal(scope=scope, proposal=info.id, expected=run.digest, reason=reason)
            typer.echo(f"Publication n° {published.id} : {published.changed} entités.")
    body["publication"] = published.id if published else None
    if report is not None:
        report.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if run.blocking:
        raise typer.Exit(1)


def _tell(run: DryRun, lines: int, seconds: object) -> None:
    totals = ", ".join(f"{count} {label}(s)" for label, count in run.totals.items())
    typer.echo(f"{lines} lignes lues en {seconds} s : {totals} ; {run.blocking} problème(s) bloquant(s).")
    for problem in run.problems[:20]:
        typer.echo(f"  [{problem.severity.value}] {problem.sentence}")
    if len(run.problems) > 20:
        typer.echo(f"  … et {len(run.problems) - 20} autres, dans le rapport.")
    for line in run.impact:
        typer.echo(f"  impact : {line.key} : {line.count} {line.what}")


@app.command("export")
def export_file(
    file: Annotated[Path, typer.Argument(help="Fichier à écrire : .csv ou .xlsx.")],
    on: Annotated[str, typer.Option(help="Structure à cette date (jj/mm/aaaa) ; aujourd'hui par défaut.")] = "",
    establishment: Annotated[str, typer.Option(help="FINESS EJ ; tous par défaut.")] = "",
) -> None:
    """Exporte la structure dans le format du fichier commun de structure."""
    scope = _scope()
    from django.utils import timezone  # noqa: PLC0415

    from archipel.territory.ficom import reader, writer  # noqa: PLC0415
    from archipel.territory.queries.timelines import structure  # noqa: PLC0415

    day = reader.parse_date(on) if on else timezone.localdate()
    if day is None:
        raise Invalid(f"« {on} » n'est pas une date : jj/mm/aaaa attendu.", code="date-impossible")
    with in_scope(scope):
        known = structure([establishment] if establishment else None)
    made = writer.to_xlsx if file.suffix.lower() == ".xlsx" else writer.to_csv
    file.write_bytes(made(known.timelines, known.provisional, day))
    typer.echo(f"{file} écrit.")


@app.command("load-reference")
def load_reference(ght: Annotated[str, typer.Argument(help="Code ou nom du GHT.")]) -> None:
    """Charge un GHT réel (établissements, sites, coordonnées, capacités SAE) depuis les données de référence."""
    scope = _scope()
    from archipel.territory.services import reference  # noqa: PLC0415

    with in_scope(scope):
        done = reference.load_reference(scope=scope, ght_code=ght)
    typer.echo(f"Publication n° {done.id} : {done.changed} entités." if done else "Déjà chargé : rien à faire.")


@app.command("refresh")
def refresh_today() -> None:
    """Recalcule la structure du jour (à lancer chaque nuit : des ouvertures et fermetures datées prennent effet)."""
    scope = _scope()
    from archipel.territory.services.projections import refresh  # noqa: PLC0415

    with in_scope(scope):
        refresh(scope.establishments)
    typer.echo(f"{len(scope.establishments)} établissements à jour.")
