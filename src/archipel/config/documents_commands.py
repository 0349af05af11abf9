"""``archipel documents``: the process that sends and listens, and a platform to test against."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from archipel.foundation import runtime

app = typer.Typer(help="Documents de sortie : envoi, accusés, plateforme d'essai.", no_args_is_help=True)
_IDLE = 2.0


def _boot() -> None:
    folder = Path(os.environ.get("ARCHIPEL_DATA", ".archipel")).absolute()
    runtime.boot(folder, owner_pid=os.getpid(), migrated=bool(os.environ.get("ARCHIPEL_MIGRATED")))


def _until_stopped() -> threading.Event:
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    return stopping


@app.command("envoyer")
def send(
    host: Annotated[
        str, typer.Option(envvar="ARCHIPEL_PFI_LISTEN_HOST", help="Adresse où la plateforme envoie ses accusés.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="ARCHIPEL_PFI_LISTEN_PORT", help="Port de ces accusés (ZAM, MLLP) ; 0 : aucun.")
    ] = 2577,
    tls_cert: Annotated[
        str, typer.Option(envvar="ARCHIPEL_PFI_LISTEN_TLS_CERT", help="Certificat (PEM) de cette écoute.")
    ] = "",
    tls_key: Annotated[str, typer.Option(envvar="ARCHIPEL_PFI_LISTEN_TLS_KEY", help="Sa clé privée (PEM).")] = "",
    tls_ca: Annotated[
        str,
        typer.Option(envvar="ARCHIPEL_PFI_LISTEN_TLS_CA", help="Autorités des certificats clients : TLS mutuel."),
    ] = "",
    once: Annotated[bool, typer.Option("--une-fois", help="Fait ce qui est dû, puis s'arrête.")] = False,
) -> None:
    """Contrôle et envoie les documents validés, reçoit les accusés de la plateforme et relève la messagerie."""
    _boot()
    from django.db import close_old_connections  # noqa: PLC0415 - Django is configured by boot

    from archipel.connectors.mdm.listener import Listener, Options  # noqa: PLC0415
    from archipel.passages.documents.public import run_once  # noqa: PLC0415

    stopping = _until_stopped()
    listener = None
    if port and not once:
        listener = Listener(Options(host, port, tls_cert, tls_key, tls_ca))
        listener.start()
        typer.echo(f"Accusés de la plateforme attendus sur {host}:{listener.port}.")
    while not stopping.is_set():
        close_old_connections()
        done = _patiently(run_once)
        if once:
            typer.echo(f"{done} action{'s' if done > 1 else ''}.")
            break
        if not done:
            stopping.wait(_IDLE)
    if listener is not None:
        listener.shutdown()


def _patiently(act: object) -> int:
    """Do what needs the database; a lost one is waited for."""
    from django.db import InterfaceError, OperationalError, connection  # noqa: PLC0415

    try:
        return int(act())  # type: ignore[operator]
    except (OperationalError, InterfaceError):
        connection.close()
        return 0


@app.command("mock")
def mock(
    port: Annotated[int, typer.Option(help="Port où recevoir les documents (MDM, MLLP).")] = 2576,
    replies: Annotated[str, typer.Option(help="Où dire ce qu'ils deviennent (hôte:port) ; vide : ne rien dire.")] = (
        "127.0.0.1:2577"
    ),
    log: Annotated[Path | None, typer.Option(help="Journal des échanges (JSON, une ligne par échange).")] = None,
    delay: Annotated[float, typer.Option(help="Secondes avant les accusés métier.")] = 1.0,
    refuse: Annotated[str, typer.Option(help="Refuse chaque message (AE) avec ce texte.")] = "",
    busy: Annotated[int, typer.Option(help="Répond d'abord tant de fois « plus tard » (AR).")] = 0,
    cut: Annotated[int, typer.Option(help="Coupe d'abord tant de fois la liaison sans acquitter.")] = 0,
    repeat: Annotated[int, typer.Option(help="Envoie chaque accusé métier tant de fois.")] = 1,
    backwards: Annotated[bool, typer.Option("--desordre", help="Accuse la lecture avant la réception.")] = False,
    dmp_error: Annotated[str, typer.Option(help="Le DMP refuse chaque document : CODE^texte.")] = "",
) -> None:
    """Fait semblant d'être la plateforme d'échanges (PFI) : reçoit, acquitte, accuse, et note chaque échange."""
    from archipel.connectors.mdm.mock import Behaviour, Mock  # noqa: PLC0415 - needs no Django

    host, _, number = replies.rpartition(":")
    code, _, words = dmp_error.partition("^")
    behaviour = Behaviour(
        replies=(host, int(number)) if host and number.isdigit() else None,
        delay=delay,
        refuse=refuse,
        reject=busy,
        cut=cut,
        repeat=repeat,
        backwards=backwards,
        dmp_error=(code, words) if code else None,
    )
    stopping = _until_stopped()
    made = Mock(behaviour, port=port, path=log).start()
    typer.echo(f"Plateforme d'essai sur 127.0.0.1:{made.port}" + (f", journal {log}" if log else "") + ".")
    stopping.wait()
    made.stop()
