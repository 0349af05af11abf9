"""``archipel programmes``: eligibility, the graph of establishments and facts from a terminal.

They make the database and Django ready themselves, and act as the system on every establishment of the graph.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archipel.foundation import runtime
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel.errors import Invalid

if TYPE_CHECKING:
    from archipel.programmes.eligibility.queries.verdicts import Verdicts


def _scope() -> Scope:
    """Make ready, then act as the system on every establishment of the graph."""
    runtime.ready()
    from archipel.programmes.perimetre.public import Kind, graph  # noqa: PLC0415 - Django once the environment is ready

    with in_scope(system_scope("programmes", [])):
        return system_scope("programmes", [node.key.code for node in graph().of_kind(Kind.EJ)])


def _day(text: str) -> date:
    from django.utils import timezone  # noqa: PLC0415

    from archipel.programmes.facts.public import day_of  # noqa: PLC0415

    found = day_of(text) if text else timezone.localdate()
    if found is None:
        raise Invalid(
            f"« {text[:30]} » n'est pas une date de 1990 à 2100 : jj/mm/aaaa attendu.", code="date-impossible"
        )
    return found


def eligibility(
    finess: Annotated[list[str], typer.Argument(help="Numéros FINESS, codes de GHT, ou region:<code INSEE>.")],
    at: Annotated[str, typer.Option(help="Date de l'évaluation (jj/mm/aaaa) ; aujourd'hui par défaut.")] = "",
    pack: Annotated[str, typer.Option(help="Ce programme seulement.")] = "",
    theme: Annotated[str, typer.Option(help="Ce thème seulement.")] = "",
    rules: Annotated[bool, typer.Option("--rules", help="Chaque règle, au lieu des thèmes.")] = False,
    closed: Annotated[bool, typer.Option("--closed", help="Les programmes terminés aussi.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Écrit tout en JSON.")] = False,
) -> None:
    """Dit qui est éligible à quoi à une date : la règle et sa source, les faits et la leur, ce qui trancherait."""
    scope, day = _scope(), _day(at)
    from archipel.programmes.eligibility.queries.flat import flat, jsonable  # noqa: PLC0415
    from archipel.programmes.eligibility.queries.verdicts import verdicts  # noqa: PLC0415

    with in_scope(scope):
        found = verdicts(scope=scope, at=day, subjects=finess, pack=pack, theme=theme, closed=closed, rules=rules)
        if as_json:
            typer.echo(json.dumps(flat(found), default=jsonable, ensure_ascii=False, indent=1))
        else:
            _tell(found)


def _tell(found: Verdicts) -> None:
    from archipel.programmes.eligibility.queries.verdicts import explain  # noqa: PLC0415

    for row in found.rows:
        typer.secho(f"{row.name} ({row.key.code}{', supposé' if row.hypothesis else ''})", bold=True)
        for question in found.questions:
            for one in found.cells[row.key, question.id]:
                typer.echo(f"  {one.verdict.value.upper():8} {question.programme}, {question.label} : {one.sentence}")
                for line in explain(found.ground, one).reason.lines(2):
                    typer.echo(line)
                for way in one.to_yes[:3]:
                    texts = " + ".join(f"{need.label} ({need.subject.code})" for need in way)
                    typer.echo(f"    Suffirait pour un oui : {texts}")


def load_perimeter(
    region: Annotated[str, typer.Option(help="Code INSEE de la seule région à charger.")] = "",
) -> None:
    """Charge les GHT de référence, leurs membres et leurs sites, puis reprend la structure du territoire."""
    scope = _scope()
    from archipel.programmes.perimetre import public as perimetre  # noqa: PLC0415

    with in_scope(scope):
        done = perimetre.load_reference(scope=scope, region=region)
        live = perimetre.sync_territory(scope=scope)
    typer.echo(f"{done.said} énoncés de référence, {live.said} de la structure du territoire.")


def import_facts(
    file: Annotated[Path, typer.Argument(help="Fichier CSV ou XLSX.", exists=True, dir_okay=False)],
    payments: Annotated[bool, typer.Option("--payments", help="Le fichier dit des versements.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Montre ce qui changerait, sans rien écrire.")] = False,
) -> None:
    """Importe des faits ou des versements : les lignes fautives sont dites et laissées, les autres enregistrées."""
    scope = _scope()
    from archipel.programmes.facts.services import imports  # noqa: PLC0415

    kind = "versements" if payments else "faits"
    with in_scope(scope):
        info = imports.receive(scope=scope, kind=kind, name=file.name, raw=file.read_bytes())
        _, made = imports.trial(scope=scope, number=info.id)
        for wrong in made.wrong:
            typer.echo(wrong.message)
        counts = ", ".join(f"{made.count(effect)} {effect.value}(s)" for effect in imports.Effect)
        typer.echo(f"{counts}, {len(made.wrong)} fautive(s).")
        if not dry_run and made.writes:
            done = imports.apply(scope=scope, number=info.id, expected=made.digest)
            typer.echo(f"Import n° {done.id} : {done.kept} ligne(s) enregistrée(s).")
    if made.wrong:
        raise typer.Exit(1)


COMMANDS = (("eligibility", eligibility), ("load-perimeter", load_perimeter), ("import-facts", import_facts))
"""What the group ``archipel programmes`` takes from here."""
