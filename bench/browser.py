"""A browser's ear: a real session, the real event server, a real HTTP stream."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.machine import free_port, wait_port

_SESSION = """
import django; django.setup()
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from archipel.foundation.accounts.models import Grant, User
user = User.objects.create_user(username="bench", password="Un-mot-de-passe-de-mesure-1")
user.must_change_password = False
user.save()
Grant.objects.create(user=user, role="{role}", establishment="{where}")
store = SessionStore()
store[SESSION_KEY] = str(user.pk)
store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
store[HASH_SESSION_KEY] = user.get_session_auth_hash()
store.create()
print(store.session_key)
"""


def session(role: str = "cellule_territoriale", where: str = "*") -> str:
    """The key of an open session; by default it may see the capacity of the whole territory."""
    script = _SESSION.replace("{role}", role).replace("{where}", where)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-800:])
    return done.stdout.split()[-1]


class Ears(threading.Thread):
    """Reads the event stream and notes when each probe UF was first heard."""

    def __init__(self, port: int, key: str) -> None:
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Cookie": f"sessionid={key}", "Host": "127.0.0.1"}
        self.connection.request("GET", "/evenements/?topics=flow", headers=headers)
        self.answer = self.connection.getresponse()
        if self.answer.status != 200:
            raise RuntimeError(f"the event server answered {self.answer.status}")
        self.heard: dict[str, float] = {}

    def run(self) -> None:
        try:
            while line := self.answer.readline():
                now = time.time()
                for probe in re.findall(rb":(P\d{4})", line):
                    self.heard.setdefault(probe.decode(), now)
        except (OSError, ValueError, AttributeError):
            return


@contextmanager
def listening() -> Iterator[Ears]:
    """An event server, and a browser that follows it."""
    port, key = free_port(), session()
    os.environ["ARCHIPEL_ALLOWED_HOSTS"] = "127.0.0.1"
    options = ["--port", str(port), "--log-level", "error", "--timeout-graceful-shutdown", "1"]
    server = subprocess.Popen([sys.executable, "-m", "uvicorn", "archipel.config.asgi:application", *options])
    try:
        wait_port(port, server)
        ears = Ears(port, key)
        time.sleep(1)
        ears.start()
        yield ears
    finally:
        server.terminate()
        server.wait(20)
