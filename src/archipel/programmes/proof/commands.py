"""``archipel proof``: freeze, verify, keys, daily round. Verifying needs no database."""

from __future__ import annotations

import mmap
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from archipel.foundation import runtime
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel.errors import Invalid, NotFound
from archipel.programmes.proof.archive.signing import PublicKey, read_public, short
from archipel.programmes.proof.archive.verify import Verification
from archipel.programmes.proof.archive.verify import verify as check

PARIS = ZoneInfo("Europe/Paris")
UNVERIFIED_AUTHOR = 3
app = typer.Typer(help="Preuves : geler, vérifier, clés.", no_args_is_help=True)
key_app = typer.Typer(help="Les clés qui signent les archives.", no_args_is_help=True)
app.add_typer(key_app, name="keys")


def _scope() -> Scope:
    """Make ready, then act as the system on every establishment."""
    runtime.ready()
    from archipel.territory.public import establishments  # noqa: PLC0415 - Django once the environment is ready

    with in_scope(system_scope("preuves", [])):
        return system_scope("preuves", [row.code for row in establishments()])


def _moment(text: str, name: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{name} : « {text[:40]} » n'est pas une date (2026-11-22 ou 2026-11-22T14:05).") from None
    return found if found.tzinfo else found.replace(tzinfo=PARIS)


@app.command("freeze")
def freeze_command(
    pack: Annotated[str, typer.Option("--pack", help="Identifiant du pack.")],
    subject: Annotated[str, typer.Option("--subject", help="FINESS, ou code du GHT.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Archive à écrire (.zip).")],
    at: Annotated[str, typer.Option("--at", help="Situation à cette date ; maintenant par défaut.")] = "",
    known: Annotated[str, typer.Option("--known", help="Telle que connue à cette date ; maintenant par défaut.")] = "",
    version: Annotated[str, typer.Option("--version", help="Version du pack ; celle en vigueur par défaut.")] = "",
) -> None:
    """Gèle les exigences d'un pack, pour un établissement ou un GHT, dans une archive signée."""
    moment, known_at = _moment(at, "--at"), _moment(known, "--known")
    scope = _scope()
    from rich.progress import Progress  # noqa: PLC0415

    from archipel.programmes.proof import public as proof  # noqa: PLC0415 - Django once the environment is ready

    with Progress(transient=True) as bar:
        task = bar.add_task("Gel", total=None)
        done = proof.freeze(
            scope=scope, pack=pack, version=version, subject=subject, at=moment, known_at=known_at,
            progress=lambda count, total, what: bar.update(task, completed=count, total=total, description=what),
        )  # fmt: skip
    output.write_bytes(done.content)
    typer.echo(f"{output} : archive n° {done.number}, {done.members} fichiers, {done.size} octets.")
    typer.echo(f"SHA-256 {done.sha256}")
    typer.echo(f"Clé {short(done.fingerprint)}…")
    typer.echo(", ".join(f"{number} {status}" for status, number in done.counts.items() if number) + ".")


@app.command("verify")
def verify_command(
    file: Annotated[Path, typer.Argument(help="Archive à vérifier.")],
    key: Annotated[
        list[Path] | None, typer.Option("--key", help="Clé publique publiée par l'établissement (PEM) ; répétable.")
    ] = None,
) -> None:
    """Vérifie une archive, sans base de données : 0 intacte et authentique, 1 refusée, 3 auteur non vérifié."""
    keys = [_public(path) for path in key or []]
    if not file.is_file():
        raise NotFound(f"« {file} » est introuvable.", code="archive-introuvable")
    found = _checked(file, keys)
    for fault in found.faults:
        typer.secho(f"  {fault.message}", fg=typer.colors.RED, err=True)
    if found.manifest is not None and found.intact:
        _tell(found)
    color = typer.colors.GREEN if found.ok else typer.colors.YELLOW if found.intact else typer.colors.RED
    typer.secho(found.verdict, fg=color, err=not found.intact)
    if not found.ok:
        raise typer.Exit(UNVERIFIED_AUTHOR if found.intact else 1)


def _public(path: Path) -> PublicKey:
    if not path.is_file():
        raise NotFound(f"La clé « {path} » est introuvable.", code="cle-introuvable")
    return read_public(path.read_bytes())


def _checked(file: Path, keys: list[PublicKey]) -> Verification:
    with file.open("rb") as opened:
        if file.stat().st_size == 0:
            return check(b"", keys)
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
            return check(view, keys)


def _tell(found: Verification) -> None:
    told = found.manifest or {}
    pack, subject = told.get("pack", {}), told.get("sujet", {})
    typer.echo(f"{pack.get('titre')} ({pack.get('id')} {pack.get('version')})")
    typer.echo(f"{subject.get('nom')} ({subject.get('niveau')} {subject.get('code')})")
    typer.echo(f"Situation au {told.get('au')}, connue au {told.get('connu_au')}, émise le {told.get('emise_le')}.")
    typer.echo(", ".join(f"{number} {status}" for status, number in told.get("totaux", {}).items() if number) + ".")
    if told.get("synthetique"):
        typer.secho("Données synthétiques : aucune valeur de preuve.", fg=typer.colors.YELLOW)
    typer.echo(f"{found.members} fichiers, {found.size} octets, SHA-256 {found.sha256}")
    typer.echo(f"Clé {short(found.fingerprint)}… (SHA-256 {found.fingerprint})")


@app.command("round")
def round_command() -> None:
    """Lit toutes les mesures et recalcule tous les statuts maintenant ; le worker le fait de lui-même chaque jour."""
    _scope()
    from archipel.programmes.proof.services import rounds  # noqa: PLC0415 - Django once the environment is ready

    done = rounds.run()
    typer.echo(f"{done.readings} lectures, {done.changes} changements de statut.")


@app.command("history")
def history_command(
    subject: Annotated[str, typer.Option("--subject", help="FINESS, ou code du GHT.")],
    days: Annotated[int, typer.Option("--days", min=1, max=3660, help="Jours à refaire, jusqu'à hier.")] = 90,
    every: Annotated[int, typer.Option("--every", min=1, max=366, help="Un point tous les tant de jours.")] = 7,
) -> None:
    """Refait l'histoire des statuts et des mesures recalculables d'avant le premier tour, telle qu'on la sait."""
    scope = _scope()
    from archipel.programmes.proof.queries.subjects import subject as find  # noqa: PLC0415 - Django once ready
    from archipel.programmes.proof.services.past import rebuild  # noqa: PLC0415

    with in_scope(scope):
        seen = find(subject)
    done = rebuild(scope=scope, subject=seen, days=days, every=every)
    typer.echo(f"{done.readings} lectures, {done.changes} changements de statut, du {done.since:%d/%m/%Y} à hier.")


@key_app.command("export")
def export_keys(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Fichier à écrire ; la sortie sinon.")] = None,
) -> None:
    """Écrit la clé publique présente (PEM), à publier sur le site de l'établissement."""
    _scope()
    from archipel.programmes.proof.services import keys  # noqa: PLC0415 - Django once the environment is ready

    with in_scope(system_scope("preuves", [])):
        present = keys.signer().public
        keys.publish(present)
    if output is None:
        typer.echo(present.pem.decode(), nl=False)
    else:
        output.write_bytes(present.pem)
        typer.echo(f"{output} : clé {short(present.fingerprint)}…")


@key_app.command("rotate")
def rotate_key() -> None:
    """Fait une nouvelle clé ; les prochaines archives sont signées avec elle, les anciennes clés restent publiées."""
    scope = _scope()
    from archipel.programmes.proof.services import keys  # noqa: PLC0415 - Django once the environment is ready

    made = keys.rotate(scope=scope)
    typer.echo(f"Nouvelle clé {short(made.fingerprint)}… (SHA-256 {made.fingerprint}).")


@key_app.command("list")
def list_keys() -> None:
    """Liste les clés publiques du registre, la présente d'abord."""
    _scope()
    from archipel.programmes.proof.services import keys  # noqa: PLC0415 - Django once the environment is ready

    for one in keys.published():
        word = "présente" if one.present else "ancienne"
        typer.echo(f"{one.key.fingerprint}  {word}, depuis le {one.since:%Y-%m-%d %H:%M}")
