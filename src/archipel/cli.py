"""The ``archipel`` command. Each group lives in its own module; this one assembles them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

app = typer.Typer(
    help="Archipel : une image vivante du groupement hospitalier.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


def data_dir() -> Path:
    """Where the embedded database and local secrets live (``ARCHIPEL_DATA``, else ``.archipel``)."""
    return Path(os.environ.get("ARCHIPEL_DATA", ".archipel")).absolute()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def manage(ctx: typer.Context) -> None:
    """Lance une commande d'administration Django (makemigrations, shell…)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archipel.config.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - settings first

    execute_from_command_line(["archipel manage", *ctx.args])


def main() -> None:
    """Entry point of the console script."""
    from archipel.kernel.errors import ArchipelError  # noqa: PLC0415

    try:
        app()
    except ArchipelError as error:
        typer.secho(f"Erreur : {error.message}", fg=typer.colors.RED, err=True)
        sys.exit(1)
