"""The scripted day on real processes and real sockets: what leaves the house is proved by the logs of those outside."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from unittest.mock import patch

import pytest
from django.test import override_settings
from playwright.sync_api import expect

from archipel.connectors.mdm.mock import Behaviour, Mock
from archipel.demo import ror as demo_ror
from archipel.demo.day.messages import Sender
from archipel.demo.day.script import Cast, Day
from archipel.domains.flow import public as flow
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.files import reference_dir
from archipel.foundation.scope import EVERYWHERE
from archipel.kernel.ins import OID_TEST
from tests.e2e.live import Opened, Site, free_port
from tests.factories.accounts import make_user
from tests.factories.beds import CHU, LANGRES, SITE, make_stay, make_unit
from tests.factories.documents import make_physician
from tests.factories.ror import Bench, bench, hospital

pytestmark = pytest.mark.e2e


@pytest.fixture
def outside(live_site: Site, tmp_path: Path) -> Iterator[tuple[Bench, Mock]]:
    """A ROR and an exchange platform, and a site whose processes know where they are."""
    replies = free_port()
    with bench(tmp_path) as ror, patch.dict(os.environ):  # the demonstration sets the environment of its processes
        platform = Mock(Behaviour(("127.0.0.1", replies), delay=0.1)).start()
        settings = {
            "ARCHIPEL_ROR_CONFIG": str(quick_pace(tmp_path)),
            "ARCHIPEL_PFI": f"127.0.0.1:{platform.port}", "ARCHIPEL_PFI_LISTEN_HOST": "127.0.0.1",
            "ARCHIPEL_PFI_LISTEN_PORT": str(replies), "ARCHIPEL_INS_ENVIRONMENT": "test", "ARCHIPEL_CDA_RULES": "",
        }  # fmt: skip
        os.environ.update(settings)
        demo_ror.point_at(ror.mock.url, ror.certs)
        live_site.environment.update(settings | ror_settings())
        with override_settings(INS_ENVIRONMENT="test", CDA_RULES="", DOCUMENTS_AUTO=""):
            yield ror, platform
        platform.stop()


def quick_pace(folder: Path) -> Path:
    """The shipped parameters of the ROR, but for the five minutes between two sendings of an offer."""
    shipped = (reference_dir() / "flow" / "ror.toml").read_text(encoding="utf-8")
    pace = "minutes_entre_envois = 5\n"
    assert shipped.count(pace) == 1
    path = folder / "ror.toml"
    path.write_text(shipped.replace(pace, "minutes_entre_envois = 0.05\n"), encoding="utf-8")
    return path


def ror_settings() -> dict[str, str]:
    """What the demonstration tells its own processes."""
    return {name: value for name, value in os.environ.items() if name.startswith("ARCHIPEL_ROR_")}


def cast_of(site: Site, ror: Bench, platform: Mock) -> Cast:
    """A hospital with an emergency department and a ward, and another with a free bed."""
    make_unit("0500", filiere="URG", beds="BOX-1 BOX-2", name="Urgences", usage="box")
    declared = hospital(ror)
    make_unit("7001", establishment=LANGRES, site="520780321", beds="201- 202-", filiere="MED")
    make_stay(flow.BedKey(CHU, "3001", "104", "1"))
    return Cast(
        sender=Sender(CHU, "0500", OID_TEST),
        mllp=("127.0.0.1", site.mllp),
        web=site.url,
        nurse=scope_of(make_user(Role.IDE_URGENCES, CHU)),
        cell=scope_of(make_user(Role.CELLULE_TERRITORIALE, EVERYWHERE)),
        receiver=scope_of(make_user(Role.GESTIONNAIRE_LITS, LANGRES)),
        physician=scope_of(make_physician()),
        site=SITE,
        ward=flow.BedKey(CHU, "3001", "102", "1"),
        offer=(declared.structure, declared.code),
        elsewhere=LANGRES,
        filiere="MED",
        ror=lambda: [asdict(one) for one in ror.mock.log],
        platform=lambda: platform.log,
    )


def test_a_day_from_the_full_department_to_the_acknowledged_report(
    live_site: Site, outside: tuple[Bench, Mock], browser_page: Callable[..., Opened]
) -> None:
    ror, platform = outside
    cast = cast_of(live_site, ror, platform)
    live_site.open_doors()
    live_site.run("archipel", "documents", "envoyer")
    cast = replace(cast, mllp=("127.0.0.1", live_site.mllp))
    board = browser_page(f"/urgences/{SITE}/", Role.IDE_URGENCES, CHU).page
    titles = [step.title for step in Day(cast, arrivals=6).play()]
    assert len(titles) == 8

    # The board showed them without being reloaded; the offer of the ward went to the ROR twice and more.
    expect(board.get_by_text("JOURNEE005")).to_be_visible()
    told = [one for one in ror.mock.log if one.method == "PATCH" and one.status == 200]
    assert len(told) >= 2
    assert {one.client for one in told} == {"fournisseur"}

    # One report handed over once, acknowledged by the DMP; nothing with a name in the platform's log.
    assert len(platform.documents) == 1
    assert [one["type"] for one in platform.log if one["quoi"] == "accuse"] == ["ZAM^Z01"]
    assert "JOURNEE" not in str(platform.log)
