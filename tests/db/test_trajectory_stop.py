"""A search stopped in the middle of the solver, seen from another connection; the commands on a real database."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archipel.cli import app
from archipel.foundation.scope import in_scope
from archipel.kernel.errors import Conflict
from archipel.scenarios.trajectory import public as trajectory
from archipel.scenarios.trajectory.public import Preset, RunState
from archipel.scenarios.trajectory.services import executing
from tests.factories.trajectory import MEMBERS, furnish, make


def test_a_search_is_stopped_and_keeps_its_best_plan(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scope = furnish()
    number = make(scope, Preset.LIBRE)
    with in_scope(scope):
        run = trajectory.ask(scope=scope, number=number)
        with pytest.raises(Conflict, match="déjà en cours"):
            trajectory.ask(scope=scope, number=number)
    assert trajectory.claim() == run
    monkeypatch.setattr(executing, "_BEAT", 0.01)
    slow = executing.solve

    def lingering(problem, **options):  # type: ignore[no-untyped-def]
        plan = slow(problem, **options)
        with in_scope(scope):
            trajectory.stop(scope=scope, number=number)
        time.sleep(1.0)  # the solver would still be proving
        return plan

    monkeypatch.setattr(executing, "solve", lingering)
    left: list[bool] = []
    trajectory.execute(run, leave=lambda: left.append(True))
    assert left, "the process ends at once"
    with in_scope(scope):
        info = trajectory.scenario(number)
        plan = trajectory.solution(info)
    assert info.run is not None and info.run.state is RunState.ARRETE
    assert plan is not None and plan.sound and plan.body["statut"] in ("realisable", "optimale")


def said(*words: str) -> str:
    answer = CliRunner().invoke(app, ["trajectoires", *words], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_a_trajectory_from_the_terminal(fresh_database: str, tmp_path: Path) -> None:
    furnish()
    places = [word for code in MEMBERS for word in ("--etablissement", code)]
    assert "n° 1" in said("creer", "un-dpi", *places, "--titre", "Un seul dossier")
    solved = said("calculer", "1")
    assert "écart" in solved and "vérifié" in solved
    assert "bascules" in said("voir", "1")
    assert "n° 1" in said("publier", "1", "--note", "Comité du 3 mars")
    assert "(publié)" in said("lister")
    assert "besoins comme prévu" in said("suivre")
    said("document", "1", str(tmp_path / "schema.pdf"))
    said("document", "1", str(tmp_path / "cahier.docx"), "--document", "cahier-des-charges")
    assert (tmp_path / "schema.pdf").read_bytes().startswith(b"%PDF") and (tmp_path / "cahier.docx").stat().st_size
