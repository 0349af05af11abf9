"""The ``archipel`` command. Heavy modules are imported by the command that needs them: settings come first."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from archipel.foundation import runtime
from archipel.kernel.errors import ArchipelError, NotFound
from archipel.lazy_commands import LazyGroups

app = typer.Typer(
    cls=LazyGroups,
    help="Archipel : une image vivante du groupement hospitalier.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
imports = typer.Typer(help="Importer des fichiers par le même chemin que le réseau.", no_args_is_help=True)
flow = typer.Typer(help="Flux des patients.", no_args_is_help=True)
app.add_typer(imports, name="import")
app.add_typer(flow, name="flow")


def data_dir() -> Path:
    """Where the embedded database and local secrets live (``ARCHIPEL_DATA``, else ``.archipel``)."""
    return Path(os.environ.get("ARCHIPEL_DATA", ".archipel")).absolute()


def boot() -> str:
    """Make ready for one command; a child of ``archipel serve`` finds the schema up to date.

    An embedded PostgreSQL that it had to start stops with it, unless another command uses it too.
    """
    return runtime.boot(data_dir(), owner_pid=os.getpid(), migrated=bool(os.environ.get("ARCHIPEL_MIGRATED")))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def manage(ctx: typer.Context) -> None:
    """Lance une commande d'administration Django (makemigrations, shell…)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archipel.config.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(["archipel manage", *ctx.args])


@app.command()
def migrate() -> None:
    """Met la base à jour (rôle d'application, tables, règles de visibilité)."""
    runtime.migrate(runtime.connect(data_dir(), owner_pid=os.getpid()))
    typer.echo("Base à jour.")


@app.command()
def listen(
    host: Annotated[str, typer.Option(envvar="ARCHIPEL_MLLP_HOST", help="Adresse d'écoute.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="ARCHIPEL_MLLP_PORT", help="Port d'écoute.")] = 2575,
    tls_cert: Annotated[Path | None, typer.Option(envvar="ARCHIPEL_MLLP_TLS_CERT", help="Certificat (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(envvar="ARCHIPEL_MLLP_TLS_KEY", help="Clé privée (PEM).")] = None,
    tls_ca: Annotated[
        Path | None,
        typer.Option(envvar="ARCHIPEL_MLLP_TLS_CA", help="Autorités des certificats clients : TLS mutuel."),
    ] = None,
    max_size: Annotated[int, typer.Option(envvar="ARCHIPEL_MLLP_MAX_SIZE", help="Octets par message.")] = 4_194_304,
) -> None:
    """Reçoit les messages HL7 v2 (MLLP) : enregistrés avant d'être acquittés."""
    url = boot()
    from archipel.connectors.hl7v2_pam import listener  # noqa: PLC0415

    options = listener.Options(host, port, tls_cert, tls_key, tls_ca, max_size)
    secured = " (TLS mutuel)" if tls_ca else " (TLS)" if tls_cert else ""

    def opened(number: int) -> None:
        typer.echo(f"Écoute MLLP sur {host}:{number}{secured}.")

    asyncio.run(listener.serve(url, options, ready=opened))


@app.command()
def worker() -> None:
    """Applique les messages reçus et fait avancer ce qui dépend de l'heure."""
    boot()
    from archipel.config.ticks import TICKS  # noqa: PLC0415
    from archipel.connectors.hl7v2_pam.worker import serve  # noqa: PLC0415

    serve(TICKS)


def _become(name: str, host: str, port: int) -> None:
    """Replace this process by one of the servers."""
    boot()
    from archipel.foundation.serve import Ports, commands  # noqa: PLC0415

    ports = Ports(host, port, port)
    command = commands(ports)[name]
    os.execv(command[0], command)  # noqa: S606 - our own command line


@app.command()
def web(
    host: Annotated[str, typer.Option(envvar="ARCHIPEL_HOST", help="Adresse d'écoute.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="ARCHIPEL_PORT", help="Port des pages.")] = 8000,
) -> None:
    """Sert les pages et l'API (WSGI)."""
    _become("web", host, port)


@app.command()
def events(
    host: Annotated[str, typer.Option(envvar="ARCHIPEL_HOST", help="Adresse d'écoute.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port du flux d'événements.")] = 8001,
) -> None:
    """Sert le flux d'événements des écrans (ASGI)."""
    _become("events", host, port)


@app.command()
def serve(
    host: Annotated[str, typer.Option(envvar="ARCHIPEL_HOST", help="Adresse d'écoute.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="ARCHIPEL_PORT", help="Port des pages.")] = 8000,
    events_port: Annotated[int, typer.Option(help="Port du flux d'événements.")] = 8001,
    mllp_port: Annotated[int, typer.Option(envvar="ARCHIPEL_MLLP_PORT", help="Port MLLP ; 0 : aucun.")] = 2575,
) -> None:
    """Lance tout sur une machine : pages, événements, application des messages, réception MLLP."""
    from archipel.foundation.serve import Ports, Supervisor  # noqa: PLC0415

    ports = Ports(host, port, events_port, mllp_port)
    ports.check()
    boot()
    typer.echo(f"Archipel : http://{host}:{port}/" + (f"  ·  MLLP {host}:{mllp_port}" if mllp_port else ""))
    Supervisor(ports, typer.echo, embedded=runtime.embedded(data_dir())).run()


@app.command()
def demo(
    ght: Annotated[str, typer.Option(help="GHT de Bourgogne-Franche-Comté : code ou nom.")] = "21-52",
    days: Annotated[float, typer.Option(min=0.1, max=400, help="Jours d'histoire à charger d'abord.")] = 3.0,
    speed: Annotated[float, typer.Option(min=0.1, max=3600, help="Vitesse du temps, 1 : temps réel.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Graine du hasard.")] = 2152,
    faults: Annotated[float, typer.Option(min=0, max=1, help="Part de messages fautifs.")] = 0.02,
    host: Annotated[str, typer.Option(envvar="ARCHIPEL_HOST", help="Adresse d'écoute.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="ARCHIPEL_PORT", help="Port des pages.")] = 8000,
    reset: Annotated[bool, typer.Option("--reset", help="Repart de zéro.")] = False,
    surge: Annotated[
        float, typer.Option("--afflux", min=1, max=6, help="Multiplie les arrivées au support, dix heures durant.")
    ] = 1.0,
) -> None:
    """Fait vivre un vrai GHT avec des patients synthétiques, par la vraie porte d'entrée."""
    from archipel.demo import commands  # noqa: PLC0415
    from archipel.foundation.serve import Ports  # noqa: PLC0415

    commands.run(
        data_dir() / "demo",
        name=ght,
        days=days,
        speed=speed,
        seed=seed,
        faults=faults,
        ports=Ports(host, port, port + 1, port + 2),
        reset=reset,
        surge=surge,
    )


@app.command()
def journee(
    ght: Annotated[str, typer.Option(help="Le GHT de la démonstration qui tourne.")] = "21-52",
    host: Annotated[str, typer.Option(envvar="ARCHIPEL_HOST", help="Son adresse d'écoute.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="ARCHIPEL_PORT", help="Le port de ses pages.")] = 8000,
    arrivals: Annotated[int, typer.Option("--arrivees", min=3, max=200, help="Patients qui arrivent.")] = 12,
) -> None:
    """Joue la journée scénarisée sur la démonstration qui tourne : des urgences pleines aux accusés du dehors."""
    from archipel.demo.day.command import play  # noqa: PLC0415
    from archipel.foundation.serve import Ports  # noqa: PLC0415

    ports = Ports(host, port, port + 1, port + 2)
    raise typer.Exit(play(data_dir() / "demo", name=ght, ports=ports, arrivals=arrivals))


@imports.command("hl7")
def import_hl7(
    paths: Annotated[list[Path], typer.Argument(help="Fichiers ou dossiers de messages HL7 v2.")],
    report: Annotated[Path | None, typer.Option(help="Écrit ici le compte rendu par message (JSON).")] = None,
) -> None:
    """Importe des messages HL7 v2 et dit ce que chacun est devenu."""
    if report is not None and not report.absolute().parent.is_dir():
        raise NotFound(f"Le dossier de {report} n'existe pas : créez-le, le compte rendu y sera écrit.")
    boot()
    from rich.progress import Progress  # noqa: PLC0415

    from archipel.connectors.hl7v2_pam.importer import import_files  # noqa: PLC0415

    with Progress(transient=True) as bar:
        task = bar.add_task("Messages", total=None)
        result = import_files(paths, progress=lambda done, total: bar.update(task, completed=done, total=total))
    body = result.as_json()
    if report is not None:
        report.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    totals = body["totals"]
    typer.echo(
        f"{totals['messages']} messages dans {totals['files']} fichiers : {totals['applied']} appliqués, "
        f"{totals['ignored']} ignorés, {totals['parked']} en attente."
    )


@app.command("rebuild")
def rebuild_command(
    verify: Annotated[bool, typer.Option("--verify", help="Compare seulement, sans rien remplacer.")] = False,
) -> None:
    """Reconstruit l'état depuis le journal et dit s'il diffère de l'état vivant."""
    boot()
    from archipel.connectors.hl7v2_pam.rebuild import rebuild  # noqa: PLC0415

    done = rebuild(
        verify_only=verify, progress=lambda count: typer.echo(f"\r{count} messages rejoués", nl=False, err=True)
    )
    typer.echo("", err=True)
    typer.echo(json.dumps({"messages": done.messages, "before": done.before, "after": done.after, "same": done.same}))
    if verify and not done.same:
        raise typer.Exit(1)


@flow.command("digest")
def flow_digest() -> None:
    """Affiche le SHA-256 de l'état canonique des venues et des identités."""
    boot()
    from archipel.connectors.hl7v2_pam.digest import establishments, state_digest  # noqa: PLC0415

    typer.echo(state_digest(establishments()))


def main() -> None:
    """Entry point of the console script."""
    try:
        app()
    except ArchipelError as error:
        typer.secho(f"Erreur : {error.message}", fg=typer.colors.RED, err=True)
        sys.exit(1)
