"""The measures of RPU and tension, as the proof engine reads them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from archipel.connectors.rpu.indicators import rpu_timeliness
from archipel.connectors.rpu.models import Deposit, File
from archipel.domains.flow import public as flow
from archipel.domains.flow.models import TensionReading
from archipel.domains.flow.public import Item
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Denied
from archipel.kernel.indicators import Indicator
from archipel.programmes.proof.registry import metric
from tests.db.test_ed import department, of
from tests.db.test_passages import furnish
from tests.factories.beds import CHU, SITE, system

pytestmark = pytest.mark.django_db


def read(measured: object, **more: object) -> Indicator:
    now = clock.now()
    scope = system()
    with in_scope(scope):
        return measured(scope=scope, establishments=[CHU], at=now, known_at=now, **more)  # type: ignore[operator]


def value(found: Indicator, code: str = "") -> Decimal | None:
    one = found.measure(code)
    assert one is not None
    return one.value


def test_completeness_rises_when_passages_are_coded() -> None:
    venues = furnish()
    before = read(flow.passage_completeness)
    assert (value(before, "passages"), value(before, "diagnostic")) == (Decimal(2), Decimal("0.0"))
    with in_scope(system()):
        flow.enter_items(scope=system(), venue=venues["kept"], rank=1, items={Item.DP: ["S720"], Item.GRAVITE: ["3"]})
    after = read(flow.passage_completeness, sites=[SITE])
    assert value(after, "diagnostic") == Decimal("50.0")
    assert value(after) > value(before)
    assert after.rows_sha256 != before.rows_sha256
    assert value(read(flow.passage_completeness, sites=["999999999"]), "passages") == 0
    with pytest.raises(Denied):
        flow.passage_completeness(
            scope=of(Role.IDE_URGENCES, CHU), establishments=[CHU], at=clock.now(), known_at=clock.now()
        )


def test_tension_and_bjml_are_followed_when_computed_hour_after_hour() -> None:
    department()
    now = clock.now()
    with in_scope(system()):
        for hours in range(72):
            TensionReading.objects.create(
                establishment=CHU, site=SITE, at=now - timedelta(hours=hours), raw=0, level=2 if hours < 3 else 0,
                indicators=[{"indicateur": "couverture_bjml", "valeur": 120.0 if hours < 30 else None}],
            )  # fmt: skip
    journal, need = read(flow.tension_journal_kept), read(flow.bed_need_followed)
    assert value(journal) in (Decimal("6.7"), Decimal("10.0"))  # two or three whole days of thirty
    assert value(journal, "jours-tendus") in (1, 2)
    assert value(need) > 0
    assert value(need, "part-couverte") == Decimal("100.0")


def test_a_night_counts_when_its_file_is_accepted_before_the_hour() -> None:
    department()
    now = clock.now().replace(hour=1, minute=30)
    with in_scope(system()):
        for ago, moment, outcome in ((1, 0, "accepte"), (2, 9, "accepte"), (3, 0, "echec")):
            day = (now - timedelta(days=ago)).date()
            file = File.objects.create(
                establishment=CHU, site=SITE, first_day=day - timedelta(days=6), last_day=day - timedelta(days=1),
                extracted_at=now, name="x", raw=b"", sha256="", body_sha256=f"{ago}", passages=1,
            )  # fmt: skip
            at = now - timedelta(days=ago) + timedelta(hours=moment)
            Deposit.objects.create(establishment=CHU, file=file, at=at, target="x", outcome=outcome, actor="x")
    found = read(rpu_timeliness)
    assert value(found) == Decimal("3.3")  # one night of thirty
    assert (value(found, "acceptees"), value(found, "tentatives")) == (2, 3)


def test_the_proof_engine_knows_them_and_the_pack_asks_for_one() -> None:
    for name in ("rpu-completude", "rpu-delai", "tension-journal", "bjml-suivi"):
        assert metric(name).board
