"""Every page of dossiers, asked by everybody: who sees what, and a refusal changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope, system_scope
from archipel.programmes.dossiers.models import Notification
from tests.db.isolation_answers import everything_said
from tests.db.isolation_routes import routes
from tests.factories.dossiers import (
    CHU,
    LANGRES,
    MACON,
    account,
    agency,
    bring,
    direction,
    dossier_bodies,
    dossier_values,
    fill,
    marked_dossier,
    region,
)

pytestmark = pytest.mark.django_db
MARK = "ZZMARQUE"
BACKEND = "django.contrib.auth.backends.ModelBackend"
OUTSIDERS = (
    "anonyme", "sans-role", "lits", "autre-membre", "autre-ght", "ars", "ars-autre-region", "membre-sans-programmes",
)  # fmt: skip


@pytest.fixture
def dossier() -> int:
    region()
    return marked_dossier(CHU, MARK)


def visitor(who: str) -> User | None:
    held: dict[str, tuple[Role, str]] = {
        "lits": (Role.GESTIONNAIRE_LITS, CHU),
        "autre-membre": (Role.DIRECTION, LANGRES),
        "autre-ght": (Role.DIRECTION, MACON),
        "ars": (Role.REFERENT_ARS, "region:27"),
        "ars-autre-region": (Role.REFERENT_ARS, "region:84"),
        "membre-sans-programmes": (Role.DIM, CHU),
        "auteur": (Role.CHARGE_PROGRAMMES, CHU),
        "ght": (Role.DIRECTION, "ght:BFC-03"),
    }
    if who == "anonyme":
        return None
    if who == "sans-role":
        return User.objects.create(username="sans-role", password="!")
    return account(*held[who], username=f"v-{who}")


def client_of(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend=BACKEND)
    return client


def addresses(number: int) -> list[tuple[str, str]]:
    """(pattern, address) of every route of the room."""
    found = []
    for pattern, _ in routes():
        if not pattern.startswith("programmes/dossiers/"):
            continue
        whole = [pattern]
        for name, values in dossier_values(number).items():
            for kind in ("int", "str"):
                hole = f"<{kind}:{name}>"
                whole = [one.replace(hole, str(value)) for one in whole for value in (values if hole in one else [""])]
        assert not any("<" in one for one in whole), f"{pattern} : décrivez ses paramètres"
        found += [(pattern, "/" + one) for one in whole]
    return found


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of the room, as the system sees them; not what the one who asks leaves for himself."""
    with in_scope(system_scope("tests", [CHU, LANGRES, MACON])):
        found = {
            model.__name__: list(model.objects.order_by("pk").values())
            for model in apps.get_app_config("dossiers").get_models()
            if model is not Notification
        }
    return found


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nobody_else_reads_a_dossier_being_written_nor_changes_it(who: str, dossier: int) -> None:
    client, before = client_of(visitor(who)), rows()
    problems = []
    for pattern, address in addresses(dossier):
        answer = client.get(address)
        if MARK in everything_said(answer):
            problems.append(f"GET {address} → {answer.status_code} montre la marque")
        if "<int:dossier>" in pattern and answer.status_code not in (302, 403, 404, 405):
            problems.append(f"GET {address} → {answer.status_code}")
        for body in dossier_bodies(pattern) or []:
            posted = client.post(address, {"motif": "intrus", **body})
            if MARK in everything_said(posted) or posted.status_code not in (302, 403, 404, 405, 422):
                problems.append(f"POST {address} {body} → {posted.status_code}")
    assert not problems, "\n".join(problems[:30])
    assert rows() == before


@pytest.mark.parametrize("who", ["auteur", "ght"])
def test_the_walk_would_notice(who: str, dossier: int) -> None:
    """The same addresses, asked by who may: pages show the mark, forms change the dossier."""
    client, before = client_of(visitor(who)), rows()
    shown = {pattern for pattern, one in addresses(dossier) if MARK in everything_said(client.get(one))}
    here = "programmes/dossiers/<int:dossier>/"
    assert {
        "programmes/dossiers/", here, here + "document/", here + "rubriques/<str:rubrique>/",
        here + "rubriques/<str:rubrique>/versions/",
    } <= shown  # fmt: skip
    for pattern, address in addresses(dossier):
        for body in dossier_bodies(pattern) or []:
            client.post(address, {"motif": "essai", **body})
    changed = {name for name, found in rows().items() if found != before[name]}
    assert {"Dossier", "Event", "Revision", "Comment"} <= changed


def test_the_agency_reads_what_was_deposited_and_not_the_writing(dossier: int) -> None:
    region()
    ours = direction()
    with in_scope(ours):
        fill_rest(ours, dossier)
    bring(dossier, "depose", writer=ours, judge=agency())
    theirs, others = client_of(visitor("ars")), client_of(visitor("ars-autre-region"))
    assert f"{MARK}TEXTE1" in theirs.get(f"/programmes/dossiers/{dossier}/document/").content.decode()
    assert f"{MARK}PROJET" in theirs.get("/programmes/dossiers/").content.decode()
    page = theirs.get(f"/programmes/dossiers/{dossier}/").content.decode()
    assert f"{MARK}PROJET" in page and "Ouvrir l" in page
    for rubric in ("enjeux", "chantiers"):
        refused = theirs.get(f"/programmes/dossiers/{dossier}/rubriques/{rubric}/")
        assert refused.status_code == 403 and MARK not in refused.content.decode()
    for pattern, address in addresses(dossier):
        if "<int:dossier>" in pattern:
            assert others.get(address).status_code in (403, 404, 405), address
    pages = [theirs.get(address) for _, address in addresses(dossier)]
    for secret in ("REMARQUE", "BROUILLON", "AUTRE", "TEXTE0"):
        assert not any(f"{MARK}{secret}" in everything_said(page) for page in pages), secret


def fill_rest(who: Any, dossier: int) -> None:
    """The other rubrics, and the choice between the texts."""
    from archipel.programmes.dossiers.models import Fork
    from archipel.programmes.dossiers.services import writing

    fork = Fork.objects.get(dossier_id=dossier)
    writing.choose(scope=who, dossier=dossier, fork=fork.pk, choice="actuel")
    fill(who, dossier, leave={"enjeux"})
