"""The demonstration's emergency departments: invented days for BJML, a file in the folder, the past coded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archipel.connectors.rpu.codec import read
from archipel.demo import emergencies
from archipel.demo.simulator.coding import summary
from archipel.demo.site import scope_for
from archipel.domains.flow import public as flow
from archipel.domains.flow.rules.passage_checks import badly_written
from archipel.domains.flow.values.passages import ENTERED, Item
from archipel.foundation.scope import in_scope
from archipel.territory.public import load_reference
from archipel.territory.reference import ght as reference_ght
from tests.db.test_ed import department
from tests.factories.beds import CHU, SITE, make_stay


@pytest.mark.django_db
def test_years_of_days_and_the_file_of_the_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ght = reference_ght("BFC-03")
    small = replace(ght, ejs=tuple(ej for ej in ght.ejs if ej.finess.value == CHU))
    scope = scope_for(small)
    with in_scope(scope):
        load_reference(scope=scope_for(ght), ght_code="BFC-03")
    make_stay(department()["BOX1"], since=30, until=26)
    emergencies.seed(small)
    monkeypatch.setenv("ARCHIPEL_RPU_TARGET", f"dossier:{tmp_path / 'rpu'}")
    emergencies.refresh(small)
    with in_scope(scope):
        (signals,) = flow.site_signals(scope=scope)
        assert signals.site == SITE
    (file,) = (tmp_path / "rpu").iterdir()
    assert read(file.read_bytes()).finess == SITE


def test_what_the_teams_enter_is_well_written() -> None:
    for number in range(400):
        items = summary(
            f"{number}", triage=1 + number % 5, age=number % 100, need=("", "MED", "SCA", "PSY", "GER")[number % 5],
            left_unseen=number % 11 == 0,
        )  # fmt: skip
        assert items == summary(
            f"{number}", triage=1 + number % 5, age=number % 100, need=("", "MED", "SCA", "PSY", "GER")[number % 5],
            left_unseen=number % 11 == 0,
        )  # fmt: skip
        for name, text in items.items():
            item = Item(name)
            assert item in ENTERED
            assert not [value for value in text.split() if badly_written(item, value)], (name, text)
