"""``archipel ror``: the test server, one round of feeding, one reading, the offers from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archipel.connectors.ror.config import ror_config
from archipel.connectors.ror.mock.server import TOKEN_PATH, Access, MockRor
from archipel.connectors.ror.mock.store import Store, load
from archipel.connectors.ror.settings import READ, WRITE, Channel, RorSettings, ror_settings
from archipel.foundation import runtime
from archipel.kernel.errors import Conflict, Invalid

if TYPE_CHECKING:  # the client needs Django, which is configured later
    from archipel.connectors.ror.client import Client
    from archipel.connectors.ror.mock.certificates import Certificates

app = typer.Typer(help="ROR : alimenter, lire, essayer.", no_args_is_help=True)


@app.command()
def mock(
    folder: Annotated[Path, typer.Option("--dossier", help="Certificats, lieux et journal du serveur.")] = Path("ror"),
    host: Annotated[str, typer.Option(help="Adresse d'écoute.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port d'écoute.")] = 8443,
    places: Annotated[
        Path | None, typer.Option("--lieux", help="Lieux à charger (JSON), en plus de ceux du dossier.", exists=True)
    ] = None,
    tls: Annotated[bool, typer.Option("--tls/--sans-tls", help="TLS avec certificats clients.")] = True,
    strict: Annotated[
        bool, typer.Option("--strict/--tolerant", help="Refuse (400) les combinaisons hors table.")
    ] = True,
    listed: Annotated[bool, typer.Option("--expression-liste", help="« expression » en liste, pas en texte.")] = False,
) -> None:
    """Lance un ROR d'essai : il répond comme le décrit la documentation nationale et garde chaque échange."""
    from archipel.connectors.ror.mock import certificates  # noqa: PLC0415 - cryptography is heavy

    writer, reader = certificates.SUPPLIER, certificates.CONSUMER
    folder.mkdir(parents=True, exist_ok=True)
    certs = certificates.make(folder / "certificats", ("localhost", "127.0.0.1", host)) if tls else None
    store = Store(ror_config().valid if strict else None, text_expression=not listed)
    for path in (folder / "lieux.json", places):
        if path is not None and path.exists():
            store.put(load(path))
    names = (frozenset({writer}), frozenset({reader})) if tls else (frozenset[str](), frozenset[str]())
    access = Access(*names, keep=folder)
    try:
        server = MockRor(store, host=host, port=port, tls=certs.server_context() if certs else None, access=access)
    except OSError as error:
        raise Conflict(f"Le port {port} n'est pas libre ({error.strerror}).", code="port-pris") from None
    typer.echo(f"ROR d'essai : {server.url} ({len(store.places())} lieux ; journal : {folder / 'journal.jsonl'})")
    typer.echo("Réglages d'Archipel pour lui parler :")
    for names_of, cert in ((WRITE, writer), (READ, reader)):
        for line in _lines(names_of, server.url, certs, cert):
            typer.echo(f"  {line}")
    typer.echo("  ARCHIPEL_ROR_PROFILE=CU22|1.2.250.1.213.1.6.1.66")
    typer.echo("  ARCHIPEL_ROR_ROLE=AUTOMATE|1.2.250.1.213.1.1.4.6")
    server.serve()


def _lines(variables: dict[str, str], url: str, certs: Certificates | None, cert: str) -> list[str]:
    values = {"url": url, "token_url": f"{url}{TOKEN_PATH}", "client_id": f"archipel-{cert}"}
    if certs is not None:
        values |= {"cert": str(certs.cert(cert)), "key": str(certs.key(cert)), "ca": str(certs.ca)}
    return [f"{variables[key]}={value}" for key, value in values.items()]


@app.command()
def envoyer() -> None:
    """Compare et envoie une fois ce qui est dû, comme le fait le worker."""
    settings = _ready()
    from archipel.connectors.ror.feeding import feed  # noqa: PLC0415 - Django once the environment is ready

    if settings.supplier is None:
        raise Invalid(f"{WRITE['url']} n'est pas réglé : le ROR n'est pas alimenté.", code="ror-non-regle")
    consumer = _client(settings.consumer, settings) if settings.consumer else None
    report = feed(_client(settings.supplier), consumer, parallel=settings.parallel)
    typer.echo(
        f"{report.offers} offres, {report.sent} opérations, {report.accepted} acceptées, {report.refused} refusées."
    )
    if report.down:
        typer.echo(report.down)
        raise typer.Exit(1)


@app.command()
def lire() -> None:
    """Lit une fois les capacités de la région, comme le fait le worker."""
    settings = _ready()
    from archipel.connectors.ror.reading import poll  # noqa: PLC0415 - Django once the environment is ready

    if settings.consumer is None:
        raise Invalid(f"{READ['url']} n'est pas réglé : le ROR n'est pas lu.", code="ror-non-regle")
    found = poll(_client(settings.consumer, settings), region=settings.region)
    typer.echo(
        f"{found.places} lieux lus en {found.pages} pages, {found.kept} gardés, {len(found.problems)} remarques."
    )
    if found.down:
        typer.echo(found.down)
        raise typer.Exit(1)


@app.command()
def offres(
    file: Annotated[Path, typer.Argument(help="Correspondance, CSV ou XLSX.", exists=True, dir_okay=False)],
    apply: Annotated[bool, typer.Option("--appliquer", help="Enregistre les bonnes lignes ; sinon, essai.")] = False,
    reason: Annotated[str, typer.Option("--motif", help="Motif gardé dans la trace.")] = "",
) -> None:
    """Essaie, puis enregistre, un fichier qui dit quelles unités compte chaque offre du ROR."""
    _ready()
    from archipel.connectors.ror.feeding import process_scope  # noqa: PLC0415 - Django once the environment is ready
    from archipel.connectors.ror.importing import run  # noqa: PLC0415

    trial = run(scope=process_scope(), name=file.name, raw=file.read_bytes(), apply=apply, reason=reason)
    for fault in trial.faults:
        typer.echo(fault.sentence)
    counts = ", ".join(f"{trial.count(kind)} {kind}s" for kind in ("nouvelle", "modifiee", "identique"))
    typer.echo(
        f"{counts.replace('modifiee', 'modifiée')} ; {'enregistré' if apply else 'essai, rien n’est enregistré'}."
    )


def _ready() -> RorSettings:
    runtime.ready()
    return ror_settings()


def _client(channel: Channel | None, settings: RorSettings | None = None) -> Client:
    from archipel.connectors.ror.client import Client, LinkDown  # noqa: PLC0415 - httpx is heavy

    if channel is None:
        raise Invalid("Canal non réglé.", code="ror-non-regle")
    try:
        return Client(channel, settings)
    except LinkDown as error:
        raise Invalid(error.sentence, code="ror-certificat") from None
