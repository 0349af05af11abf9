"""``archipel trajectoires``: scenarios from a terminal, on every establishment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from archipel.foundation import runtime
from archipel.foundation.scope import EVERYWHERE, Scope, in_scope, system_scope
from archipel.foundation.web.formats import number
from archipel.kernel.errors import Invalid, NotFound

app = typer.Typer(help="Trajectoires de convergence : scénarios, calcul, plan, document.", no_args_is_help=True)
Numero = Annotated[int, typer.Argument(metavar="NUMERO", help="Numéro du scénario.")]


def _scope() -> Scope:
    """Make ready, then act as the system on every establishment."""
    runtime.ready()
    from archipel.territory.public import establishments  # noqa: PLC0415 - Django once the environment is ready

    with in_scope(system_scope("trajectoires", [EVERYWHERE])):
        return system_scope("trajectoires", [row.code for row in establishments()])


@app.command("lister")
def list_command() -> None:
    """Liste les scénarios, leur état et leur coût."""
    scope = _scope()
    from archipel.scenarios.trajectory import public as trajectory  # noqa: PLC0415

    with in_scope(scope):
        for one in trajectory.scenarios():
            state = trajectory.RUN_LABELS[one.run.state][1] if one.run else "À calculer"
            cost = f"{number(one.summary['cout'])} €" if "cout" in one.summary else ""
            typer.echo(f"{one.id:>4}  {one.title:<32} {state:<28} {cost}{'  (publié)' if one.published else ''}")


@app.command("creer")
def create_command(
    preset: Annotated[str, typer.Argument(metavar="PREREGLAGE", help="tout-garder, un-dpi, deux-poles, …")],
    member: Annotated[
        list[str] | None, typer.Option("--etablissement", help="FINESS EJ ; tous ceux de l'inventaire sinon.")
    ] = None,
    title: Annotated[str, typer.Option("--titre", help="Nom du scénario.")] = "",
) -> None:
    """Fige l'inventaire et commence un scénario sur un préréglage."""
    scope = _scope()
    from archipel.domains.systems import public as systems  # noqa: PLC0415
    from archipel.scenarios.trajectory import public as trajectory  # noqa: PLC0415

    known = [one.value for one in trajectory.Preset]
    if preset not in known:
        raise Invalid(f"Préréglage « {preset} » inconnu : {', '.join(known)}.", code="prereglage")
    with in_scope(scope):
        places = member or sorted({one.key.establishment for one in systems.inventory().live()})
        made = trajectory.create(scope=scope, preset=trajectory.Preset(preset), members=places, title=title)
    typer.echo(f"Scénario n° {made}.")


@app.command("calculer")
def solve_command(scenario: Numero) -> None:
    """Calcule un scénario ici même, et dit ce qu'il vaut."""
    scope = _scope()
    from archipel.scenarios.trajectory import public as trajectory  # noqa: PLC0415

    with in_scope(scope):
        asked = trajectory.ask(scope=scope, number=scenario)
    while (claimed := trajectory.claim()) is not None:
        trajectory.execute(claimed)
        if claimed == asked:
            break
    _show(scope, scenario)


@app.command("voir")
def show_command(scenario: Numero) -> None:
    """Affiche le plan d'un scénario, ou pourquoi il n'y en a pas."""
    _show(_scope(), scenario)


def _show(scope: Scope, wanted: int) -> None:
    from archipel.scenarios.trajectory import public as trajectory  # noqa: PLC0415 - Django once it is ready

    with in_scope(scope):
        info = trajectory.scenario(wanted)
        found = trajectory.solution(info)
    typer.echo(f"Scénario n° {info.id} : {info.title}, inventaire du {info.day:%d/%m/%Y}.")
    if found is None:
        typer.echo("Pas encore calculé." if info.run is None else (info.run.error or "Calcul en attente."))
        return
    if found.conflict:
        typer.echo("Aucun plan possible. Ces contraintes ne tiennent pas ensemble :")
        for _, sentence in found.conflict["phrases"]:
            typer.echo(f"  - {sentence}")
        return
    if found.results is None:
        for broken in found.broken:
            typer.echo(f"✗ {broken.sentence}")
        raise typer.Exit(1)
    typer.echo(
        f"{number(found.body['cout'])} € en {len(found.results.years)} ans, écart {100 * found.gap:.2f} % au plus, "
        f"{len(found.results.switches)} bascules ; vérifié ({found.body['contraintes']} contraintes)."
    )
    for one in found.prices:
        if one["found"]:
            typer.echo(f"  {one['sentence']} : {number(round(one['found']))} €")


@app.command("publier")
def publish_command(
    scenario: Numero, note: Annotated[str, typer.Option("--note", help="Pourquoi ce choix.")] = ""
) -> None:
    """Choisit le plan d'un scénario comme trajectoire du groupement."""
    scope = _scope()
    from archipel.scenarios.trajectory import public as trajectory  # noqa: PLC0415

    with in_scope(scope):
        trajectory.choose(scope=scope, number=scenario, note=note)
    typer.echo(f"La trajectoire du groupement est celle du scénario n° {scenario}.")


@app.command("document")
def document_command(
    scenario: Numero,
    file: Annotated[Path, typer.Argument(help="Fichier à écrire : .docx ou .pdf.")],
    which: Annotated[
        str, typer.Option("--document", help="schema-directeur ou cahier-des-charges.")
    ] = "schema-directeur",
) -> None:
    """Écrit le schéma directeur ou le cahier des charges d'un scénario."""
    scope = _scope()
    from archipel.scenarios.trajectory import public as trajectory  # noqa: PLC0415

    with in_scope(scope):
        body = trajectory.document(scenario, which, file.suffix.lower().removeprefix("."))
    file.write_bytes(body)
    typer.echo(f"{file} écrit.")


@app.command("suivre")
def follow_command() -> None:
    """Compare la trajectoire publiée à l'inventaire d'aujourd'hui."""
    scope = _scope()
    from archipel.scenarios.trajectory import public as trajectory  # noqa: PLC0415

    with in_scope(scope):
        found = trajectory.followed()
    if found is None:
        raise NotFound("Aucune trajectoire n'est publiée.", code="sans-publication")
    typer.echo(
        f"Scénario n° {found.chosen.info.id} : {found.drift.done} bascules faites sur {found.drift.due} prévues, "
        f"{found.drift.followed:.0f} % des besoins comme prévu."
    )


@app.command("executer", hidden=True)
def run_command(run: Annotated[int, typer.Argument(metavar="NUMERO", help="Numéro du calcul.")]) -> None:
    """Répond à un calcul en attente : ce que le worker lance."""
    runtime.ready()
    from archipel.scenarios.trajectory import public as trajectory  # noqa: PLC0415 - Django once it is ready

    trajectory.execute(run, leave=lambda: os._exit(0))
