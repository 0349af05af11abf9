"""The ``archipel comptes`` commands: what cannot be done from a screen, because nobody can log in yet."""

from __future__ import annotations

from typing import Annotated

import typer

from archipel.foundation import runtime
from archipel.foundation.scope import EVERYWHERE, in_scope, system_scope
from archipel.kernel.errors import Conflict

app = typer.Typer(help="Les comptes : créer le premier administrateur.", no_args_is_help=True)


@app.callback()
def accounts() -> None:
    """Les comptes : créer le premier administrateur."""


@app.command("premier")
def first(
    username: Annotated[str, typer.Argument(help="Identifiant de connexion.")],
    first_name: Annotated[str, typer.Option("--prenom", help="Prénom.")] = "",
    last_name: Annotated[str, typer.Option("--nom", help="Nom.")] = "",
) -> None:
    """Crée le premier administrateur du territoire et affiche son mot de passe provisoire."""
    runtime.ready()
    from archipel.foundation.accounts.models import Grant  # noqa: PLC0415 - Django once the environment is ready
    from archipel.foundation.accounts.roles import Role  # noqa: PLC0415
    from archipel.foundation.accounts.services import create_user, grant_role  # noqa: PLC0415

    scope = system_scope("installation", [])
    with in_scope(scope):
        if Grant.objects.filter(role=Role.ADMINISTRATEUR.value, user__is_active=True).exists():
            raise Conflict(
                "Un administrateur existe déjà : il crée les autres comptes depuis la page « Comptes ».",
                code="administrateur-existant",
            )
        made = create_user(
            scope=scope, username=username, establishment=EVERYWHERE, first_name=first_name, last_name=last_name
        )
        grant_role(scope=scope, user_id=made.user_id, role=Role.ADMINISTRATEUR.value, establishment=EVERYWHERE)
    typer.echo(f"Compte « {made.username} » créé, administrateur de tout le territoire.")
    typer.echo(f"Mot de passe provisoire, à changer à la première connexion : {made.password}")
