"""``archipel forecast``: refresh, import of a history, what is expected, from a terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from archipel.foundation import runtime
from archipel.kernel.errors import Conflict

app = typer.Typer(help="Prévisions : calculer, importer un historique, lire.", no_args_is_help=True)


@app.command("refresh")
def refresh_command(
    number: Annotated[int, typer.Option("--numero", help="Calcul déjà demandé ; 0 : un nouveau.")] = 0,
    workers: Annotated[int, typer.Option("--processus", help="Processus de calcul ; 0 : deux au plus.")] = 0,
) -> None:
    """Refait toutes les prévisions et mesure leur erreur (contrôle rétrospectif)."""
    runtime.ready()
    from rich.progress import Progress  # noqa: PLC0415

    from archipel.scenarios.forecast import public as forecast  # noqa: PLC0415 - Django once the environment is ready

    with Progress(transient=True) as bar:
        task = bar.add_task("Prévisions", total=None)
        try:
            done = forecast.refresh(
                number=number or None,
                workers=workers,
                told=lambda count, total: bar.update(task, completed=count, total=total),
            )
        except Conflict as error:
            if not number:
                raise
            typer.echo(error.message)
            return
    typer.echo(
        f"Calcul n° {done.number} : {done.curves} courbes en {done.seconds:.1f} s, dont {done.models} où un modèle "
        f"fait mieux que les références, {done.short} série(s) trop courte(s)."
    )


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="Historique, CSV ou XLSX.", exists=True, dir_okay=False)],
    write: Annotated[bool, typer.Option("--ecrire", help="Enregistre ; sans cela, montre seulement.")] = False,
) -> None:
    """Lit un historique (nombres par jour ou par heure) et dit ce qu'il ferait."""
    runtime.ready()
    from archipel.foundation.scope import in_scope  # noqa: PLC0415
    from archipel.scenarios.forecast import public as forecast  # noqa: PLC0415 - Django once the environment is ready

    scope = forecast.everyone()
    with in_scope(scope):
        number = forecast.receive(scope=scope, raw=file.read_bytes(), name=file.name)
        seen = forecast.examine(scope=scope, number=number)
    for one in seen.problems[:20]:
        typer.echo(f"  ligne {one.line}, {one.column} : trouvé « {one.found} », attendu {one.expected}")
    typer.echo(
        f"Fichier n° {number} : {seen.read} lignes lues, {seen.refused} refusées, {len(seen.lines)} séries, "
        f"{seen.written} jours à écrire."
    )
    if write:
        with in_scope(scope):
            typer.echo(f"{forecast.apply(scope=scope, number=number)} jours enregistrés.")
    else:
        typer.echo("Rien n'est enregistré (ajoutez --ecrire).")


@app.command("lire")
def read_command(
    lieu: Annotated[str, typer.Argument(help="site:FINESS ou ght:code.")],
    mesure: Annotated[str, typer.Option(help="arrivees, admissions, sorties ou presents.")] = "arrivees",
    filiere: Annotated[str, typer.Option(help="Code de filière ; vide : toutes.")] = "",
    grain: Annotated[str, typer.Option(help="jour ou heure.")] = "jour",
) -> None:
    """Écrit une prévision (JSON, une ligne par point) avec son erreur mesurée."""
    runtime.ready()
    from archipel.foundation.scope import in_scope  # noqa: PLC0415
    from archipel.scenarios.forecast import public as forecast  # noqa: PLC0415 - Django once the environment is ready

    level, _, code = lieu.partition(":")
    scope = forecast.everyone()
    with in_scope(scope):
        key = forecast.SeriesKey(level, code, mesure, filiere)
        found = forecast.curve(scope=scope, key=key, grain=grain)
    if found is None:
        typer.echo("Cette prévision n'est pas calculée.")
        raise typer.Exit(1)
    shown = found.shown
    head = {"serie": key.name, "etat": found.state, "methode": found.method, "erreur": shown.mae if shown else None}
    typer.echo(json.dumps(head, ensure_ascii=False))
    for point in found.points:
        body = {"moment": point.moment.isoformat(), "p10": point.p10, "p50": point.p50, "p90": point.p90}
        typer.echo(json.dumps(body))
