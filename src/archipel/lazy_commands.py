"""Groups of commands whose modules are imported when one of them is run, or when the help lists them.

A worker, a listener or a rebuild starts without the modules of the other commands.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

LATER = {
    "comptes": "archipel.foundation.accounts.commands",
    "audit": "archipel.foundation.audit.commands",
    "structure": "archipel.territory.commands",
    "proof": "archipel.programmes.proof.commands",
    "programmes": "archipel.programmes.commands",
    "packs": "archipel.programmes.packs.commands",
    "systemes": "archipel.domains.systems.commands",
    "ror": "archipel.connectors.ror.commands",
    "rpu": "archipel.connectors.rpu.commands",
    "documents": "archipel.config.documents_commands",
    "forecast": "archipel.scenarios.forecast.commands",
    "trajectoires": "archipel.scenarios.trajectory.commands",
}
"""Name of the group → module that holds it, as ``app``."""


class LazyGroups(TyperGroup):
    """The commands of ``archipel``: its own, and those of :data:`LATER`."""

    later: ClassVar[dict[str, str]] = LATER

    def list_commands(self, ctx: Any) -> list[str]:
        """Every name, own commands first."""
        return [*(name for name in super().list_commands(ctx) if name not in self.later), *self.later]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, its module imported if need be; None for a name that there is not."""
        if cmd_name in self.later and cmd_name not in self.commands:
            command = typer.main.get_group(import_module(self.later[cmd_name]).app)
            command.name = cmd_name
            self.commands[cmd_name] = command
        return super().get_command(ctx, cmd_name)
