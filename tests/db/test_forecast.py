"""From the live tables to a forecast with its measured error, on a screen and in a file; who may, who may not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from archipel.domains.flow import public as flow
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid
from archipel.programmes.proof import public as proof
from archipel.scenarios.forecast import public as forecast
from archipel.scenarios.forecast.models import Curve, Refresh
from archipel.scenarios.forecast.queries.history import told_history
from archipel.scenarios.forecast.queries.indicator import published_error
from archipel.scenarios.forecast.services import refresh as refreshing
from archipel.scenarios.forecast.services.library import theta
from archipel.scenarios.forecast.services.schedule import due
from archipel.scenarios.forecast.values import SeriesKey
from tests.factories.accounts import make_user
from tests.factories.beds import CHU, system
from tests.factories.forecast import make_curves, make_hospital, make_past

PARIS = ZoneInfo("Europe/Paris")
pytestmark = pytest.mark.django_db
SITE = "210987558"
ARRIVALS = SeriesKey("site", SITE, "arrivees")


@pytest.fixture
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The forecasting library stays unloaded: its own test loads it."""
    monkeypatch.setattr(refreshing, "theta", lambda: None)


def signed_in(client: Client, role: Role, place: str) -> Client:
    client.force_login(make_user(role, place), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def past(no_library: None) -> datetime:
    now = clock.now()
    make_hospital()
    make_past(88, until=now, a_day=16)
    return now


def test_from_the_live_tables_to_the_screen(past: datetime, client: Client) -> None:
    done = forecast.refresh(workers=1)
    assert done.curves > 10 and done.short == 0
    scope = system()
    with in_scope(scope):
        curve = forecast.curve(scope=scope, key=ARRIVALS, grain="jour")
        assert curve is not None and len(curve.points) == 8 and curve.state == "modele"
        assert curve.model is not None and curve.model.mae < curve.baselines[0].mae
        assert all(one.p10 <= one.p50 <= one.p90 for one in curve.points)
        assert 0.6 < curve.model.coverage < 0.97
        hours = forecast.curve(scope=scope, key=SeriesKey("site", SITE, "presents", "MED"), grain="heure")
        assert hours is not None and len(hours.points) == 168
        told = {(one.measure, one.filiere): one for one in forecast.expected(scope=scope, level="site", code=SITE)}
        assert 3 < told["arrivees", ""].p50 < 45
        assert forecast.curve(scope=scope, key=SeriesKey("ght", "BFC-03", "arrivees"), grain="jour") is not None
    signed_in(client, Role.GESTIONNAIRE_LITS, CHU)
    page = client.get(reverse("forecast:accueil") + f"?lieu=site:{SITE}&mesure=arrivees&vue=jours")
    text = page.content.decode()
    assert page.status_code == 200 and "attendus (huit fois sur dix" in text and "Ce que vaut cette prévision" in text
    for view in ("48h", "7j"):
        for measure in ("arrivees", "admissions", "sorties", "presents"):
            assert client.get(reverse("forecast:accueil") + f"?mesure={measure}&vue={view}").status_code == 200
    lines = client.get(reverse("forecast:export") + "?format=csv").content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Lieu;Mesure") and len(lines) == 1 + 28 + 8
    assert client.get(reverse("forecast:export") + "?format=xlsx").status_code == 200


def test_who_may_ask_import_and_validate(client: Client) -> None:
    make_hospital()
    pages = {
        "forecast:accueil": {Role.GESTIONNAIRE_LITS: 200, Role.DIM: 200, Role.PHARMACIEN: 200, Role.REFERENT_ARS: 403},
        "forecast:import": {Role.GESTIONNAIRE_LITS: 403, Role.DIM: 200, Role.PHARMACIEN: 403, Role.REFERENT_ARS: 403},
        "forecast:modele": {Role.GESTIONNAIRE_LITS: 403, Role.DIM: 200, Role.PHARMACIEN: 403, Role.REFERENT_ARS: 403},
        "forecast:capacites": {
            Role.GESTIONNAIRE_LITS: 200, Role.DIM: 403, Role.PHARMACIEN: 403, Role.REFERENT_ARS: 403
        },
        "forecast:capacites-export": {
            Role.GESTIONNAIRE_LITS: 200, Role.DIM: 403, Role.PHARMACIEN: 403, Role.REFERENT_ARS: 403
        },
    }  # fmt: skip
    assert client.get(reverse("forecast:accueil")).status_code == 302
    users = {role: make_user(role, "*" if role is Role.REFERENT_ARS else CHU) for role in pages["forecast:accueil"]}
    for role, user in users.items():
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        for name, expected in pages.items():
            assert client.get(reverse(name)).status_code == expected[role], (name, role)
        asked = client.post(reverse("forecast:calculer"))
        assert asked.status_code == (302 if role in (Role.GESTIONNAIRE_LITS, Role.DIM) else 403), role
        if role is Role.PHARMACIEN:
            assert client.post(reverse("forecast:capacites-valider"), {"structure": "x"}).status_code == 403
    with in_scope(forecast.everyone()):
        assert Refresh.objects.count() == 1  # the second request was told that one is to be made already


def test_a_history_is_shown_then_imported_then_corrected(client: Client) -> None:
    make_hospital()
    day = clock.today()
    lines = ["jour;heure;site;mesure;filiere;nombre"]
    lines += [f"{day - timedelta(n)};;{SITE};arrivees;;{20 + n % 7}" for n in range(1, 71)]
    lines += [f"{day - timedelta(2)};9;{SITE};admissions;MED;3", f"{day};;999999999;arrivees;;4", "x;;;;;"]
    lines += [f"{day - timedelta(3)};;{SITE};arrivees;MED;1", f"{day - timedelta(4)};25;{SITE};sorties;;1"]
    lines += [f"{day - timedelta(1)};;{SITE};arrivees;;8", f"{day - timedelta(1)};;{SITE};sorties;;-2"]
    signed_in(client, Role.DIM, CHU)
    sent = client.post(reverse("forecast:import"), {"fichier": file("\n".join(lines))})
    assert sent.status_code == 302
    page = client.get(sent["Location"]).content.decode()
    for told in ("FINESS géographique", "une date comme", "vide, ou de 0 à 23", "déjà dit ligne 2", "nombre entier"):
        assert told in page, told
    assert "71 jours à écrire" in page.replace("\u202f", "")
    done = client.post(sent["Location"], follow=True).content.decode()
    assert "71 jours importés" in done and "déjà importé" in done
    assert "déjà importé" in client.post(sent["Location"], follow=True).content.decode()
    with in_scope(system()):
        told = told_history(day - timedelta(80))[SeriesKey("site", SITE, "admissions", "MED"), CHU]
        assert told[day - timedelta(2)][9] == 3.0 and sum(told[day - timedelta(2)]) == 3.0
    again = client.post(reverse("forecast:import"), {"fichier": file("\n".join([lines[0], lines[1] + "0"]))})
    assert "1 jour à écrire" in client.get(again["Location"]).content.decode()
    for wrong in ("rien", "jour;nombre\n1;2\n", "jour;site;mesure;nombre\n"):
        refused = client.post(reverse("forecast:import"), {"fichier": file(wrong)})
        assert refused.status_code == 422, wrong
    other = Client()
    signed_in(other, Role.DIM, "520780073")
    assert other.get(sent["Location"]).status_code == 404


def file(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("historique.csv", text.encode(), content_type="text/csv")


def test_imported_counts_are_forecast_and_a_short_one_says_when(
    no_library: None, client: Client, settings: Any
) -> None:
    make_hospital()
    scope, today = forecast.everyone(), clock.now().astimezone(PARIS).date()
    dice = np.random.default_rng(3)
    lines = ["jour;site;mesure;nombre"]
    lines += [f"{today - timedelta(n)};{SITE};arrivees;{dice.poisson(40)}" for n in range(1, 91)]
    lines += [f"{today - timedelta(n)};{SITE};sorties;{dice.poisson(9)}" for n in range(1, 21)]
    with in_scope(scope):
        assert forecast.apply(
            scope=scope, number=forecast.receive(scope=scope, raw="\n".join(lines).encode(), name="h")
        )
    number = due()
    assert number is not None
    done = forecast.refresh(number=number, workers=1)
    with pytest.raises(Conflict):
        forecast.refresh(number=number, workers=1)
    assert (done.curves, done.short) == (4, 2)
    signed_in(client, Role.GESTIONNAIRE_LITS, CHU)
    page = client.get(reverse("forecast:accueil") + f"?lieu=site:{SITE}&mesure=sorties").content.decode()
    assert "Histoire trop courte" in page and f"{today + timedelta(36):%d/%m/%Y}" in page
    page = client.get(reverse("forecast:accueil") + f"?lieu=site:{SITE}&mesure=arrivees").content.decode()
    assert "dont 90 importés" in page and ("Référence" in page or "Modèle" in page)
    assert due() is None  # every 0 minutes: only on demand
    settings.FORECAST_EVERY = 60
    assert due() is None  # nothing more to do within the hour
    with in_scope(scope):
        Refresh.objects.update(asked_at=clock.now() - timedelta(minutes=61))
    assert due() is not None


def test_a_refresh_that_died_is_buried_and_one_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    make_hospital()
    with in_scope(forecast.everyone()):
        old = clock.now() - timedelta(hours=1)
        Refresh.objects.create(establishments=[CHU], actor="x", asked_at=old, told_at=old, state=Refresh.RUNNING)
    monkeypatch.setattr(refreshing, "prepare", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        forecast.refresh(workers=1)
    with in_scope(forecast.everyone()):
        states = list(Refresh.objects.order_by("id").values_list("state", "message"))
    assert [state for state, _ in states] == [Refresh.FAILED, Refresh.FAILED]
    assert "Interrompu" in states[0][1] and "inattendue" in states[1][1]


def make_curve(p10: float, p50: float, p90: float) -> None:
    """Patients expected in medicine at the site, the same for every hour."""
    now = clock.now()
    scope = forecast.everyone()
    quality = {"method": "survie", "mae": 2.0, "pinball": 0.7, "below": [0.1, 0.5, 0.9], "coverage": 0.8, "count": 9,
               "mae_by_horizon": [2.0]}  # fmt: skip
    content = {"state": "modele", "method": "survie", "points": [["2026-01-01T00:00", p10, p50, p90]] * 168,
               "model": quality, "baselines": [quality]}  # fmt: skip
    with in_scope(scope):
        row = Refresh.objects.create(
            establishments=[CHU], actor="x", asked_at=now, told_at=now, ended_at=now, at=now, state=Refresh.DONE
        )
        Curve.objects.create(
            refresh=row, establishments=[CHU], level="site", code=SITE, measure="presents", filiere="MED",
            grain="heure", at=now, content=content,
        )  # fmt: skip


def test_capacities_leave_only_when_a_person_validated_them(client: Client) -> None:
    make_hospital()
    beds = system()
    with in_scope(beds):
        flow.declare_offer(
            scope=beds,
            offer=flow.Offer(
                CHU, f"1{SITE}", "MED-A", "Médecine A", "MED", units=("3001",), valid_from=date(2026, 1, 1)
            ),
        )
    make_curve(0.0, 1.0, 2.0)
    signed_in(client, Role.GESTIONNAIRE_LITS, CHU)
    page = client.get(reverse("forecast:capacites")).content.decode()
    assert "proposé 2, de 1 à 3" in page and "Non validé" in page and "3 lits ouverts" in page
    post = {"structure": f"1{SITE}", "code": "MED-A", "h02": "2", "h03": "1", "h04": "", "h05": ""}
    wrong = client.post(reverse("forecast:capacites-valider"), {**post, "h03": "9"}, follow=True).content.decode()
    assert "attendu un nombre de 0 à 3" in wrong
    with in_scope(beds):
        assert not flow.forecasts(scope=beds)
    assert (
        "2 prévision(s) validée(s)"
        in client.post(reverse("forecast:capacites-valider"), post, follow=True).content.decode()
    )
    with in_scope(beds):
        (kept,) = flow.forecasts(scope=beds).values()
        assert {(one.temporality, one.count) for one in kept} == {("02", 2), ("03", 1)}
        assert all(one.validated_by and one.expires_at > clock.now() for one in kept)
        assert not flow.forecasts(scope=beds, at=clock.now() + timedelta(hours=25))
    lines = client.get(reverse("forecast:capacites-export") + "?format=csv").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 5 and ";24;03;2;1;3;1;" in lines[2]
    unknown = client.post(reverse("forecast:capacites-valider"), {**post, "code": "Z"})
    assert unknown.status_code == 404
    other = Client()
    signed_in(other, Role.GESTIONNAIRE_LITS, "520780073")
    assert other.post(reverse("forecast:capacites-valider"), post).status_code == 404
    with in_scope(beds), pytest.raises(Invalid, match="personne"):
        flow.validate_forecast_capacity(scope=beds, structure=f"1{SITE}", code="MED-A", counts={"02": 1})


def test_the_api_says_the_same(client: Client) -> None:
    make_hospital()
    make_curve(3.0, 4.0, 6.0)
    signed_in(client, Role.GESTIONNAIRE_LITS, CHU)
    (one,) = client.get("/api/v1/previsions").json()["elements"]
    assert (one["mesure"], one["etat"], one["erreur_moyenne"]) == ("presents", "modele", 2.0)
    found = client.get(f"/api/v1/previsions/points?lieu=site:{SITE}&mesure=presents&filiere=MED&grain=heure").json()
    assert found["total"] == 168 and found["elements"][0]["p50"] == 4.0
    assert client.get(f"/api/v1/previsions/attendus?lieu=site:{SITE}").json()["total"] == 0
    assert client.get("/api/v1/previsions/points?lieu=ailleurs").status_code == 422


def test_the_board_of_the_cell_is_told_what_is_expected(client: Client) -> None:
    make_hospital()
    make_curves()
    signed_in(client, Role.CELLULE_TERRITORIALE, "*")
    page = client.get(reverse("flow:besoins") + f"?site={SITE}").content.decode()
    assert "arrivées aux urgences 83 (70 à 97)" in page
    with in_scope(system()):
        Refresh.objects.update(at=clock.now() - timedelta(hours=9))
    assert "arrivées aux urgences 83" not in client.get(reverse("flow:besoins") + f"?site={SITE}").content.decode()


def test_the_error_of_what_was_announced_is_an_indicator() -> None:
    make_hospital()
    now, scope = clock.now(), forecast.everyone()
    today = now.astimezone(PARIS).date()
    with in_scope(scope):
        for back, told in enumerate(((50, 60, 70), (40, 50, 55), (40, 55, 70))):
            at = now - timedelta(days=back)
            row = Refresh.objects.create(
                establishments=[CHU], actor="x", asked_at=at, told_at=at, ended_at=at, at=at, state=Refresh.DONE
            )
            day = today - timedelta(days=back)
            points = [[(day + timedelta(days=n)).isoformat(), *told] for n in range(2)]
            known = [[(today - timedelta(days=n)).isoformat(), 60.0] for n in range(1, 4)]
            Curve.objects.create(
                refresh=row, establishments=[CHU], level="site", code=SITE, measure="arrivees", grain="jour", at=at,
                content={"points": points, "seen": known, "state": "modele"},
            )  # fmt: skip
        found = published_error(scope=scope, establishments=[CHU], at=now, known_at=now)
        assert found.rows == 1  # yesterday, as it was told the day before: 55 for 60
        assert [one.value for one in found.measures] == [Decimal("8.3"), Decimal("100.0"), Decimal(1)]
        nothing = published_error(scope=scope, establishments=["520780073"], at=now, known_at=now)
        assert nothing.measures[0].value is None and "aucune prévision" in nothing.measures[0].reason
    assert proof.metric("prevision-arrivees").board == "forecast:accueil"


@pytest.mark.slow
def test_the_library_continues_a_series() -> None:
    smooth = theta()
    said = smooth(np.random.default_rng(1).poisson(30, 90).astype(float), 8)
    assert said.shape == (8,) and np.all((said > 20) & (said < 40))
    assert smooth(np.full(60, 5.0), 3).tolist() == [5.0] * 3
