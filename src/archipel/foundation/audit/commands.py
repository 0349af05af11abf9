"""The ``archipel audit`` commands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from archipel.foundation import runtime
from archipel.kernel.errors import NotFound

app = typer.Typer(help="La chaîne des traces : sceller, vérifier, ancrer.", no_args_is_help=True)


def _boot() -> None:
    runtime.boot(Path(os.environ.get("ARCHIPEL_DATA", ".archipel")).absolute(), owner_pid=os.getpid())


@app.command("verify")
def verify_command(
    anchor: Annotated[Path | None, typer.Option(help="Ancre gardée ailleurs (archipel audit anchor).")] = None,
) -> None:
    """Vérifie toute la chaîne ; le code de sortie est 1 si quelque chose a été touché."""
    _boot()
    from archipel.foundation.audit import chain  # noqa: PLC0415 - Django once the environment is ready
    from archipel.foundation.audit.anchor import Anchor  # noqa: PLC0415

    known = None
    if anchor is not None:
        if not anchor.is_file():
            raise NotFound(f"L'ancre « {anchor} » est introuvable.", code="ancre-introuvable")
        known = Anchor.load(anchor.read_text(encoding="utf-8"))
    report = chain.verify(known)
    typer.echo(f"Positions vérifiées : {report.verified} ; dernière : {report.last_position}.")
    if report.last_position:
        typer.echo(f"Dernière empreinte : {report.last_hash.hex()}")
    if report.unsealed:
        age = int(report.oldest_unsealed.total_seconds()) if report.oldest_unsealed else 0
        typer.echo(f"Actes pas encore scellés : {report.unsealed}, le plus ancien depuis {age} s.")
    if known is None:
        typer.echo("Sans ancre, une chaîne coupée à sa fin paraît entière : voir « archipel audit anchor ».")
    for fault in report.faults:
        typer.secho(fault.message, fg=typer.colors.RED, err=True)
    if not report.ok:
        typer.secho(
            f"Chaîne rompue à la position {report.faults[0].position} : "
            f"{report.changed} modifié(s), {report.missing} absent(s).",
            fg=typer.colors.RED,
            err=True,
        )
        raise typer.Exit(1)
    typer.secho("Chaîne intacte.", fg=typer.colors.GREEN)


@app.command("seal")
def seal_command(
    limit: Annotated[int, typer.Option(help="Actes scellés au plus par passe.", min=1)] = 10_000,
) -> None:
    """Scelle tout ce qui est inscrit et ne l'est pas encore."""
    _boot()
    from archipel.foundation.audit import chain  # noqa: PLC0415

    total = 0
    while done := chain.seal(limit):
        total += done
        if done < limit:
            break
    typer.echo(f"{total} acte(s) scellé(s).")


@app.command("anchor")
def anchor_command(
    output: Annotated[Path | None, typer.Option(help="Fichier à écrire ; à défaut, la sortie.")] = None,
) -> None:
    """Écrit une ancre signée de la fin de la chaîne, à garder ailleurs."""
    _boot()
    from archipel.foundation.audit import chain  # noqa: PLC0415

    text = chain.current_anchor().dump()
    if output is None:
        typer.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
        typer.echo(f"Ancre écrite dans {output}.")
