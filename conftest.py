"""Loads the shared fixtures for the tests that live beside their connector, too."""

from __future__ import annotations

import os

os.environ.setdefault("ARCHIPEL_TEST_OWNER", str(os.getpid()))

pytest_plugins = ["tests.database"]
