"""``archipel programmes plafond`` and ``portefeuille``: ceilings, and the best set of projects with its certificate."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from archipel.foundation import runtime
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.foundation.web.formats import number
from archipel.kernel.errors import Invalid, NotFound

PACK = "hopen2-aap"
portfolio_app = typer.Typer(help="Le meilleur ensemble de projets, prouvé.", no_args_is_help=True)
PackOption = Annotated[str, typer.Option("--pack", help="Programme.")]
DateOption = Annotated[str, typer.Option("--at", help="Date des faits (AAAA-MM-JJ) ; aujourd'hui par défaut.")]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(f"« {text[:20]} » n'est pas une date : AAAA-MM-JJ est attendu.", code="date") from None


def _scope() -> Scope:
    """Make ready, then act on every establishment of the graph."""
    runtime.ready()
    from archipel.programmes.perimetre.public import Kind, graph  # noqa: PLC0415 - Django once the environment is ready

    return system_scope("commande", [node.key.code for node in graph().of_kind(Kind.EJ)])


def cap_command(
    finess: Annotated[list[str], typer.Argument(help="FINESS PMSI du périmètre.")],
    pack: PackOption = PACK,
    at: DateOption = "",
) -> None:
    """Dit le plafond d'un périmètre, ce qui manque pour le connaître, et ce que le regroupement fait gagner."""
    scope, day = _scope(), _day(at)
    from django.utils import timezone  # noqa: PLC0415

    from archipel.programmes.funding import public as funding  # noqa: PLC0415

    with in_scope(scope):
        about = funding.programme(pack, at=day)
        parties = funding.parties(finess, about.activity_fact, day or timezone.localdate())
    found, gained = funding.ceiling(about.bands, parties), funding.gain(about.bands, parties)
    for party in parties:
        activity = "inconnue" if party.activity is None else number(party.activity)
        typer.echo(f"{party.finess}  {party.name} : AC {activity} ({party.source})")
    if found.band is None:
        typer.echo(f"Plafond inconnu : il manque l'activité combinée de {', '.join(found.missing)}.")
        return
    typer.echo(f"Plafond : {number(found.amount)} € (catégorie {found.band.category}).")
    if found.to_next is not None and found.next_band is not None:
        nearest = found.next_band
        typer.echo(f"Il manque {number(found.to_next)} points pour {nearest.category} ({number(nearest.amount)} €).")
    if len(parties) > 1 and gained is not None:
        typer.echo(f"Ensemble plutôt que chacun seul : {'+' if gained > 0 else ''}{number(gained)} €.")


@portfolio_app.command("chercher")
def search_command(
    finess: Annotated[list[str] | None, typer.Argument(help="FINESS PMSI ; tous ceux du GHT sinon.")] = None,
    ght: Annotated[str, typer.Option("--ght", help="Code du GHT.")] = "",
    pack: PackOption = PACK,
    at: DateOption = "",
    seconds: Annotated[int, typer.Option("--seconds", min=1, max=600, help="Temps laissé au calcul.")] = 60,
    hopeful: Annotated[bool, typer.Option("--inconnus-eligibles", help="Éligibilité inconnue : comptée oui.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Écrit ici plan et certificat (JSON).")] = None,
) -> None:
    """Cherche le meilleur ensemble de projets, le garde, et dit ce qu'il vaut."""
    scope = _scope()
    from archipel.programmes.funding import public as funding  # noqa: PLC0415
    from archipel.programmes.perimetre.public import Key, Kind, graph  # noqa: PLC0415

    codes = list(finess or [])
    if ght:
        codes += [key.code for key in graph(_day(at)).pmsi(Key(Kind.GHT, ght))]
    if not codes:
        raise NotFound("Donnez des FINESS PMSI, ou un GHT connu (--ght).", code="vide")
    question = funding.Question(pack, codes, at=_day(at), seconds=seconds, hopeful=hopeful)
    with in_scope(scope):
        asked = funding.ask(scope=scope, question=question)
    while (claimed := funding.claim()) is not None:
        funding.execute(claimed)
        if claimed == asked:
            break
    _show(scope, asked, output)


@portfolio_app.command("voir")
def show_command(
    run: Annotated[int, typer.Argument(metavar="NUMERO", help="Numéro du portefeuille.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Écrit ici plan et certificat (JSON).")] = None,
) -> None:
    """Affiche un portefeuille gardé."""
    _show(_scope(), run, output)


def _show(scope: Scope, run: int, output: Path | None) -> None:
    from archipel.programmes.funding import public as funding  # noqa: PLC0415 - Django once the environment is ready

    with in_scope(scope):
        held = funding.run(run)
    if not held.result:
        typer.echo(f"Portefeuille n° {run} : {funding.RUN_LABELS[held.state][1].lower()}. {held.error}".strip())
        raise typer.Exit(1)
    result = held.result
    typer.echo(f"Portefeuille n° {run} : {number(result['total'])} € de plafonds, {len(result['projets'])} projets.")
    for one in result["projets"]:
        typer.echo(f"  {one['thematique']:<14} {number(one['montant']):>9} €  {one['pourquoi']}")
    greedy = result["glouton"]["total"]
    typer.echo(f"À la main (le meilleur regroupement d'abord) : {number(greedy)} €.")
    proved = "optimum certifié" if held.certified else "optimum non certifié"
    typer.echo(f"Borne {number(result['borne'])} € : {proved}, {number(result['verification']['essais'])} périmètres.")
    if output is not None:
        output.write_text(json.dumps(exported(held.inputs, result), ensure_ascii=False, indent=1) + "\n", "utf-8")
        typer.echo(f"{output} : à vérifier par « archipel programmes portefeuille verifier {output} ».")


def exported(inputs: Any, result: Any) -> dict[str, Any]:
    """A plan as a file: inputs, answer and certificate together, enough to verify it anywhere."""
    return {"archipel": "portefeuille", "format": 1, "entrees": dict(inputs), "reponse": dict(result)}


@portfolio_app.command("verifier")
def verify_command(file: Annotated[Path, typer.Argument(help="Fichier exporté (JSON).")]) -> None:
    """Vérifie un plan et son certificat à partir du fichier seul, sans base de données."""
    from archipel.programmes.funding.rules.portfolio.checker import check  # noqa: PLC0415 - arrays, for this command only

    try:
        body = json.loads(file.read_text("utf-8"))
        inputs, answer = body["entrees"], body["reponse"]
        verdict = check(inputs, answer["projets"], answer["total"], answer["certificat"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Invalid(
            f"{file} : ce n'est pas un portefeuille exporté ({type(error).__name__}).", code="fichier"
        ) from None
    for said in verdict.wrong:
        typer.echo(f"✗ {said}")
    if not verdict.optimal:
        typer.echo("Le plan n'est pas certifié optimal.")
        raise typer.Exit(1)
    typer.echo(
        f"Plan conforme, {number(verdict.total)} € ; aucun plan ne vaut davantage "
        f"({number(verdict.tried)} périmètres comparés à leur prix)."
    )


@portfolio_app.command("executer", hidden=True)
def run_command(run: Annotated[int, typer.Argument(metavar="NUMERO", help="Numéro du portefeuille.")]) -> None:
    """Répond à un portefeuille en attente : ce que le worker lance."""
    runtime.ready()
    from archipel.programmes.funding import public as funding  # noqa: PLC0415 - Django once the environment is ready

    funding.execute(run)
