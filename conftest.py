"""Loads the shared fixtures for every test, and refuses silent skips where the environment must be complete."""

from __future__ import annotations

import logging
import os

import pytest

os.environ.setdefault("ARCHIPEL_TEST_OWNER", str(os.getpid()))
os.environ.setdefault("ARCHIPEL_FORECAST_EVERY", "0")  # workers started by tests do not forecast

pytest_plugins = ["tests.database", "tests.e2e.live"]

MUST_RUN = ("tests/db/", "tests/e2e/", "tests/a11y/", "tests/contract/")
MAY_SKIP = ("ARCHIPEL_REFERENCE_DATA", "needs root", "no system PostgreSQL")
LONGEST = (
    "tests/db/test_isolation_reading.py", "tests/a11y/test_every_page.py", "tests/db/test_isolation_writing.py",
    "tests/a11y/test_help_a11y.py", "tests/a11y/test_eligibility_a11y.py", "tests/e2e/test_day.py",
    "tests/e2e/test_director.py", "tests/db/test_isolation.py", "tests/e2e/test_trajectory.py",
    "tests/db/test_ingestion_kill.py", "tests/a11y/", "tests/e2e/",
)  # fmt: skip
"""Started first, so that no worker is left alone with one of them at the end."""
_skipped: list[tuple[str, str]] = []


def pytest_configure() -> None:
    """Thousands of refusals are provoked on purpose: their warnings would hide the one failure that matters."""
    for name in ("django.request", "django.security.csrf"):
        logging.getLogger(name).setLevel(logging.ERROR)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what was skipped that may not be, when CI is set."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if report.nodeid.startswith(MUST_RUN) and not any(allowed in reason for allowed in MAY_SKIP):
        _skipped.append((report.nodeid, reason))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; the others stay in their order."""
    rank = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: next((rank[name] for name in LONGEST if item.nodeid.startswith(name)), len(LONGEST)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI set, a skipped browser or database test is a failure."""
    if os.environ.get("CI") and _skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what was skipped and why it matters."""
    if not _skipped:
        return
    verdict = "ÉCHEC (CI)" if os.environ.get("CI") else "à noter"
    terminalreporter.section(f"{len(_skipped)} tests de base ou de navigateur non exécutés : {verdict}")
    for node, reason in _skipped:
        terminalreporter.write_line(f"{node} : {reason}")
