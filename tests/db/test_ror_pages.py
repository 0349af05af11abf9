"""The screens of the ROR: what is said and held, sent again, the mapping, the file, the region; who may and may not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from archipel.connectors.ror.codec.capacity import Figure
from archipel.connectors.ror.models import Dispatch, Exchange
from archipel.connectors.ror.reading import poll
from archipel.domains.flow import public as flow
from archipel.domains.flow.public import BedKey
from archipel.domains.flow.values.offers import Indicator
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Denied, Invalid
from tests.factories.accounts import make_user
from tests.factories.beds import CHU, LANGRES, SITE, make_stay, make_unit, system
from tests.factories.ror import STRUCTURE, Bench, bench, hospital, offer, place

KEY = f"{STRUCTURE}/MED3001"
PAGES = (
    "/ror/", "/ror/export", "/ror/correspondance/", "/ror/correspondance/export", "/ror/correspondance/ecarts/export",
    "/ror/journal/", "/ror/journal/export", "/ror/region/", "/ror/region/export", "/ror/parametres/",
    f"/ror/offres/{KEY}/",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ror")


@pytest.fixture
def ror(folder: Path, db: None) -> Iterator[Bench]:
    with bench(folder, tls=False) as found:
        yield found


@pytest.fixture
def fed(ror: Bench) -> Bench:
    with in_scope(system()):
        hospital(ror)
        make_stay(BedKey(CHU, "3001", "101", "P"), sexe="")
        make_unit("3002", beds="201- 202-", name="Chirurgie B", filiere="CHI")
        ror.feed()
    return ror


def signed_in(role: Role | str = Role.ADMINISTRATEUR, establishment: str = CHU) -> Client:
    client = Client()
    client.force_login(make_user(role, establishment), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_what_is_said_and_what_they_have_are_side_by_side(fed: Bench) -> None:
    page = signed_in(Role.GESTIONNAIRE_LITS).get("/ror/").content.decode()
    assert "1 offre à jour" in page and KEY in page and "À l'heure" not in page and "À jour" in page
    with in_scope(system()):
        make_stay(BedKey(CHU, "3001", "102", "1"), sexe="")
    page = signed_in(Role.GESTIONNAIRE_LITS).get(f"/ror/offres/{KEY}/").content.decode()
    assert "À envoyer" in page and "Occupé" in page and "replace" in page and "Requête" in page
    lines = signed_in().get("/ror/export").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2 and ";3;4;" in lines[1], lines[1]


@pytest.mark.parametrize("page", PAGES)
def test_whoever_sees_the_capacity_sees_it_and_nobody_else(fed: Bench, page: str) -> None:
    assert signed_in(Role.DIRECTION).get(page).status_code == 200
    assert signed_in(Role.REFERENT_ARS, "*").get(page).status_code == 403
    assert Client().get(page).status_code == 302


def test_sending_again_is_for_those_who_manage_the_beds_there(fed: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"/ror/offres/{KEY}/renvoyer"
    assert signed_in(Role.GESTIONNAIRE_LITS).post(address).status_code == 409, "the channel is not set"
    monkeypatch.setenv("ARCHIPEL_ROR_URL", fed.mock.url)
    assert signed_in(Role.DIRECTION).post(address).status_code == 403
    assert signed_in(Role.GESTIONNAIRE_LITS, LANGRES).post(address).status_code == 403
    assert signed_in(Role.GESTIONNAIRE_LITS).post(address).status_code == 302
    with in_scope(system()):
        assert Dispatch.objects.get().asked
        before = Exchange.objects.count()
        fed.clock.forward(minutes=1)
        assert fed.feed().refused == 0
        assert not Dispatch.objects.get().asked and Exchange.objects.latest("id").reason == "demande"
        assert Exchange.objects.count() > before
    page = signed_in(Role.GESTIONNAIRE_LITS)
    assert page.post("/ror/renvoyer", {"etat": "n'importe"}).status_code == 422
    assert page.post("/ror/renvoyer", {"etat": "a_jour"}).status_code == 302


def test_what_failed_and_who_must_act_is_on_the_screen(ror: Bench) -> None:
    with in_scope(system()):
        hospital(ror)
        make_stay(BedKey(CHU, "3001", "101", "P"), sexe="")
        ror.mock.store.remove("27-MED3001")
        ror.feed()
    page = signed_in(Role.DIRECTION).get("/ror/?etat=refus").content.decode()
    assert "Qui doit agir : GRADeS" in page and "1 à traiter par quelqu" in page
    assert "Aucune offre ne répond" in signed_in().get("/ror/?etat=a_jour").content.decode()
    assert "404" in signed_in().get("/ror/journal/?verdict=a-traiter").content.decode()


# --- mapping


def test_a_unit_is_counted_once_and_periods_follow_one_another(db: None) -> None:
    with in_scope(system()):
        make_unit("3001", beds="101-")
        make_unit("3002", beds="201-")
        first = flow.declare_offer(scope=system(), offer=offer("A", "3001"))
        with pytest.raises(Conflict, match="ne se dit qu'une fois"):
            flow.declare_offer(scope=system(), offer=offer("B", "3001"))
        with pytest.raises(Invalid, match="n'existe pas"):
            flow.declare_offer(scope=system(), offer=offer("B", "9999"))
        later = replace(first, units=("3002",), valid_from=first.valid_from.replace(year=2027))
        flow.declare_offer(scope=system(), offer=later)
        again = flow.declare_offer(scope=system(), offer=replace(first, name="Corrigée"))
        assert again.valid_to == later.valid_from, "what is declared for later stays"
        versions = flow.offer_versions(scope=system(), structure=STRUCTURE, code="A")
        assert [(v.units, v.valid_to) for v in versions] == [(("3002",), None), (("3001",), later.valid_from)]
        flow.declare_offer(scope=system(), offer=replace(offer("B", "3001"), valid_from=later.valid_from))
        with pytest.raises(Invalid, match="motif"):
            flow.end_offer(scope=system(), structure=STRUCTURE, code="A", reason=" ")
        flow.end_offer(scope=system(), structure=STRUCTURE, code="A", reason="fermé")
        assert flow.offers(scope=system(), day=flow.today()) == ()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"structure": "12"}, "structure"), ({"code": "a b"}, "code"), ({"filiere": "XX"}, "filiere"),
        ({"nature": "9"}, "nature"), ({"crisis": "9"}, "crisis"), ({"extra_with_staff": -1}, "extra_with_staff"),
        ({"name": " "}, "name"),
    ],
)  # fmt: skip
def test_a_wrong_offer_names_its_field(values: dict[str, object], expected: str) -> None:
    with pytest.raises(Invalid, match=expected):
        flow.check_offer(replace(offer("A"), **values))


def test_only_the_keepers_of_the_structure_declare(db: None) -> None:
    with in_scope(system()):
        make_unit("3001", beds="101-")
    form = {
        "etablissement": CHU, "idnatstruct": SITE, "code_externe": "MED", "nom": "Médecine", "filiere": "MED",
        "nature": "01", "affectation": "01", "uf": "3001", "depuis": "2026-01-01",
    }  # fmt: skip
    assert signed_in(Role.GESTIONNAIRE_LITS).post("/ror/correspondance/nouvelle/", form).status_code == 403
    answer = signed_in(Role.ADMINISTRATEUR, LANGRES).post("/ror/correspondance/nouvelle/", form)
    assert answer.status_code == 403 and flow_offers() == []
    admin = signed_in()
    assert admin.post("/ror/correspondance/nouvelle/", form | {"nature": "7"}).status_code == 422
    wrong = admin.post("/ror/correspondance/nouvelle/", form | {"uf": "9999"})
    assert wrong.status_code == 422 and "9999" in wrong.content.decode()
    assert admin.post("/ror/correspondance/nouvelle/", form).status_code == 302
    assert flow_offers() == [f"{STRUCTURE}/MED"]
    edit = f"/ror/correspondance/{STRUCTURE}/MED/"
    assert 'value="3001"' in admin.get(edit).content.decode()
    assert admin.post(edit, form | {"fermee": "oui", "depuis": flow.today().isoformat()}).status_code == 302
    with in_scope(system()):
        assert flow.offers(scope=system())[0].closed
    assert signed_in(Role.ADMINISTRATEUR, LANGRES).get(edit).status_code == 403
    assert admin.post(f"{edit}terminer", {"raison": "essai", "jour": "demain"}).status_code == 422
    assert admin.post(f"{edit}terminer", {"raison": "essai"}).status_code == 302
    assert flow_offers() == []


def flow_offers() -> list[str]:
    with in_scope(system()):
        return [one.key for one in flow.offers(scope=system())]


FILE = (
    "établissement;IdNatStruct;code externe;nom;filière;UF;depuis\n"
    f"{CHU};{SITE};MED;Médecine;MED;3001;01/01/2026\n"
    f"{CHU};{SITE};CHI;Chirurgie;CHI;3001;01/01/2026\n"
    f"{CHU};{SITE};OBS;Maternité;OBS;;32/01/2026\n"
    f"{CHU};{SITE};MED;Médecine bis;MED;;01/01/2026\n"
)


def test_a_file_is_tried_then_applied(db: None) -> None:
    with in_scope(system()):
        make_unit("3001", beds="101-")
    admin = signed_in()
    page = admin.post("/ror/correspondance/import/", {"fichier": SimpleUploadedFile("c.csv", FILE.encode())})
    text = page.content.decode()
    assert page.status_code == 200 and flow_offers() == [], "the trial keeps nothing"
    assert "1 nouvelles" in text and "Ligne 3" in text and "Ligne 4" in text and "Ligne 5" in text
    assert "depuis" in text and "jj/mm/aaaa" in text and "déjà dite ligne 2" in text
    hidden = page.context["essai"].text
    assert signed_in(Role.DIRECTION).post("/ror/correspondance/import/", {"texte": hidden}).status_code == 403
    applied = admin.post("/ror/correspondance/import/", {"acte": "appliquer", "texte": hidden, "nom": "c.csv"})
    assert applied.status_code == 302 and flow_offers() == [f"{STRUCTURE}/MED"]
    again = admin.post("/ror/correspondance/import/", {"fichier": SimpleUploadedFile("c.csv", FILE.encode())})
    assert "1 identiques" in again.content.decode()
    back = admin.get("/ror/correspondance/export").content
    assert (
        "1 identiques"
        in admin.post(
            "/ror/correspondance/import/", {"fichier": SimpleUploadedFile("export.csv", back)}
        ).content.decode()
    )
    xlsx = admin.get("/ror/correspondance/export?format=xlsx").content
    assert (
        "1 identiques"
        in admin.post(
            "/ror/correspondance/import/", {"fichier": SimpleUploadedFile("export.xlsx", xlsx)}
        ).content.decode()
    )
    assert admin.post("/ror/correspondance/import/", {}).status_code == 422
    empty = admin.post("/ror/correspondance/import/", {"fichier": SimpleUploadedFile("c.csv", b"a;b\n1;2\n")})
    assert "colonnes absentes" in empty.content.decode()


def test_the_gaps_are_listed(fed: Bench) -> None:
    page = signed_in().get("/ror/correspondance/").content.decode()
    assert "Unité sans offre" in page and "3002" in page and "Filière absente du ROR" in page
    assert "1 unité sur 2" in page


# --- the region


def test_the_neighbours_come_with_their_age(fed: Bench) -> None:
    at = fed.clock()
    for rank in range(450):
        far = place(
            offer(f"V{rank}"), organisation="CH de Vesoul", city="Vesoul", specialty="Réanimation", updated=at,
            latitude=47.6, longitude=6.15,
        )  # fmt: skip
        far.external = f"1700000000/V{rank}"
        told = at.replace(year=at.year - 1) if rank == 0 else at
        far.figures = {Indicator("02", "01", "04"): Figure(Indicator("02", "01", "04"), 2, told)}
        fed.mock.store.put([far])
    fed.mock.store.put([replace(fed.mock.store.places()[0], location="sans-date", external="1700000000/X")])
    with in_scope(system()):
        consumer = fed.consumer()
        harvest = poll(consumer, now=fed.clock)
        assert (harvest.down, harvest.pages, harvest.total) == ("", 3, 452)
        assert harvest.problems == [] and harvest.kept == 452
        fed.clock.forward(minutes=5)
        again = poll(consumer, now=fed.clock)
        assert again.places < 452 or again.kept == again.places
        consumer.close()
        found = flow.neighbours(scope=system(), filiere="SCA", near=(47.32, 5.06))
        assert len(found) == 450 and 80 < (found[0].distance_km or 0) < 100
        assert sum(one.stale for one in found) == 1
    page = signed_in(Role.DIRECTION).get(f"/ror/region/?filiere=SCA&site={SITE}&disponible=1").content.decode()
    assert "898 places disponibles" in page.replace("\u202f", "") and "Périmé" in page and "1 donnée périmée" in page
    assert KEY not in page, "our own offers are not our neighbours"
    headers = {name.title() for name in fed.mock.log[-1].headers}
    assert {"Ror-Role-Metier-Code", "Ror-Profil-Utilisateur-System"} <= headers
    assert (
        "_lastUpdated=ge" in fed.mock.log[-1].path and "_revinclude=HealthcareService:location" in fed.mock.log[-1].path
    )


def test_a_person_does_not_write_the_region(db: None) -> None:
    with in_scope(system()), pytest.raises(Denied):
        flow.store_regional(scope=replace(system(), user_id=1), offers=[], read_at=clock.now())
