"""The shell's pages, through the whole stack of middleware."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.urls import path, reverse

from archipel.config import urls
from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import Capability, in_scope, system_scope
from archipel.foundation.web import privacy
from archipel.kernel.errors import Conflict
from archipel.territory.models import Etablissement, Site, Uf
from archipel.ui import navigation, search

pytestmark = pytest.mark.django_db
DIJON = "210780581"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(role: Role | None = Role.CELLULE_TERRITORIALE, where: str = "*", **fields: object) -> Client:
    user = User.objects.create_user("essai", **fields)
    if role is not None:
        Grant.objects.create(user=user, role=role, establishment=where)
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def test_health_tells_the_state_and_nothing_else() -> None:
    answer = Client().get("/sante")
    assert answer.status_code == 200
    assert set(answer.json()) == {"version", "a", "base", "messages"}
    assert answer.json()["messages"] == {"dernier_age_s": None, "en_attente": 0}


def test_home_asks_who_you_are() -> None:
    answer = Client().get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/connexion/")


def test_an_account_without_a_role_is_told_what_to_do() -> None:
    answer = signed_in(None).get("/")
    assert answer.status_code == 200
    assert "Un administrateur d'Archipel doit donner" in answer.content.decode().replace("&#x27;", "'")


def test_a_page_of_the_shell_is_strict_and_marked(settings: object) -> None:
    settings.SYNTHETIC = True  # type: ignore[attr-defined]
    answer = signed_in().get("/glossaire/")
    body = answer.content.decode()
    assert "Données synthétiques" in body
    assert '<html lang="fr"' in body
    for directive in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
        assert directive in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    settings.SYNTHETIC = False  # type: ignore[attr-defined]
    assert "Données synthétiques" not in Client().get("/glossaire/").content.decode().partition("<main")[0]


def test_the_event_stream_is_the_only_other_address(settings: object) -> None:
    settings.EVENTS_PORT = "8001"  # type: ignore[attr-defined]
    answer = Client().get("/glossaire/", headers={"host": "localhost:8000"})
    assert "connect-src 'self' http://localhost:8001/evenements/;" in answer["Content-Security-Policy"]
    assert 'content="http://localhost:8001/evenements/"' in answer.content.decode()


def test_theme_is_remembered_and_checked() -> None:
    client = signed_in()
    answer = client.post("/preferences/theme", {"theme": "dark", "suite": "/glossaire/"})
    assert answer["Location"] == "/glossaire/"
    assert 'data-bs-theme="dark"' in client.get("/glossaire/").content.decode()
    assert 'data-bs-theme="dark"' in client.get("/programmes/aide/?theme=systemes-information").content.decode()
    assert User.objects.get().theme == "dark"
    refused = client.post("/preferences/theme", {"theme": "fuchsia"})
    assert refused.status_code == 422
    assert "fuchsia" in refused.content.decode()


@pytest.mark.parametrize("target", ["https://pirate.example/", "//pirate.example", "javascript:alert(1)", ""])
def test_one_never_returns_to_another_site(target: str) -> None:
    assert signed_in().post("/preferences/theme", {"theme": "auto", "suite": target})["Location"] == "/"


def audit(action: str) -> list[tuple[str, str, str]]:
    with in_scope(system_scope("essai", [])), connection.cursor() as cursor:
        cursor.execute("SELECT actor, establishment, object_key FROM audit_entry WHERE action = %s", [action])
        return cursor.fetchall()


def test_names_on_a_wall_are_hidden_and_their_reveal_leaves_a_trace() -> None:
    client = signed_in(Role.GESTIONNAIRE_LITS, DIJON)
    wall = "/glossaire/?mur=1"
    assert "Noms masqués" in client.get(wall).content.decode()
    assert "Noms masqués" not in client.get("/glossaire/").content.decode()
    assert client.post("/confidentialite/reveler", {"suite": wall, "action": "montrer"})["Location"] == wall
    assert "Noms visibles" in client.get(wall).content.decode()
    assert audit("names.reveal") == [("essai", DIJON, "/glossaire/")]
    client.post("/confidentialite/reveler", {"suite": wall, "action": "masquer"})
    assert "Noms masqués" in client.get(wall).content.decode()


def test_revealed_names_hide_again_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in()
    client.post("/confidentialite/reveler", {"suite": "/", "action": "montrer"})
    late = privacy.time.time() + privacy.REVEAL_SECONDS + 1
    monkeypatch.setattr(privacy.time, "time", lambda: late)
    assert "Noms masqués" in client.get("/glossaire/?mur=1").content.decode()


def test_who_may_not_see_patients_reveals_nothing() -> None:
    answer = signed_in(Role.DIRECTION).post("/confidentialite/reveler", {"suite": "/", "action": "montrer"})
    assert answer.status_code == 403
    assert audit("names.reveal") == []


def test_a_fragment_of_a_wall_hides_names_too() -> None:
    client = signed_in()
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/lits/?mur=1"}
    assert "Noms masqués" in client.get("/glossaire/", headers=headers).content.decode()


def test_discreet_mode_hides_names_everywhere() -> None:
    client = signed_in()
    client.post("/confidentialite/mode-discret", {"suite": "/glossaire/"})
    assert "Noms masqués" in client.get("/glossaire/").content.decode()
    client.post("/confidentialite/mode-discret", {"suite": "/glossaire/"})
    assert "Noms masqués" not in client.get("/glossaire/").content.decode()


def test_the_palette_finds_pages_and_places(monkeypatch: pytest.MonkeyPatch) -> None:
    Etablissement.objects.create(code=DIJON, name="CHU Dijon Bourgogne")
    Site.objects.create(finess="210987731", establishment=DIJON, name="Hôpital François Mitterrand", commune="Dijon")
    Uf.objects.create(establishment=DIJON, code="3101", name="Cardiologie dijonnaise")
    Uf.objects.create(establishment=DIJON, code="3102", name="Dijon fermée", closed=True)
    here = {"etablissement": ("place",), "site": ("place",), "uf": ("unit",)}
    monkeypatch.setattr(search, "TARGETS", here)
    monkeypatch.setattr(search, "reverse", lambda name, args=(): "/".join(["", name, *args]))
    found = signed_in().get("/recherche/palette?q=DIJ").json()["resultats"]
    assert [row["url"] for row in found] == [f"/place/{DIJON}", "/place/210987731", f"/unit/{DIJON}/3101"]
    client = Client()
    client.force_login(User.objects.create_user("sans-droit"), backend=BACKEND)
    assert client.get("/recherche/palette?q=DIJ").json()["resultats"] == []
    assert Client().get("/recherche/palette?q=DIJ").status_code == 302


def test_navigation_shows_what_exists_and_may_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    items = (
        navigation.NavItem("Glossaire", "ui:glossaire", "book"),
        navigation.NavItem("Réservé", "ui:accueil", "lock", Capability.GERER_COMPTES),
        navigation.NavItem("Pas encore là", "nulle:part", "map"),
    )
    monkeypatch.setattr(navigation, "NAVIGATION", items)
    header = signed_in().get("/glossaire/").content.decode().partition("<main")[0]
    assert "Réservé" not in header
    assert "Pas encore là" not in header
    assert f'<a href="{reverse("ui:glossaire")}" aria-current="page">' in header


@pytest.fixture
def failing_page() -> Iterator[str]:
    def half_done(request: object) -> None:
        Etablissement.objects.create(code="~demi", name="À moitié")
        raise Conflict("Ce lit vient d'être pris.", code="lit-pris")

    urls.urlpatterns.append(path("essai/a-moitie", half_done))
    yield "/essai/a-moitie"
    urls.urlpatterns.pop()


def test_what_fails_is_said_in_french_and_leaves_nothing_half_done(failing_page: str, settings: object) -> None:
    from django.urls import clear_url_caches

    clear_url_caches()
    client = signed_in()
    page = client.get(failing_page)
    assert page.status_code == 409
    assert "Ce lit vient d" in page.content.decode()
    fragment = client.get(failing_page, headers={"HX-Request": "true"})
    assert fragment.status_code == 409
    assert "<html" not in fragment.content.decode()
    assert "lit-pris" in fragment.content.decode()
    assert not Etablissement.objects.filter(code="~demi").exists()
    clear_url_caches()


def test_an_unknown_page_says_so() -> None:
    answer = signed_in().get("/nulle-part/")
    assert answer.status_code == 404
    assert "Page introuvable" in answer.content.decode()
