"""The worker killed between sending and recording (SIGKILL): nothing is lost, nothing is sent twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from archipel.connectors.ror.models import Answer, Dispatch, Exchange
from archipel.domains.flow import public as flow
from archipel.domains.flow.public import BedKey
from archipel.domains.flow.values.offers import Indicator
from archipel.foundation.scope import in_scope
from tests.factories.beds import CHU, make_stay, make_unit, system
from tests.factories.ror import Bench, bench, hospital, offer, place

KILLER = textwrap.dedent(
    """
    import os, signal, sys, django
    django.setup()
    from pathlib import Path
    from archipel.connectors.ror import client, feeding
    from archipel.connectors.ror.settings import ror_settings

    left = [int(sys.argv[1])]
    real = client.Client.patch

    def patch(self, key, body):
        reply = real(self, key, body)      # it has left, it is applied
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)   # and nobody wrote it down
        return reply

    client.Client.patch = patch
    settings = ror_settings()
    feeding.feed(
        client.Client(settings.supplier), client.Client(settings.consumer, settings), parallel=1, chance=lambda: 0.0
    )
    """
)


@pytest.fixture
def ror(tmp_path: Path, fresh_database: str) -> Iterator[Bench]:
    with bench(tmp_path) as found:
        yield found


def killed_after(ror: Bench, writings: int) -> int:
    """Run the feeding in a process that dies right after so many writings; its exit code."""
    environment = dict(os.environ, DJANGO_SETTINGS_MODULE="archipel.config.settings")
    for prefix, cert in (("ARCHIPEL_ROR_", "fournisseur"), ("ARCHIPEL_ROR_READ_", "consommateur")):
        environment |= {
            f"{prefix}URL": ror.mock.url, f"{prefix}CERT": str(ror.certs.cert(cert)),
            f"{prefix}KEY": str(ror.certs.key(cert)), f"{prefix}CA": str(ror.certs.ca),
            f"{prefix}TOKEN_FILE": str(ror.token),
        }  # fmt: skip
    environment |= {"ARCHIPEL_ROR_PROFILE": "CU22|1.2", "ARCHIPEL_ROR_ROLE": "AUTOMATE|1.2"}
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(writings)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    return done.returncode


def test_a_kill_between_sending_and_recording(ror: Bench) -> None:
    with in_scope(system()):
        hospital(ror)
        make_unit("3002", beds="201- 202-")
        second = flow.declare_offer(scope=system(), offer=offer("MED2", "3002"))
        ror.mock.store.put([place(second)])
        make_stay(BedKey(CHU, "3001", "101", "P"), sexe="")
    ror.feed()
    with in_scope(system()):
        make_stay(BedKey(CHU, "3001", "102", "1"), sexe="")
        make_stay(BedKey(CHU, "3002", "201", "1"), sexe="")
        Dispatch.objects.update(sent_at=None)
    begun = len(ror.mock.written())
    killed_after(ror, 1)
    assert len(ror.mock.written()) - begun == 1, "one operation of the four was applied"
    with in_scope(system()):
        assert Exchange.objects.filter(answers=None).count() == 4, "all were written down before leaving"
        assert sum(len(row.pending) for row in Dispatch.objects.all()) == 4

    ror.clock.forward(minutes=1)
    ror.feed()
    written = ror.mock.written()[begun:]
    assert len(written) == 4, "each figure reached the ROR once: none lost, none twice"
    told = [(one.path, one.body["parameter"][0]["part"][1]["valueString"]) for one in written]
    assert len(set(told)) == 4
    held = {p.location: {key: f.count for key, f in p.figures.items()} for p in ror.mock.store.places()}
    assert held["27-MED3001"][Indicator("03")] == 2 and held["27-MED2"][Indicator("03")] == 1
    with in_scope(system()):
        assert Answer.objects.filter(kind="relecture", verdict="accepte").count() == 1
        assert all(row.pending == [] and not row.differs_since for row in Dispatch.objects.all())
    ror.clock.forward(minutes=10)
    assert ror.feed().sent == 0
