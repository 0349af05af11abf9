"""``archipel programmes``: the group of commands that the rooms of programmes share."""

from __future__ import annotations

import typer

from archipel.programmes.catalogue.commands import app as help_app
from archipel.programmes.eligibility.commands import COMMANDS
from archipel.programmes.funding.commands import cap_command, portfolio_app
from archipel.programmes.maturity.commands import app as maturity_app

app = typer.Typer(help="Programmes nationaux : éligibilité, faits, plafonds, portefeuille.", no_args_is_help=True)
for _name, _command in COMMANDS:
    app.command(_name)(_command)
app.command("plafond")(cap_command)
app.add_typer(portfolio_app, name="portefeuille")
app.add_typer(help_app, name="aide")
app.add_typer(maturity_app, name="maturite")
