"""ASGI entry point: the event stream, ``uvicorn archipel.config.asgi:application --timeout-graceful-shutdown 2``."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archipel.config.settings")
django.setup()

from archipel.ui.events import EventsApplication  # noqa: E402 - models must be loaded first

application = EventsApplication()
