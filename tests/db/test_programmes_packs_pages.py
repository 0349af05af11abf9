"""Pages of packs: each route for each kind of visitor; the list, a pack, a rule, a comparison, a proposal's life."""

from __future__ import annotations

from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern
from icalendar import Calendar

from archipel.foundation.accounts.roles import Role
from archipel.programmes.packs import public as packs
from archipel.programmes.packs.models import Decision, Version
from archipel.programmes.packs.pages import urlpatterns
from archipel.programmes.packs.queries import store
from archipel.programmes.packs.services.versions import propose, publish
from tests.db.test_programmes_packs import NATIONAL, published, second
from tests.factories.accounts import make_user
from tests.unit.test_packs_checks import OVERLAY, text

pytestmark = pytest.mark.django_db
BASE = "/programmes/packs/"
VIEWS = {
    "hopen2-aap": ("apercu", "exigences", "regles", "financement", "calendrier", "dossier", "sources", "versions"),
    "plan-accompagnement-2016": ("apercu", "catalogue", "regles", "chiffres"),
    "maturite-identite": ("grilles",),
    "hopital-numerique": ("chiffres", "exigences"),
    "care-d2": ("regles", "exigences", "grilles"),
    "hospiconnect": ("exigences",),
    "contexte-national": ("exigences",),
    "sun-es": ("apercu",),
    "hopen2-phase1": ("apercu",),
}


def client_of(role: Role | None, place: str = "210780581", *, connected: bool = True) -> Client:
    client = Client()
    if connected:
        client.force_login(make_user(role, place), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def director() -> Client:
    return client_of(Role.DIRECTION, "*")


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(BASE + address)
    assert response.status_code == status, (address, response.status_code)
    return unescape(response.content.decode())


def addresses(version: int) -> dict[str, str]:
    """Route name → an address of it, for the routes that are read."""
    pack = "hopen2-aap"
    return {
        "accueil": "", "liste-export": "export?format=csv", "fichier": f"fichiers/{version}", "pack": f"{pack}/",
        "export": f"{pack}/export/exigences?format=csv", "ical": f"{pack}/calendrier.ics",
        "comparer": f"{pack}/comparer/", "comparer-export": f"{pack}/comparer/export?format=csv",
        "regle": f"{pack}/regles/rattrapage/",
    }  # fmt: skip


def test_every_route_for_every_visitor() -> None:
    kept = store.version_of("hopen2-aap").id
    waiting = propose(scope=NATIONAL, text=text("aap")).id
    proposer = {"proposer": "proposer/", "propositions": "propositions/", "proposition": f"propositions/{waiting}/"}
    readers = addresses(kept)
    assert set(readers) | set(proposer) | {"retrait"} == {
        route.name for route in urlpatterns if isinstance(route, URLPattern)
    }
    visitors = {
        "personne": (client_of(None, connected=False), 302, 302), "sans rôle": (client_of(None), 403, 403),
        "lits": (client_of(Role.GESTIONNAIRE_LITS), 403, 403), "établissement": (client_of(Role.DIRECTION), 200, 403),
        "ARS": (client_of(Role.REFERENT_ARS, "*"), 200, 403),
        "chargé": (client_of(Role.CHARGE_PROGRAMMES, "*"), 200, 200),
        "direction": (client_of(Role.DIRECTION, "*"), 200, 200),
        "administrateur": (client_of(Role.ADMINISTRATEUR, "*"), 200, 200),
    }  # fmt: skip
    for name, (client, reads, proposes) in visitors.items():
        for group, status in ((readers, reads), (proposer, proposes)):
            for route, address in group.items():
                assert client.get(BASE + address).status_code == status, (name, route)


def test_who_may_not_write_writes_nothing() -> None:
    kept, waiting = store.version_of("hopen2-aap").id, propose(scope=NATIONAL, text=text("aap")).id
    before = (Version.objects.count(), Decision.objects.count())
    for client in (client_of(None, connected=False), client_of(Role.DIRECTION), client_of(Role.REFERENT_ARS, "*")):
        assert client.post(BASE + "proposer/", {"texte": second()}).status_code in (302, 403)
        for act in ("publier", "refuser"):
            answer = client.post(f"{BASE}propositions/{waiting}/", {"acte": act, "motif": "x"})
            assert answer.status_code in (302, 403)
        assert client.post(f"{BASE}versions/{kept}/retrait/", {"motif": "x"}).status_code in (302, 403)
    manager = client_of(Role.CHARGE_PROGRAMMES, "*")
    for act in ("publier", "refuser"):
        answer = manager.post(f"{BASE}propositions/{waiting}/", {"acte": act, "motif": "x"})
        assert answer.status_code == 403 and "n'a pas le droit" in unescape(answer.content.decode())
    assert manager.post(f"{BASE}versions/{kept}/retrait/", {"motif": "x"}).status_code == 403
    assert (Version.objects.count(), Decision.objects.count()) == before


def test_a_proposal_is_not_read_by_all(director: Client) -> None:
    waiting = propose(scope=NATIONAL, text=text("aap")).id
    assert client_of(Role.DIRECTION).get(f"{BASE}fichiers/{waiting}").status_code == 404
    assert director.get(f"{BASE}fichiers/{waiting}").content.decode() == text("aap")


def test_the_list_is_filtered_dated_and_exported(director: Client) -> None:
    whole = page(director, "?clos=1")
    for path in packs.shipped_files():
        assert f"/programmes/packs/{path.parent.name}/" in whole
    assert "/programmes/packs/sun-es/" not in page(director, ""), "les programmes clos sont repliés"
    assert "/programmes/packs/hopen2-aap/" not in page(director, "?nature=grille")
    assert "Aucun référentiel ne répond" in page(director, "?q=introuvable")
    assert "hopen2-aap" in page(director, "export?format=csv")
    assert page(director, "?le=hier", 422)


@pytest.mark.parametrize("pack", sorted(VIEWS))
def test_every_view_of_every_shipped_pack_shows(director: Client, pack: str) -> None:
    assert set(VIEWS) == {path.parent.name for path in packs.shipped_files()}
    for view in VIEWS[pack]:
        shown = page(director, f"{pack}/?vue={view}")
        assert f"vue={view}" in shown and 'aria-current="page"' in shown
        assert "None" not in shown.replace("rel=", ""), (pack, view)


def test_the_call_for_projects_shows_its_figures_and_its_defect(director: Client) -> None:
    money = page(director, "hopen2-aap/?vue=financement")
    for amount in ("35 000", "51 000", "85 000", "205 000"):
        assert amount.replace(" ", "\u202f") in money
    assert "60\u202f000 à moins de 230\u202f000" in money
    assert "C3-2023" in page(director, "hopen2-aap/?vue=sources")
    assert "C3-2023" in page(director, "hopen2-aap/?vue=calendrier"), "signalé là où il compte"
    assert "dans les sources de ce référentiel" in page(director, "hopen2-aap/")
    assert "29 mai 2026" in page(director, "hopen2-aap/?vue=calendrier&le=2026-05-01")
    assert "dans 28 jours" in page(director, "hopen2-aap/?vue=calendrier&le=2026-05-01")


def test_a_rule_reads_in_french_with_its_cases(director: Client) -> None:
    shown = page(director, "hopen2-aap/regles/rattrapage/")
    assert "Toutes ces conditions" in shown and "Cas d'essai" in shown and "Vérifié" in shown
    assert "éligibilité au thème" in shown.lower() and "S4" in shown
    assert page(director, "hopen2-aap/regles/nulle-part/", 404)
    assert page(director, "nulle-part/", 404)


def test_tables_and_calendar_leave_as_files(director: Client) -> None:
    for pack, table, word in (
        ("hopen2-aap", "exigences", "urgences/"), ("hopen2-aap", "regles", "Toutes ces conditions"),
        ("hopen2-aap", "calendrier", "Ferme"), ("hopen2-aap", "defauts", "C3-2023"),
        ("plan-accompagnement-2016", "aides", "UniHA"), ("maturite-identite", "indicateurs", "PROC-01A"),
    ):  # fmt: skip
        assert word in page(director, f"{pack}/export/{table}?format=csv"), table
        assert director.get(f"{BASE}{pack}/export/{table}?format=xlsx").content[:2] == b"PK"
    assert page(director, "hopen2-aap/export/rien", 404)
    book = Calendar.from_ical(director.get(f"{BASE}hopen2-aap/calendrier.ics").content)
    ends = {event["summary"]: event["dtstart"].dt.isoformat() for event in book.walk("VEVENT")}
    assert "2026-05-29" in ends.values()


# --- a proposal's life


def upload(client: Client, content: str, name: str = "aap.yaml") -> str:
    answer = client.post(BASE + "proposer/", {"fichier": SimpleUploadedFile(name, content.encode())})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def test_a_version_goes_from_a_file_to_being_in_force(director: Client) -> None:
    where = upload(director, text("aap"))
    shown = director.get(where).content.decode()
    assert "Elle peut être publiée" in shown and "Aucune version de ce référentiel" in shown
    assert "1 proposition à relire" in page(director, "")
    refused = director.post(where, {"acte": "publier", "motif": ""})
    assert refused.status_code == 422 and "pourquoi" in refused.content.decode()
    assert director.post(where, {"acte": "publier", "motif": "Relu"})["Location"] == f"{BASE}aap-exemple/"
    assert director.post(where, {"acte": "publier", "motif": "Encore"}).status_code == 422
    where = upload(director, second(), "aap-2.yaml")
    shown = director.get(where).content.decode()
    assert "85\u202f000" in shown and "86\u202f000" in shown and "Rien ne tient à la version 2026.1" in shown
    director.post(where, {"acte": "publier", "motif": "Montant revu"})
    compared = page(director, "aap-exemple/comparer/")
    assert "de la version 2026.1 à la version 2026.2" in compared and "86\u202f000" in compared
    assert "86 000" in page(director, "aap-exemple/comparer/export?format=csv").replace("\u202f", " ")
    old = page(director, "aap-exemple/?version=2026.1&vue=financement")
    assert "n'est pas celle en vigueur" in old and "85\u202f000" in old


def test_a_wrong_file_is_told_line_by_line_and_nothing_typed_is_lost(director: Client) -> None:
    wrong = text("aap").replace("porteur: DNS\n", "").replace("n: 2\n", "n: deux\n")
    answer = director.post(BASE + "proposer/", {"texte": wrong})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "la clé « porteur » manque" in shown and "« deux » trouvé, un entier attendu" in shown
    assert "pack: aap-exemple" in shown, "le texte collé est rendu"
    assert director.post(BASE + "proposer/", {}).status_code == 422
    latin = SimpleUploadedFile("x.yaml", "titre: é".encode("latin-1"))
    assert "UTF-8" in director.post(BASE + "proposer/", {"fichier": latin}).content.decode()


def test_a_proposal_that_cannot_be_published_says_why(director: Client) -> None:
    where = upload(director, text("aap").replace("vaut: 2026-05-30", "vaut: 2026-05-28"))
    shown = director.get(where).content.decode()
    assert "ne peut pas être publiée" in shown and "depot-un-jour-trop-tard" in shown
    assert 'value="publier"' not in shown
    assert director.post(where, {"acte": "publier", "motif": "x"}).status_code == 422
    assert director.post(where, {"acte": "rien"}).status_code == 422
    assert director.post(where, {"acte": "refuser", "motif": "Faux"}).status_code == 302
    assert "Faux" in page(director, "propositions/")


def test_a_version_is_withdrawn_and_put_back(director: Client) -> None:
    first = published(text("aap"))
    newer = published(second())
    address = f"{BASE}versions/{newer.id}/retrait/"
    assert director.get(address).status_code == 405
    assert director.post(address, {"acte": "retirer", "motif": ""}).status_code == 422
    assert director.post(address, {"acte": "retirer", "motif": "Erreur"}).status_code == 302
    assert packs.current("aap-exemple").version == first.version
    assert "Remettre 2026.2" in page(director, "aap-exemple/?vue=versions")
    director.post(address, {"acte": "remettre", "motif": "Rétabli"})
    assert packs.current("aap-exemple").version == "2026.2"
    director.post(f"{BASE}versions/{newer.id}/retrait/", {"motif": "x"})
    assert director.post(f"{BASE}versions/{first.id}/retrait/", {"motif": "x"})["Location"] == f"{BASE}propositions/"


def test_a_region_reads_its_own_calendar(director: Client) -> None:
    published(text("aap"))
    publish(scope=NATIONAL, version_id=propose(scope=NATIONAL, text=OVERLAY).id, reason="ARS")
    assert "15 mai 2026" in page(director, "aap-exemple/?vue=calendrier&region=27")
    assert "15 mai 2026" not in page(director, "aap-exemple/?vue=calendrier")
    assert "Référente" in page(director, "aap-exemple/?region=27")
    assert "dans la région Bourgogne-Franche-Comté" in page(director, "aap-exemple/?vue=versions")


def test_the_palette_reaches_a_programme() -> None:
    def titles(client: Client) -> set[str]:
        return {one["url"] for one in client.get("/recherche/palette?q=hospi").json()["resultats"]}

    assert f"{BASE}hospiconnect/" in titles(client_of(Role.REFERENT_ARS, "*"))
    assert f"{BASE}hospiconnect/" not in titles(client_of(Role.GESTIONNAIRE_LITS))
