"""Pages of trajectories: each route, for each kind of visitor; the path from a preset to a chosen plan by forms."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import Scope, in_scope
from archipel.scenarios.trajectory import public as trajectory
from archipel.scenarios.trajectory.public import Preset
from tests.factories.accounts import make_user
from tests.factories.systems import CHU, LANGRES
from tests.factories.trajectory import MEMBERS, furnish, make, solve

pytestmark = pytest.mark.django_db
PAGES = ("scenario", "donnees", "reglages", "plan")
TABLES = ("bascules", "couts", "annees", "cible", "contraintes")


@pytest.fixture
def scope() -> Scope:
    return furnish()


def signed_in(role: Role = Role.SERVICES_NUMERIQUES, where: str = "*") -> Client:
    client = Client()
    client.force_login(make_user(role, where), backend="django.contrib.auth.backends.ModelBackend")
    return client


def url(name: str, *args: object) -> str:
    return reverse(f"trajectory:{name}", args=args)


def body(client: Client, address: str, status: int = 200, **headers: str) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == status, (address, answer.status_code, answer.content[:400])
    return answer.content.decode()


def test_from_a_preset_to_the_trajectory_of_the_group(scope: Scope) -> None:
    client = signed_in()
    assert "Aucun scénario" in body(client, url("accueil"))
    assert "Un seul DPI" in body(client, url("nouveau"))
    made = client.post(url("nouveau"), {"prereglage": "un-dpi", "etablissement": MEMBERS, "action": "calculer"})
    assert made.status_code == 302, made.content[:500]
    number = int(made.url.rstrip("/").rsplit("/", 1)[-1])
    assert "Il commencera" in body(client, made.url) and "hx-trigger" in body(client, made.url)
    run = trajectory.claim()
    assert run is not None
    trajectory.execute(run)
    fragment = client.get(made.url + "?plan=0", headers={"HX-Request": "true"})
    assert fragment["HX-Refresh"] == "true"
    page = body(client, made.url)
    for words in ("Prouvé à moins de 1 %", "Plan vérifié", "Calendrier des bascules", "Ce que coûte chaque contrainte",
                  "Convergence par fonction", "Risques", "archipel-chart",
                  "ce qui ne tiendrait pas", "n'est pas un plan"):  # fmt: skip
        assert words in page, words
    assert client.post(url("publier", number), {"note": "Avis favorable"}).status_code == 302
    assert "La trajectoire du groupement est" in body(client, url("accueil"))
    assert "besoins sont comme prévu" in body(client, url("suivi"))
    assert client.post(url("retirer", number), {"motif": "à revoir"}).status_code == 302
    assert "Aucune trajectoire" in body(client, url("suivi"))


def test_totals_are_the_same_everywhere(scope: Scope) -> None:
    number = make(scope, Preset.LIBRE)
    solve(scope, number)
    client = signed_in()
    with in_scope(scope):
        held = trajectory.solution(trajectory.scenario(number))
    assert held is not None
    cost = held.body["cout"]
    answers = {}
    for table in TABLES:
        text = client.get(url("export", number, table) + "?format=csv").content.decode("utf-8-sig")
        answers[table] = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    by_part = sum(float(row["Coût (€)"].replace(",", ".")) for row in answers["couts"])
    by_year = sum(float(row["Coût (€)"].replace(",", ".")) for row in answers["annees"])
    assert by_part == pytest.approx(cost, abs=1) and by_year == pytest.approx(cost, abs=1)
    assert len(answers["bascules"]) == sum(c.switch_year is not None for c in held.choices)
    assert len(answers["cible"]) == len(held.choices)
    sheet = load_workbook(io.BytesIO(client.get(url("export", number, "annees") + "?format=xlsx").content)).active
    assert sheet.max_row == len(held.results.years) + 1  # type: ignore[union-attr]
    assert client.get(url("export", number, "rien")).status_code == 404


def test_settings_by_the_form(scope: Scope) -> None:
    number = make(scope)
    client = signed_in()
    page = body(client, url("reglages", number))
    assert "Cibles" in page and "Capacité des équipes" in page
    with in_scope(scope):
        before = trajectory.scenario(number).version.settings
    form = {
        "premiere_annee": "2028", "annees": "4", "secondes": "30", "ecart": "0,5", "prix": "oui",
        "cible_0_fonction": "dpi", "cible_0_part": "50", "cible_0_produit": "Horizon DPI", "cible_0_membre": [CHU],
        "cible_1_fonction": "pui", "cible_1_part": "100", "obligatoire_des": "2030", "souverain": "40",
        "carbone": "10", "une_grande": "oui", "capacite_2028": "900", "capacite_2029": "800", "capacite_2030": "700",
        "capacite_2031": "600", f"budget_{CHU}": "30 000 000", "exclu": ["Lantern EHR"], "fin_produit": ["Cap Dossier"],
        "fin_annee": ["2029"], "h_licence": "55", "h_jours:dossier": "70",
        **{f"poids_{name}": "1" for name in ("licences", "run", "fees", "interfaces", "migration")},
        "poids_carbon": "0,5",
    }  # fmt: skip
    assert client.post(url("reglages", number), form).status_code == 302
    with in_scope(scope):
        after = trajectory.scenario(number).version.settings
    assert (after.first_year, after.years, after.gap) == (2028, 4, 0.005)
    assert [(t.function, t.share, t.product, t.members) for t in after.targets] == [
        ("dpi", 0.5, "Horizon DPI", (CHU,)), ("pui", 1.0, "", ()),
    ]  # fmt: skip
    assert after.capacity == (900, 800, 700, 600) and dict(after.budgets) == {CHU: 30_000_000}
    assert after.barred == ("Lantern EHR",) and after.ends == (("Cap Dossier", 2029),)
    assert dict(after.assumptions) == {"licence": 55.0, "jours:dossier": 70.0} and after.weights.carbon == 0.5
    wrong = client.post(url("reglages", number), {**form, "souverain": "beaucoup"})
    assert wrong.status_code == 422 and "beaucoup" in wrong.content.decode()
    assert client.post(url("annuler", number)).status_code == 302
    with in_scope(scope):
        assert trajectory.scenario(number).version.settings == before


def test_the_plan_by_hand(scope: Scope) -> None:
    number = make(scope, Preset.LIBRE)
    solve(scope, number)
    client = signed_in()
    with in_scope(scope):
        first = trajectory.scenario(number).version.settings.first_year
    act = {"etablissement": LANGRES, "fonction": "gmao", "produit": "Cale GMAO", "annee": str(first + 2)}
    assert client.post(url("plan", number), {**act, "action": "imposer"}).status_code == 302
    page = body(client, url("plan", number) + f"?etablissement={LANGRES}")
    assert "À la main" in page and f"imposé dès {first + 2}" in page
    assert client.post(url("plan", number), {**act, "action": "interdire"}).status_code == 302
    assert "interdit" in body(client, url("plan", number))
    assert "Les réglages ont changé" in body(client, url("scenario", number))
    assert client.post(url("plan", number), {"action": "retirer", "rang": "0", "etablissement": CHU}).status_code == 302
    assert client.post(url("plan", number), {"action": "retirer", "rang": "9"}).status_code == 422
    assert client.post(url("annuler", number), {"page": "plan"}).status_code == 302
    with in_scope(scope):
        assert len(trajectory.scenario(number).version.settings.hands) == 1
    assert client.post(url("plan", number), {"action": "calculer"}).status_code == 302


def test_an_impossible_scenario_says_why(scope: Scope) -> None:
    number = make(scope)
    client = signed_in()
    with in_scope(scope):
        settings = trajectory.scenario(number).version.settings
    form = {
        "premiere_annee": str(settings.first_year), "annees": "5", "cible_0_fonction": "dpi", "cible_0_part": "100",
        "obligatoire_des": str(settings.mandatory_from),
        **{f"capacite_{settings.first_year + n}": "1" for n in range(5)},
        **{f"poids_{name}": "1" for name in ("licences", "run", "fees", "interfaces", "migration", "carbon")},
    }  # fmt: skip
    assert client.post(url("reglages", number), {**form, "action": "calculer"}).status_code == 302
    trajectory.execute(trajectory.claim() or 0)
    page = body(client, url("scenario", number))
    assert "Ces contraintes ne tiennent pas ensemble" in page and "jours-homme au plus" in page
    assert client.get(url("export", number, "couts")).status_code == 409


def test_scenarios_side_by_side(scope: Scope) -> None:
    numbers = [make(scope, preset) for preset in (Preset.GARDER, Preset.LIBRE)]
    for number in numbers:
        solve(scope, number)
    client = signed_in()
    page = body(client, url("comparer"))
    assert "Tout garder" in page and "Moindre coût" in page
    assert "Moindre coût</a>" not in body(client, url("comparer") + f"?n={numbers[0]}")
    rows = list(csv.reader(io.StringIO(client.get(url("comparer") + "?format=csv").content.decode("utf-8-sig")),
                           delimiter=";"))  # fmt: skip
    assert len(rows) == 3 and int(rows[1][2]) >= int(rows[2][2]), "what keeps all never costs less than the cheapest"


@pytest.mark.parametrize(
    ("role", "where", "sees", "writes"),
    [
        (Role.SERVICES_NUMERIQUES, "*", True, True),
        (Role.DIRECTION, "*", True, False),
        (Role.SERVICES_NUMERIQUES, LANGRES, False, False),
        (Role.DIRECTION, CHU, False, False),
        (Role.DIM, CHU, None, None),
        (Role.ADMINISTRATEUR, "*", None, None),
    ],
)
def test_who_may(scope: Scope, role: Role, where: str, sees: bool | None, writes: bool | None) -> None:
    number = make(scope, Preset.GARDER, title="SECRET-SCENARIO")
    client = signed_in(role, where)
    listing = client.get(url("accueil"))
    assert listing.status_code == (403 if sees is None else 200)
    assert ("SECRET-SCENARIO" in listing.content.decode()) is bool(sees)
    for page in PAGES:
        assert client.get(url(page, number)).status_code == (403 if sees is None else 200 if sees else 404), page
    for name in ("calculer", "arreter", "publier", "retirer", "copier", "annuler", "plan"):
        answer = client.post(url(name, number), {"action": "calculer", "motif": "x"})
        assert (answer.status_code == 302) is bool(writes) or (writes and answer.status_code == 422), (name, answer)
        assert writes or answer.status_code in (403, 404, 409), (name, answer.status_code)
    answer = client.post(url("nouveau"), {"prereglage": "libre", "etablissement": MEMBERS})
    assert (answer.status_code == 302) is bool(writes), answer.status_code


def test_strangers_log_in(scope: Scope) -> None:
    number = make(scope, Preset.GARDER)
    for name in PAGES:
        answer = Client().get(url(name, number))
        assert answer.status_code == 302 and "/connexion/" in answer.url
