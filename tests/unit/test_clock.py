"""The clock of a demonstration runs as fast as asked, in this process too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from archipel.kernel import clock
from archipel.kernel.errors import Invalid


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(clock.VARIABLE, "")
    yield
    clock.configure("")


def test_the_machine_s_by_default() -> None:
    assert clock.Clock().real
    assert abs(clock.Clock().now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_it_can_be_ahead_and_faster() -> None:
    begin = time.time()
    clock.configure(f"{begin};{begin + 3600};1000")
    assert not clock.current().real
    first = clock.now()
    time.sleep(0.05)
    assert clock.now() - first >= timedelta(seconds=50)
    assert first >= datetime.fromtimestamp(begin + 3600, UTC)


def test_a_setting_that_is_not_three_numbers_is_told() -> None:
    with pytest.raises(Invalid, match="trois nombres"):
        clock.Clock("demain")
