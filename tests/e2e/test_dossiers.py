"""Two people write the same rubric in two real browsers: nothing is lost; drafts survive the loss of a session."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, Page, expect

from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.programmes.dossiers.services import writing
from tests.e2e.live import Site
from tests.factories.dossiers import CHU, account, bring, direction, fill, open_one, region

pytestmark = pytest.mark.e2e
START = "Première phrase. Deuxième phrase. Troisième phrase. Quatrième phrase."


def session_of(user: User) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


@pytest.fixture
def browser_of(live_site: Site, live_browser: Browser) -> Iterator[Callable[[User], tuple[Page, list[str]]]]:
    """A browser of its own for an account, already signed in, and what it complains about."""
    contexts = []

    def open_browser(user: User) -> tuple[Page, list[str]]:
        context = live_browser.new_context(base_url=live_site.url)
        contexts.append(context)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": live_site.url}])
        page, complaints = context.new_page(), []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return page, complaints

    yield open_browser
    for context in contexts:
        context.close()


@pytest.fixture
def people(fresh_database: str) -> tuple[User, User, int]:
    region()
    one, two = (account(Role.CHARGE_PROGRAMMES, CHU, name) for name in ("alice", "benoit"))
    number = open_one(scope_of(one))
    writing.save(scope=scope_of(one), dossier=number, rubric="enjeux", base=0, content={"texte": START})
    return one, two, number


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("ARCHIPEL_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found]


def write(page: Page, before: str, after: str) -> None:
    field = page.locator("#texte")
    field.fill(field.input_value().replace(before, after))


def test_two_people_write_the_same_rubric_at_once(
    people: tuple[User, User, int], browser_of: Callable[[User], tuple[Page, list[str]]]
) -> None:
    one, two, number = people
    address = f"/programmes/dossiers/{number}/rubriques/enjeux/"
    (alice, complaints_a), (benoit, complaints_b) = browser_of(one), browser_of(two)
    alice.goto(address)
    write(alice, "Première phrase.", "Première phrase d'Alice.")
    expect(alice.locator("[data-garde]")).to_contain_text("Brouillon gardé", timeout=15_000)
    benoit.goto(address)
    expect(benoit.locator("[data-presence]")).to_contain_text("alice est sur cette rubrique", timeout=15_000)
    expect(benoit.get_by_text("Brouillon de alice")).to_be_visible()
    write(benoit, "Quatrième phrase.", "Quatrième phrase de Benoît.")
    write(alice, "Deuxième phrase.", "Deuxième phrase d'Alice.")
    alice.keyboard.press("Control+s")
    expect(alice.get_by_role("status").filter(has_text="Enregistré : version 2")).to_be_visible(timeout=15_000)
    write(benoit, "Troisième", "La troisième")
    expect(benoit.locator("[data-presence]")).to_contain_text("a enregistré la version 2", timeout=15_000)
    benoit.get_by_role("button", name="Enregistrer Ctrl S").click()
    expect(benoit.locator("#texte")).to_have_value(
        "Première phrase d'Alice. Deuxième phrase d'Alice. La troisième phrase. Quatrième phrase de Benoît.",
        timeout=15_000,
    )
    # Both rewrite the last sentence: two texts, side by side, until somebody chooses.
    alice.goto(address)
    write(alice, "Quatrième phrase de Benoît.", "Fin selon Alice.")
    write(benoit, "Quatrième phrase de Benoît.", "Fin selon Benoît.")
    alice.get_by_role("button", name="Enregistrer Ctrl S").click()
    expect(alice.get_by_role("status").filter(has_text="version 4")).to_be_visible(timeout=15_000)
    benoit.get_by_role("button", name="Enregistrer Ctrl S").click()
    choice = benoit.locator("#choix")
    expect(choice).to_contain_text("Deux textes ont été écrits en même temps", timeout=15_000)
    expect(choice).to_contain_text("Fin selon Alice.")
    expect(choice).to_contain_text("Fin selon Benoît.")
    picture(benoit, "dossier-deux-textes")
    accessible(benoit)
    choice.get_by_role("button", name="Garder les deux, l'un après l'autre").click()
    expect(benoit.locator("#choix")).to_have_count(0, timeout=15_000)
    kept = benoit.locator("#texte").input_value()
    assert "Fin selon Alice." in kept and "Fin selon Benoît." in kept
    benoit.goto(f"{address}versions/?de=1&a=3")
    expect(benoit.locator("ins").first).to_be_visible()
    picture(benoit, "dossier-versions")
    accessible(benoit)
    assert complaints_a == [] == complaints_b


def test_what_was_typed_survives_the_loss_of_the_session(
    people: tuple[User, User, int], browser_of: Callable[[User], tuple[Page, list[str]]]
) -> None:
    one, _, number = people
    page, _ = browser_of(one)
    page.goto(f"/programmes/dossiers/{number}/rubriques/depenses/")
    page.get_by_role("button", name="Ajouter une ligne").click()
    page.locator('input[name="ligne-3-poste"]').fill("Interfaces")
    page.locator('input[name="ligne-3-a2026"]').fill("12 000")
    expect(page.locator("[data-garde]")).to_contain_text("Brouillon gardé", timeout=15_000)
    page.context.clear_cookies()
    page.close(run_before_unload=False)
    again, complaints = browser_of(one)
    again.goto(f"/programmes/dossiers/{number}/rubriques/depenses/")
    expect(again.get_by_text("est repris ci-dessous")).to_be_visible()
    expect(again.locator('input[name="ligne-0-poste"]')).to_have_value("Interfaces")
    accessible(again)
    again.get_by_role("button", name="Enregistrer et continuer").click()
    expect(again.get_by_role("heading", level=1)).to_contain_text("Validation à l'échelle du GHT", timeout=15_000)
    assert complaints == []


def test_from_a_theme_to_the_document(
    people: tuple[User, User, int], browser_of: Callable[[User], tuple[Page, list[str]]]
) -> None:
    one, _, _ = people
    page, complaints = browser_of(one)
    page.goto("/programmes/dossiers/")
    picture(page, "dossiers-liste")
    page.get_by_role("link", name="Ouvrir un dossier").first.click()
    page.get_by_label("Programme et thème").select_option(label="Désengorgement des urgences")
    page.get_by_label("Titre du projet").fill("Vision capacitaire partagée")
    page.get_by_label("Chef de file (FINESS PMSI)").select_option(index=1)
    picture(page, "dossier-nouveau")
    page.get_by_role("button", name="Ouvrir la rédaction").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vision capacitaire partagée")
    number = int(page.url.rstrip("/").rsplit("/", 1)[-1])
    fill(scope_of(one), number)
    page.reload()
    expect(page.locator(".rubriques").first).to_contain_text("Complet")
    picture(page, "dossier")
    accessible(page)
    page.get_by_role("link", name="Équipe projet et porteur responsable").first.click()
    picture(page, "dossier-equipe")
    for name in ("perimetre", "pieces"):
        page.goto(f"/programmes/dossiers/{number}/{name}/")
        picture(page, f"dossier-{name}")
    page.goto(f"/programmes/dossiers/{number}/document/")
    expect(page.get_by_role("heading", name="Prévisionnel de dépenses")).to_be_visible()
    picture(page, "dossier-document")
    accessible(page)
    for kind in ("DOCX", "PDF"):
        with page.expect_download() as got:
            page.get_by_role("link", name=kind).click()
        assert got.value.suggested_filename.endswith(kind.lower())
    assert complaints == []


def test_the_agency_notes_decides_and_pays(
    people: tuple[User, User, int], browser_of: Callable[[User], tuple[Page, list[str]]]
) -> None:
    ours, judge = direction(), account(Role.REFERENT_ARS, "region:27", "juge")
    _, _, number = people
    fill(ours, number, leave={"enjeux"})
    bring(number, "en_instruction", writer=ours, judge=scope_of(judge))
    page, complaints = browser_of(judge)
    page.goto("/programmes/dossiers/region/")
    picture(page, "dossiers-region")
    page.get_by_role("link", name="Aval", exact=True).click()
    first = page.locator("#critere-ambition")
    first.get_by_label("Note de 0 à 4 (facultative)").select_option("3")
    first.get_by_label("Appréciation").fill("Périmètre large")
    first.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#critere-ambition")).to_contain_text("3/4", timeout=15_000)
    page.get_by_role("link", name="Décider").click()
    act = page.locator("#acte-retenir")
    act.locator("summary").click()
    act.get_by_label("Montant accordé (€)").fill("40 000")
    act.get_by_label("Motif").fill("Ambition du périmètre")
    act.get_by_role("button", name="Retenir le projet").click()
    expect(page.get_by_text("Le dossier est « Retenu »")).to_be_visible(timeout=15_000)
    page.get_by_role("link", name="Instruire").click()
    page.get_by_label("Échéance").select_option("versement-2026")
    page.get_by_label("Montant (€)").fill("20 000")
    page.get_by_role("button", name="Enregistrer le versement").click()
    expect(page.locator("#contenu")).to_contain_text("20 000 € versés", timeout=15_000)
    picture(page, "dossier-instruction")
    page.goto("/programmes/dossiers/region/statistiques/")
    expect(page.locator("archipel-chart svg").first).to_be_visible(timeout=15_000)
    picture(page, "dossiers-statistiques")
    assert complaints == []
