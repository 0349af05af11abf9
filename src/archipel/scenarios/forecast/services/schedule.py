"""When forecasts are made again: by the hour, or when somebody asks; always in a process of their own.

A refresh takes tens of seconds of full work: the worker, which applies the messages, only starts it and looks at it
from time to time (ADR 37).
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from datetime import timedelta

from django.conf import settings

from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict
from archipel.scenarios.forecast.models import Refresh
from archipel.scenarios.forecast.services import refresh

log = logging.getLogger(__name__)
_LOOK_EVERY = 20.0
_looked_at = 0.0
_child: subprocess.Popen[bytes] | None = None


def due() -> int | None:
    """The number of the refresh to make now, asked for by somebody or by the hour; None when there is none."""
    now = clock.now()
    with in_scope(refresh.everyone()):
        last = Refresh.objects.order_by("-asked_at").first()
        if last is not None and last.state == Refresh.ASKED:
            running = Refresh.objects.filter(state=Refresh.RUNNING, told_at__gt=now - refresh.ABANDONED).exists()
            return None if running else int(last.pk)
        every = timedelta(minutes=settings.FORECAST_EVERY)
        if not every or (last is not None and now - last.asked_at < every):
            return None
        if last is None and not refresh.anything_to_learn(now):
            return None
        try:
            return refresh.begin("système:prévisions")
        except Conflict:
            return None


def forecast_tick() -> None:
    """Start a refresh when one is due, unless the last one that this worker started still runs."""
    global _looked_at, _child
    if time.monotonic() - _looked_at < _LOOK_EVERY:
        return
    _looked_at = time.monotonic()
    if _child is not None:
        if _child.poll() is None:
            return
        if _child.returncode:
            log.warning("calcul des prévisions en échec (code %s)", _child.returncode)
        _child = None
    number = due()
    if number is not None:
        _child = start(number)


def start(number: int) -> subprocess.Popen[bytes]:
    """A process that makes the refresh of that number, at a lower priority where the system has one."""
    command = [sys.executable, "-m", "archipel", "forecast", "refresh", "--numero", str(number)]
    environment = {**os.environ, "ARCHIPEL_MIGRATED": "1", "OMP_NUM_THREADS": "1"}
    nice = ["nice", "-n", "10"] if os.name == "posix" else []
    return subprocess.Popen(  # noqa: S603 - our own command
        [*nice, *command], env=environment, stdout=subprocess.DEVNULL
    )
