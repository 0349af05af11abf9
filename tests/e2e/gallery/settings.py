"""The application's settings, with the gallery's page added."""

from pathlib import Path

from archipel.config.settings import *  # noqa: F403
from archipel.config.settings import TEMPLATES

ROOT_URLCONF = "tests.e2e.gallery.urls"
TEMPLATES[0]["DIRS"] = [Path(__file__).parent / "templates"]
