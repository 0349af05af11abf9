"""``archipel programmes maturite``: grids, levels, the least-effort plan, answers from a sheet."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from archipel.foundation import runtime
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel.errors import Invalid

app = typer.Typer(help="Maturité : grilles, niveaux, moindre effort, import.", no_args_is_help=True)
GRID = Annotated[str, typer.Argument(help="Grille : référentiel/grille, comme care-d2/auto-diagnostic-d2.")]


def _scope() -> Scope:
    """Make ready, then act as the system on every establishment of the graph."""
    runtime.ready()
    from archipel.programmes.perimetre import public as perimetre  # noqa: PLC0415 - Django once the environment is ready

    with in_scope(system_scope("maturite", [])):
        return system_scope("maturite", [one.key.code for one in perimetre.graph().of_kind(perimetre.Kind.EJ)])


def _named(name: str) -> tuple[str, str]:
    pack, _, grid = name.partition("/")
    if not grid:
        raise Invalid(f"Grille « {name[:60]} » : « référentiel/grille » attendu, comme care-d2/auto-diagnostic-d2.")
    return pack, grid


def _number(text: str, name: str) -> Fraction:
    try:
        return Fraction(Decimal(text.replace(",", ".")))
    except (InvalidOperation, ValueError, OverflowError):
        raise Invalid(f"{name} : « {text[:20]} » n'est pas un nombre.") from None


@app.command("grilles")
def grids_command() -> None:
    """Liste les grilles des référentiels en vigueur."""
    scope = _scope()
    from archipel.programmes.maturity import public as maturity  # noqa: PLC0415 - Django once ready

    with in_scope(scope):
        for grid in maturity.grids():
            typer.echo(f"{grid.pack}/{grid.id} ({grid.version}) : {grid.titre}, {len(grid.indicateurs)} questions")


@app.command("niveaux")
def levels_command(
    grille: GRID, ght: Annotated[str, typer.Option("--ght", help="Code du GHT ; le premier par défaut.")] = ""
) -> None:
    """Dit le niveau de chaque membre d'un GHT, celui du groupe, et les parts de l'activité combinée."""
    pack, name = _named(grille)
    scope = _scope()
    from django.utils import timezone  # noqa: PLC0415 - Django once ready

    from archipel.programmes.maturity import public as maturity  # noqa: PLC0415 - Django once ready

    with in_scope(scope):
        grid = maturity.grid(pack, name)
        found = maturity.group_result(grid, maturity.group(scope, grid, ght), timezone.localdate())
    for one in found.assessments:
        level = one.bilan.ensemble
        reached = _level(level.bas, level.haut)
        typer.echo(f"{one.entity.code} {reached:14} {level.repondus:4}/{level.attendus} {one.entity.name}")
    typer.echo(f"GHT       {_level(found.ensemble.bas, found.ensemble.haut)}")
    for part in found.parts:
        result = part.resultat
        typer.echo(f"{part.part.libelle} : {result.verdict.value} ({_share(result.bas)} à {_share(result.haut)})")


def _level(low: Fraction | None, high: Fraction | None) -> str:
    if low is None or high is None:
        return "sans objet"
    return f"{float(low):.2f}" if low == high else f"{float(low):.2f} à {float(high):.2f}"


def _share(value: Fraction | None) -> str:
    return "inconnu" if value is None else f"{float(value * 100):.2f} %"


@app.command("plan")
def plan_command(
    grille: GRID,
    ght: Annotated[str, typer.Option("--ght", help="Code du GHT ; le premier par défaut.")] = "",
    but: Annotated[str, typer.Option("--but", help="part, chacun ou moyenne.")] = "part",
    niveau: Annotated[str, typer.Option("--niveau", help="Niveau à atteindre.")] = "1",
    part: Annotated[str, typer.Option("--part", help="Part de l'activité combinée, en %.")] = "66",
    compte: Annotated[
        str, typer.Option("--compte", help="Part comptée de la grille ; toute la grille par défaut.")
    ] = "",
    jours: Annotated[str, typer.Option("--jours", help="Jours supposés pour un pas dont nul n'a dit l'effort.")] = "5",
) -> None:
    """Calcule le moindre effort pour atteindre un niveau ou une part, et prouve qu'il n'y a pas moins."""
    pack, name = _named(grille)
    scope = _scope()
    from django.utils import timezone  # noqa: PLC0415 - Django once ready

    from archipel.programmes.maturity import public as maturity  # noqa: PLC0415 - Django once ready

    if but not in set(maturity.But):
        raise Invalid(f"--but : « {but[:20]} » ; part, chacun ou moyenne attendu.")
    question = maturity.Question(
        maturity.But(but), _number(niveau, "--niveau"), _number(part, "--part") / 100, _number(jours, "--jours"), compte
    )
    with in_scope(scope):
        grid = maturity.grid(pack, name)
        found = maturity.plan(grid, maturity.group(scope, grid, ght), question, timezone.localdate())
    if not found.plan.possible:
        typer.echo("Impossible, même en faisant tout.")
        raise typer.Exit(1)
    for step in found.plan.pas:
        typer.echo(f"{step.entite} {step.indicateur} : {step.de} → {step.a}, {float(step.effort):g} jours")
    typer.echo(f"{float(found.plan.effort):g} jours ; borne de la relaxation : {float(found.plan.relachee):g}.")
    if found.left_out:
        typer.echo(f"Laissés de côté (AC inconnue) : {', '.join(e.code for e in found.left_out)}.")


@app.command("importer")
def import_command(
    grille: GRID,
    fichier: Annotated[Path, typer.Argument(help="Modèle rempli, XLSX ou CSV.")],
    ecrire: Annotated[bool, typer.Option("--ecrire", help="Enregistre ; sans cela, montre seulement.")] = False,
) -> None:
    """Lit des réponses dans un fichier et dit ce que chaque ligne ferait."""
    pack, name = _named(grille)
    scope = _scope()
    from archipel.programmes.maturity import public as maturity  # noqa: PLC0415 - Django once ready

    try:
        raw = fichier.read_bytes()
    except OSError as error:
        raise Invalid(f"{fichier} : fichier illisible ({error.strerror}).") from error
    with in_scope(scope):
        grid = maturity.grid(pack, name)
        number = maturity.receive(scope=scope, grid=grid, raw=raw, name=fichier.name)
        seen = maturity.examine(scope=scope, number=number)
        for line in seen.lines:
            why = f" : {line.problem}" if line.problem else ""
            typer.echo(f"{line.line:5} {line.entity} {line.indicator} : {line.effect}{why}")
        if ecrire:
            typer.echo(maturity.apply(scope=scope, number=number).message)
