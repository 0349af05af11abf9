"""axe finds nothing on the pages of proof, light and wide, dark and narrow; every act is reached by keyboard."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from playwright.sync_api import Browser

from archipel.foundation.accounts.models import Grant
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import EVERYWHERE, in_scope
from archipel.kernel import clock
from archipel.programmes.proof import public as proof
from archipel.programmes.proof.services import jobs, past
from archipel.programmes.proof.services.readings import take
from archipel.programmes.proof.values import Nature
from tests.a11y.looking import accessible
from tests.db.test_territory_publication import FILE, import_file
from tests.factories.accounts import make_user
from tests.factories.beds import CHU, make_stay, make_unit
from tests.factories.proof import BASE, GHT, PDF, chu, furnish, ght, ship, system, the_pack

ROOM = "/programmes/preuves/"
EJ, GROUP = f"ej-{CHU}", f"ght-{GHT}"


def live_a_little() -> None:
    """Measures, documents (one lapsed), an opinion, a declaration, a local target, a comment, an archive."""
    scope, pack = system(), the_pack()
    with in_scope(scope):
        import_file(FILE)
    make_stay(make_unit("3001")[0])
    today = clock.today()
    old, lapsed = today - timedelta(days=300), today - timedelta(days=3)
    with in_scope(scope):
        common = {"scope": scope, "pack": pack, "subject": chu()}
        for name, until in (("PCRA", lapsed), ("PV de test", None)):
            proof.deposit_piece(
                **common, path=BASE + "pcra", title=f"{name} 2026", expected=name, effective_on=old, expires_on=until,
                name=f"{name}.pdf", content=PDF,
            )  # fmt: skip
        proof.declare(**common, path=BASE + "formation", answer="oui", effective_on=old, note="Trois sessions")
        target = proof.Binding(Nature.METRIQUE, metric="fraicheur-etat-lits", measure="part-a-jour")
        proof.bind(**common, path=BASE + "lits", binding=target, reason="Cible du dossier", effective_on=old)
        proof.record_decision(
            scope=scope, pack=pack, path=BASE + "avis", subject=ght(), instance="Comité stratégique",
            held_on=old, opinion="favorable", votes=(11, 0, 1),
        )  # fmt: skip
        for metric in proof.metrics():
            take(scope=scope, metric=metric.id, subject=chu())
            take(scope=scope, metric=metric.id, subject=ght())
    past.rebuild(scope=scope, subject=chu(), days=28, every=7)


def rendered() -> dict[str, str]:
    """Every page, as a director of the group sees it."""
    user = make_user(None, CHU, username="a11y-preuves", first_name="Camille", last_name="Essai")
    Grant.objects.create(user=user, role=Role.DIRECTION.value, establishment=EVERYWHERE)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    pack = f"{ROOM}exigences/essai-preuves/"
    addresses = [
        f"{ROOM}?sujet={EJ}", f"{ROOM}?sujet={GROUP}&au=2026-11-20", f"{pack}?sujet={EJ}&vue=liste",
        f"{pack}?sujet={GROUP}", *(
            f"{pack}{BASE}{name}/?sujet={EJ}" for name in ("structure", "lits", "pcra", "formation", "ror")
        ),
        f"{pack}{BASE}pcra/?sujet={GROUP}", f"{ROOM}pieces/?sujet={EJ}", f"{ROOM}mesures/?sujet={EJ}",
        f"{ROOM}mesures/structure-partagee/?sujet={GROUP}", f"{ROOM}mesures/identites-qualifiees/?sujet={EJ}",
    ]  # fmt: skip
    client.post(f"{ROOM}archives/geler", {"sujet": EJ, "pack": "essai-preuves"})
    pages = {f"{ROOM}archives/?attente": client.get(f"{ROOM}archives/").content.decode()}
    jobs.freezing_tick()
    addresses += [f"{ROOM}archives/?sujet={EJ}", f"{ROOM}cles/", f"{ROOM}archives/verifier/"]
    pages |= {address: client.get(address).content.decode() for address in addresses}
    wrong = client.post(f"{ROOM}archives/verifier/", {"archive": SimpleUploadedFile("a.zip", b"rien")})
    refused = client.post(f"{pack}{BASE}pcra/agir", {"sujet": EJ, "action": "piece", "titre": "Sans fichier"})
    assert (wrong.status_code, refused.status_code) == (200, 422)
    return pages | {"/verdict": wrong.content.decode(), "/refus": refused.content.decode()}


@pytest.mark.e2e
@pytest.mark.django_db
def test_the_pages_of_proof_are_accessible(
    live_browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship(monkeypatch)
    monkeypatch.setenv("ARCHIPEL_PROOF_KEYS", str(tmp_path / "cles"))
    furnish()
    live_a_little()
    accessible(live_browser, rendered())
