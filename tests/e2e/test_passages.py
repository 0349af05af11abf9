"""A physician writes and validates, the list follows; a nurse opens a page that its patient reads, even offline."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from archipel.connectors.mdm.listener import Listener, Options
from archipel.connectors.mdm.mock import Behaviour, Mock
from archipel.domains.flow import public as flow
from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.passages.documents import public as documents
from archipel.passages.pathway.values.words import WORDS
from tests.db.test_ed import department
from tests.e2e.live import Opened
from tests.factories.beds import make_stay, system
from tests.factories.documents import make_exit

pytestmark = pytest.mark.e2e
Open = Callable[..., Opened]


def test_from_the_draft_to_the_acknowledgement(browser_page: Open, settings: object) -> None:
    settings.INS_ENVIRONMENT = "test"  # type: ignore[attr-defined]
    make_exit(qualified=False)
    documents.prepare_due()
    opened = browser_page("/documents/", role=Role.MEDECIN_URGENCES)
    page = opened.page
    User.objects.update(rpps="10101010101", last_name="Martin", first_name="Jeanne")
    page.get_by_role("link", name=re.compile("Compte rendu de passage")).click()
    page.get_by_label("Diagnostic").fill("Entorse de la cheville")
    page.get_by_role("button", name="Valider et envoyer").click()
    expect(page.get_by_text("Sans destination")).to_be_visible()
    expect(page.get_by_text("sans INS, le document ne part pas")).to_be_visible()
    assert not opened.complaints


def test_the_list_follows_the_acknowledgements(
    browser_page: Open, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    settings.INS_ENVIRONMENT = "test"  # type: ignore[attr-defined]
    from tests.db.test_documents import draft, get, written

    listener = Listener(Options(port=0))
    listener.start()
    mock = Mock(Behaviour(("127.0.0.1", listener.port), delay=0.1)).start()
    monkeypatch.setenv("ARCHIPEL_PFI", f"127.0.0.1:{mock.port}")
    monkeypatch.delenv("ARCHIPEL_MSSANTE_SMTP", raising=False)
    number = draft()
    opened = browser_page("/documents/", role=Role.DIM)
    expect(opened.page.locator("tbody").get_by_text("À valider")).to_be_visible()
    written(number)
    documents.run_once()
    expect(opened.page.locator("tbody").get_by_text("Transmis")).to_be_visible()
    assert get(number).state == "transmis"
    mock.stop()
    listener.shutdown()
    listener.server_close()


def test_the_patient_reads_their_page_and_keeps_it_without_a_network(browser_page: Open) -> None:
    venue = make_stay(department()["ATT1"])
    opened = browser_page(f"/urgences/patients/{venue}/", role=Role.IDE_URGENCES)
    page = opened.page
    page.get_by_role("link", name="Ouvrir le fil d'Ariane").click()
    page.get_by_label("Langue du patient").select_option("en")
    page.get_by_label("Le patient est d'accord").check()
    page.get_by_role("button", name="Ouvrir et montrer le code").click()
    expect(page.locator(".bon svg")).to_be_visible()
    address = re.search(r"http\S+/fil/[\w-]+/", page.locator(".bon").inner_text())
    assert address
    phone = page.context.browser.new_context(viewport={"width": 360, "height": 720})  # type: ignore[union-attr]
    screen = phone.new_page()
    screen.goto(address[0])
    words = WORDS["en"]
    expect(screen.locator("[aria-current=step]")).to_contain_text(words.stages["attente"])
    screen.wait_for_function(
        "navigator.serviceWorker.controller !== null || navigator.serviceWorker.ready.then(() => true)"
    )
    screen.reload()
    with in_scope(system()):
        flow.record_medical_start(scope=system(), venue=venue)
    screen.get_by_role("link", name=words.refresh).click()
    expect(screen.locator("[aria-current=step]")).to_contain_text(words.stages["examens"])
    screen.goto(address[0])
    phone.set_offline(True)
    screen.reload()
    expect(screen.locator("#hors-ligne")).to_contain_text(words.offline)
    expect(screen.locator("[aria-current=step]")).to_contain_text(words.stages["examens"])
    phone.set_offline(False)
    assert urlsplit(screen.url).path.startswith("/fil/")
    without = page.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    plain = without.new_page()
    plain.goto(address[0])
    expect(plain.locator("[aria-current=step]")).to_contain_text(words.stages["examens"])
    phone.close()
    without.close()
    assert not opened.complaints
