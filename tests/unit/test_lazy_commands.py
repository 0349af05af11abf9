"""A process starts with what it needs: other commands' modules, solvers and spreadsheets come when they are used."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from archipel.cli import app
from archipel.lazy_commands import LATER

_SCRIPT = """
import os, sys
os.environ |= {"DJANGO_SETTINGS_MODULE": "archipel.config.settings", "DATABASE_URL": "postgresql://nobody@localhost/none"}
os.environ["ARCHIPEL_SECRET_KEY"] = "x" * 50
import archipel.cli
early = {name for name in sys.modules if name.endswith(".commands") and name.startswith("archipel.")}
import django
django.setup()
import archipel.connectors.hl7v2_pam.listener
heavy = {"ortools", "pandas", "openpyxl", "docx", "matplotlib"} & set(sys.modules)
print(sorted(early), sorted(heavy))
"""


def test_a_listener_starts_without_other_commands_nor_heavy_libraries() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[] []", done.stderr


@pytest.mark.parametrize("name", LATER)
def test_every_group_is_there(name: str) -> None:
    group = typer.main.get_group(app)
    context = typer.Context(group)
    found = group.get_command(context, name)
    assert found is not None and found.name == name and found.help
    assert name in group.list_commands(context)
