"""``archipel structure`` from a terminal."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from archipel.foundation.scope import in_scope, system_scope
from archipel.kernel.errors import Invalid
from archipel.territory.commands import app
from archipel.territory.public import uf_index

CHU, SITE = "210780581", "210987558"
FILE = f"type;code;libelle;etablissement;eg;filiere\r\nUF;2101;Cardiologie;{CHU};{SITE};MED\r\n"
pytestmark = pytest.mark.django_db


def run(*arguments):
    return CliRunner().invoke(app, [str(item) for item in arguments])


def known():
    with in_scope(system_scope("tests", [CHU])):
        return uf_index(CHU)


def test_reference_import_and_export(tmp_path):
    assert "Publication" in run("load-reference", "BFC-03").output
    assert "rien à faire" in run("load-reference", "BFC-03").output
    file, report = tmp_path / "structure.csv", tmp_path / "rapport.json"
    file.write_text(FILE)
    done = run("import", file, "--dry-run", "--report", report)
    assert done.exit_code == 0, done.output
    body = json.loads(report.read_text())
    assert (body["totaux"], body["publication"], body["lignes"]) == ({"créé": 1, "inchangé": 0}, None, 1)
    assert "2101" not in known()
    assert run("import", file, "--report", report).exit_code == 0
    assert json.loads(report.read_text())["publication"]
    assert known()["2101"].name == "Cardiologie"
    for name in ("export.csv", "export.xlsx"):
        out = tmp_path / name
        assert run("export", out).exit_code == 0
        assert run("import", out, "--dry-run", "--report", report).exit_code == 0
        body = json.loads(report.read_text())
        assert (body["differences"], body["problemes"]) == ([], [])
    assert run("refresh").exit_code == 0


def test_a_blocking_problem_fails_and_publishes_nothing(tmp_path):
    run("load-reference", "BFC-03")
    file, report = tmp_path / "structure.csv", tmp_path / "rapport.json"
    file.write_text(FILE + f"UF;2102;Sans toit;{CHU};;CHI\r\n")
    done = run("import", file, "--report", report)
    assert done.exit_code == 1
    assert "orpheline" in done.output and "structure.csv, ligne 3 : " in done.output
    problem = json.loads(report.read_text())["problemes"][0]
    assert (problem["fichier"], problem["ligne"], problem["gravite"]) == ("structure.csv", 3, "bloquant")
    assert "2101" not in known()


def test_a_wrong_date_is_refused(tmp_path):
    file = tmp_path / "structure.csv"
    file.write_text(FILE)
    assert isinstance(run("import", file, "--effective", "31/02/2026").exception, Invalid)
