"""``archipel rpu``: make, deposit, check and import RPU files from a terminal, on every establishment."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from archipel.connectors.rpu.codec import Unreadable, read
from archipel.foundation import runtime
from archipel.foundation.scope import EVERYWHERE, Scope, in_scope, system_scope
from archipel.kernel.errors import ArchipelError

app = typer.Typer(help="RPU : fabriquer, déposer, vérifier et importer les fichiers.", no_args_is_help=True)

_SITE = Annotated[str, typer.Option("--site", help="FINESS géographique ; tous les sites des urgences par défaut.")]
_FIRST = Annotated[str, typer.Option("--du", help="Premier jour d'entrée, AAAA-MM-JJ ; J-6 par défaut.")]
_LAST = Annotated[str, typer.Option("--au", help="Dernier jour d'entrée, AAAA-MM-JJ ; J-1 par défaut.")]


def _scope() -> Scope:
    """Make ready, then act as the system on every establishment."""
    runtime.ready()
    from archipel.territory.public import establishments  # noqa: PLC0415 - Django once the environment is ready

    with in_scope(system_scope("rpu", [EVERYWHERE])):
        return system_scope("rpu", [row.code for row in establishments()])


def _days(first: str, last: str) -> tuple[date, date]:
    from archipel.connectors.rpu.building import daily_range  # noqa: PLC0415 - Django once it is ready
    from archipel.kernel import clock  # noqa: PLC0415

    usual = daily_range(clock.now())
    try:
        return (date.fromisoformat(first) if first else usual[0], date.fromisoformat(last) if last else usual[1])
    except ValueError as error:
        raise typer.BadParameter(f"Une date s'écrit AAAA-MM-JJ ({error}).") from None


@app.command("produire")
def produce(
    folder: Annotated[Path, typer.Argument(help="Dossier où écrire.", exists=True, file_okay=False)],
    site: _SITE = "",
    first: _FIRST = "",
    last: _LAST = "",
) -> None:
    """Fabrique les fichiers RPU dans un dossier, sans les déposer."""
    scope = _scope()
    from archipel.connectors.rpu.building import build_file, sites  # noqa: PLC0415

    begin, end = _days(first, last)
    with in_scope(scope):
        for one in [site] if site else sorted(sites()):
            built = build_file(scope=scope, site=one, first=begin, last=end)
            (folder / built.row.name).write_bytes(bytes(built.row.raw))
            share = "inconnue" if built.row.completeness is None else f"{built.row.completeness:.1f} %"
            typer.echo(
                f"{built.row.name} : {built.row.passages} passages, complétude {share}, "
                f"{built.row.errors} à corriger{'' if built.fresh else ' (contenu déjà fabriqué)'}."
            )


@app.command("deposer")
def deposit_files(
    site: _SITE = "",
    first: _FIRST = "",
    last: _LAST = "",
    again: Annotated[bool, typer.Option("--encore", help="Dépose même un contenu déjà accepté.")] = False,
) -> None:
    """Dépose les fichiers RPU à l'adresse réglée (ARCHIPEL_RPU_TARGET) ; sort en erreur si un dépôt échoue."""
    scope = _scope()
    from archipel.connectors.rpu.building import sites  # noqa: PLC0415
    from archipel.connectors.rpu.deposits import ACCEPTED, ALREADY, deposit  # noqa: PLC0415

    begin, end = _days(first, last)
    with in_scope(scope):
        wanted = [site] if site else sorted(sites())
    failed = 0
    for one in wanted:
        try:
            done = deposit(scope=scope, site=one, first=begin, last=end, again=again)
        except ArchipelError as error:
            typer.echo(f"{one} : {error.message}", err=True)
            failed += 1
            continue
        typer.echo(done.message)
        failed += done.outcome not in (ACCEPTED, ALREADY)
    if failed:
        raise typer.Exit(1)


@app.command("importer")
def import_files(
    files: Annotated[list[Path], typer.Argument(help="Fichiers RPU (XML).", exists=True, dir_okay=False)],
) -> None:
    """Importe des fichiers RPU ; chaque passage reçoit une issue, le fichier brut est gardé."""
    scope = _scope()
    from archipel.connectors.rpu.imports import import_file  # noqa: PLC0415

    failed = 0
    for file in files:
        try:
            done = import_file(scope=scope, name=file.name, raw=file.read_bytes())
        except ArchipelError as error:
            typer.echo(f"{file.name} : {error.message}", err=True)
            failed += 1
            continue
        told = ", ".join(f"{count} {name}" for name, count in done.counts.items()) or "aucun passage"
        typer.echo(f"{file.name} : import n° {done.number}, {told}.")
        for remark in done.remarks:
            typer.echo(f"  {remark}")
    if failed:
        raise typer.Exit(1)


@app.command("verifier")
def verify(
    file: Annotated[Path, typer.Argument(help="Fichier RPU (XML).", exists=True, dir_okay=False)],
) -> None:
    """Lit un fichier RPU sans rien enregistrer et dit ce qui n'y va pas ; aucune base n'est nécessaire."""
    try:
        found = read(file.read_bytes())
    except Unreadable as refusal:
        typer.echo(str(refusal), err=True)
        raise typer.Exit(1) from None
    wrong = 0
    for remark in found.remarks:
        typer.echo(remark)
    for one in found.passages:
        wrong += one.passage is None
        for problem in one.problems:
            typer.echo(f"  ligne {one.line}, passage {one.number} : {problem}")
    typer.echo(f"Site {found.finess}, {len(found.passages)} passages lus en {found.encoding}, {wrong} refusés.")
    if wrong:
        raise typer.Exit(1)
