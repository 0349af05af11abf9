"""``archipel programmes aide``: which help exists, the search, quotas, requests."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated

import typer

from archipel.foundation import runtime
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel.errors import Invalid

app = typer.Typer(help="Catalogue d'aides : ce qui s'applique, recherche, quotas, demandes.", no_args_is_help=True)


def _scope() -> Scope:
    """Make ready, then act as the system on every establishment of the graph."""
    runtime.ready()
    from archipel.programmes.perimetre import public as perimetre  # noqa: PLC0415 - Django once the environment is ready

    with in_scope(system_scope("aide", [])):
        return system_scope("aide", [one.key.code for one in perimetre.graph().of_kind(perimetre.Kind.EJ)])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()  # noqa: DTZ011 - the day of the machine's owner
    except ValueError:
        raise Invalid(f"--at : « {text[:40]} » n'est pas une date (2017-01-10).") from None


def _text(amount: object) -> str | None:
    return None if amount is None else str(amount)


@app.command("lister")
def list_command(
    ght: Annotated[str, typer.Option("--ght", help="Code du GHT.")],
    theme: Annotated[str, typer.Option("--theme", help="Thème ; tous par défaut.")] = "",
    at: Annotated[str, typer.Option("--at", help="À cette date ; aujourd'hui par défaut.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="En JSON, une aide par ligne.")] = False,
) -> None:
    """Dit quelles aides s'appliquent à un GHT : état, opérateur, coût, délai, quota restant."""
    day, scope = _day(at), _scope()
    from archipel.programmes.catalogue import public as catalogue  # noqa: PLC0415 - Django once ready

    with in_scope(scope):
        for one in catalogue.offered(catalogue.ght(scope, ght), theme, day):
            low, high = one.fourchette or (None, None)
            if as_json:
                line = {
                    "aide": one.aide.ref, "nom": one.aide.nom, "etat": one.etat.ouverture.value,
                    "operateurs": [o.court for o in one.aide.operateurs], "cout_min": _text(low),
                    "cout_max": _text(high), "restant": one.etat.restant,
                    "debut": one.etat.debut.tot.isoformat() if one.etat.debut else None,
                }  # fmt: skip
                typer.echo(json.dumps(line, ensure_ascii=False))
            else:
                left = "" if one.etat.restant is None else f" · reste {one.etat.restant} sur {one.etat.droits}"
                who = ", ".join(o.court for o in one.aide.operateurs)
                typer.echo(f"{one.etat.ouverture.value:9} {one.aide.nom} ({who}){left}")


@app.command("chercher")
def search_command(words: Annotated[list[str], typer.Argument(help="Mots cherchés.")]) -> None:
    """Cherche dans les aides, les offres régionales et les retours d'expérience, et dit pourquoi."""
    scope = _scope()
    from archipel.programmes.catalogue import public as catalogue  # noqa: PLC0415 - Django once ready

    with in_scope(scope):
        catalogue.refresh()
        found = catalogue.search(" ".join(words))
    for word, instead in found.corriges:
        typer.echo(f"« {word} » inconnu : cherché aussi {', '.join(instead)}.", err=True)
    for one in found.found:
        why = " ; ".join(f"{r.champ}{f' ({r.par})' if r.par else ''}" for r in one.raisons)
        typer.echo(f"{one.score:.2f} {one.title} [{one.ref}] {why}")


@app.command("quotas")
def quotas_command() -> None:
    """Dit ce qui reste de chaque quota, région par région."""
    scope = _scope()
    from archipel.programmes.catalogue import public as catalogue  # noqa: PLC0415 - Django once ready

    with in_scope(scope):
        for aid in catalogue.aids():
            for share in catalogue.shares(aid):
                typer.echo(f"{share.left:3} / {share.rights:3} {share.label} · {share.aid_name}")


@app.command("demandes")
def requests_command() -> None:
    """Dit où en sont les demandes, les retards d'abord."""
    scope = _scope()
    from django.utils import timezone  # noqa: PLC0415 - Django once ready

    from archipel.programmes.catalogue import public as catalogue  # noqa: PLC0415 - Django once ready

    with in_scope(scope):
        for one in catalogue.requests(scope, timezone.localdate()):
            late = f" · EN RETARD : {one.dates.pourquoi}" if one.dates.en_retard else ""
            typer.echo(f"{one.number:5} {one.course.etat.value:12} {one.ght} {one.aid_name} : {one.subject}{late}")
