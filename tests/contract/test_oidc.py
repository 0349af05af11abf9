"""Pro Santé Connect against a real OpenID provider process, over HTTP, with a real Archipel web process."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.contrib.sessions.backends.db import SessionStore

from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.oidc import luhn_is_right, rpps_of
from tests.factories.accounts import audit_entries, make_user

RPPS = "99700218896"
CLIENT = "archipel-tests"
SUBJECT = "f:psc:0001"
ACTIVITY = {
    "raisonSocialeSite": "CH de test",
    "codeSecteurDactivite": "SA01",
    "codeModeExercice": "S",
    "numeroFinessetablissementJuridique": "210780581",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(command: list[str], url: str, env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a process and wait until it answers over HTTP."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=subprocess.STDOUT)
    for _ in range(300):
        try:
            requests.get(url, timeout=120, allow_redirects=False)
            return process
        except requests.ConnectionError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    process.kill()
    raise AssertionError(f"{command[:3]} did not start:\n{log.read_text()[-3000:]}")


@dataclass
class Site:
    """The two processes, and a browser's worth of cookies."""

    web: str
    provider: str
    browser: requests.Session

    def set_claims(self, **claims: object) -> None:
        body = {"preferred_username": "8" + RPPS, "acr": "eidas1", "given_name": "Robert", **claims}
        kept = {name: value for name, value in body.items() if value is not None}
        requests.put(f"{self.provider}/users/{SUBJECT}", json=kept, timeout=120).raise_for_status()

    def leave(self, target: str = "/compte/") -> str:
        """Press the button: the provider's address where Archipel sends the browser."""
        answer = self.browser.get(
            f"{self.web}/connexion/psc/", params={"next": target}, allow_redirects=False, timeout=120
        )
        assert answer.status_code == 302
        return answer.headers["Location"]

    def consent(self, address: str) -> str:
        """Accept at the provider: the address where it sends the browser back."""
        answer = requests.post(address, data={"sub": SUBJECT}, allow_redirects=False, timeout=120)
        assert answer.status_code == 302, answer.text[:500]
        return answer.headers["Location"]

    def come_back(self, address: str) -> requests.Response:
        return self.browser.get(address, allow_redirects=False, timeout=120)

    def sign_in(self, target: str = "/compte/") -> requests.Response:
        return self.come_back(self.consent(self.leave(target)))

    def connected(self) -> bool:
        return self.browser.get(f"{self.web}/compte/", allow_redirects=False, timeout=120).status_code == 200


def environment(database: str, provider: str, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database,
        "ARCHIPEL_OIDC_CLIENT_ID": CLIENT,
        "ARCHIPEL_OIDC_CLIENT_SECRET": "secret",
        "ARCHIPEL_OIDC_ISSUER": provider,
        "ARCHIPEL_OIDC_AUTHORIZATION_URL": f"{provider}/oauth2/authorize",
        "ARCHIPEL_OIDC_TOKEN_URL": f"{provider}/oauth2/token",
        "ARCHIPEL_OIDC_USERINFO_URL": f"{provider}/userinfo",
        "ARCHIPEL_OIDC_JWKS_URL": f"{provider}/jwks",
        "ARCHIPEL_OIDC_LOGOUT_URL": f"{provider}/oauth2/end_session",
        "ARCHIPEL_OIDC_SCOPES": "openid profile",
        **more,
    }


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = start(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"],
        f"{url}/jwks",
        {**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"},
        tmp_path_factory.mktemp("oidc") / "provider.log",
    )
    yield url
    process.terminate()
    process.wait(60)


def serve(database: str, provider: str, folder: Path, **more: str) -> tuple[subprocess.Popen[bytes], str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    process = start(
        [*command, "--workers", "1", "archipel.config.wsgi:application"],
        f"{url}/connexion/",
        environment(database, provider, **more),
        folder / "web.log",
    )
    return process, url


@pytest.fixture
def site(fresh_database: str, provider: str, tmp_path: Path) -> Iterator[Site]:
    process, url = serve(fresh_database, provider, tmp_path)
    yield Site(url, provider, requests.Session())
    process.terminate()
    process.wait(60)


def refusals() -> list[str]:
    return [entry.details["code"] for entry in audit_entries(action="connexion.refus")]


def test_the_whole_way_in_and_out(site: Site, settings: Any) -> None:
    settings.SECRET_KEY = os.environ["ARCHIPEL_SECRET_KEY"]  # to read the session as the web process wrote it
    user = make_user("gestionnaire_lits", "210780581", rpps=RPPS)
    assert "Pro Santé Connect" in site.browser.get(f"{site.web}/connexion/", timeout=120).text
    site.set_claims(SubjectRefPro={"exercices": [{"codeProfession": "10", "activities": [ACTIVITY]}]})
    address = site.leave("/compte/")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked["acr_values"] == "eidas1" and asked["code_challenge_method"] == "S256" and asked["nonce"]
    stored = SessionStore(site.browser.cookies["sessionid"])["oidc_states"][asked["state"]]
    digest = hashlib.sha256(stored["code_verifier"].encode()).digest()
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    before = site.browser.cookies["sessionid"]
    answer = site.come_back(site.consent(address))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/compte/"), answer.text[:2000]
    assert site.browser.cookies["sessionid"] != before, "the session key is rotated"
    page = site.browser.get(f"{site.web}/compte/", timeout=120)
    assert page.status_code == 200 and "CH de test" in page.text
    user.refresh_from_db()
    assert user.psc_subject == "8" + RPPS
    actions = [entry.action for entry in audit_entries(actor=user.username)]
    assert actions == ["connexion", "situation.choix"]

    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    out = site.browser.post(
        f"{site.web}/deconnexion/", data={"csrfmiddlewaretoken": token.group(1)}, allow_redirects=False, timeout=120
    )
    assert out.status_code == 200 and f"{site.provider}/oauth2/end_session?id_token_hint=" in out.text
    assert not site.connected()


@pytest.mark.parametrize(
    ("claims", "code", "sentence"),
    [
        ({"acr": None}, "psc-acr-absent", "acr absent"),
        ({"acr": "eidas0"}, "psc-acr", "assez forte"),
        ({"nonce": "another-nonce"}, "psc-nonce", "nonce"),
        ({"exp": int(time.time()) - 3600}, "psc-perime", "périmée"),
        ({"aud": "another-application"}, "psc-jeton", "valable"),
        ({"iss": "https://somebody.example"}, "psc-jeton", "valable"),
        ({"preferred_username": "899700000000"}, "psc-inconnu", "Aucun compte"),
        ({"preferred_username": None}, "psc-identifiant", "identifiant de professionnel"),
    ],
)
def test_what_is_refused(site: Site, claims: dict[str, object], code: str, sentence: str) -> None:
    make_user("gestionnaire_lits", "210780581", rpps=RPPS)
    site.set_claims(**claims)
    answer = site.sign_in()
    assert answer.status_code == 403 and sentence in answer.text.replace("&#x27;", "'")
    assert refusals() == [code]
    assert not site.connected()
    assert User.objects.count() == 1, "nobody was created"


def test_a_closed_account_and_an_answer_nobody_asked_for(site: Site) -> None:
    make_user("dim", "210780581", rpps=RPPS, is_active=False)
    site.set_claims()
    assert site.sign_in().status_code == 403
    site.leave()
    assert site.come_back(f"{site.web}/connexion/psc/retour/?code=stolen&state=forged").status_code == 403
    assert site.come_back(f"{site.web}/connexion/psc/retour/?error=access_denied").status_code == 403
    stranger = requests.get(f"{site.web}/connexion/psc/retour/?code=a&state=b", allow_redirects=False, timeout=120)
    assert stranger.status_code == 403
    assert refusals() == ["psc-ferme", "psc-etat", "psc-interrompu", "psc-sans-demande"]


def test_an_answer_serves_once(site: Site) -> None:
    make_user("dim", "210780581", rpps=RPPS)
    site.set_claims()
    back = site.consent(site.leave())
    assert site.come_back(back).status_code == 302
    assert site.come_back(back).status_code == 403


def test_several_activities_must_be_chosen_among(site: Site, reference_data: Path) -> None:
    sample = next((reference_data / "psc").glob("dam_*UserInfo_site_PSC.json"))
    claims = json.loads(sample.read_text())
    user = make_user("dim", "210780581", psc_subject=claims["preferred_username"])
    site.set_claims(**{name: value for name, value in claims.items() if name != "sub"})
    answer = site.sign_in("/compte/mot-de-passe/")
    assert answer.headers["Location"] == "/compte/situation/"
    assert site.browser.get(f"{site.web}/compte/", allow_redirects=False, timeout=120).status_code == 302
    page = site.browser.get(f"{site.web}/compte/situation/", timeout=120).text
    activities = [a for e in claims["SubjectRefPro"]["exercices"] for a in e["activities"]]
    assert page.count('name="situation"') == len(activities) > 1
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    chosen = site.browser.post(
        f"{site.web}/compte/situation/",
        data={"csrfmiddlewaretoken": token.group(1), "situation": "0-2"},
        allow_redirects=False,
        timeout=120,
    )
    assert chosen.headers["Location"] == "/compte/mot-de-passe/"
    assert "HOPITAL GENERIQUE" in site.browser.get(f"{site.web}/compte/", timeout=120).text
    assert audit_entries(actor=user.username)[-1].action == "situation.choix"


def test_an_account_may_be_created_without_any_role(fresh_database: str, provider: str, tmp_path: Path) -> None:
    process, url = serve(fresh_database, provider, tmp_path, ARCHIPEL_OIDC_CREATE_ACCOUNTS="oui")
    try:
        site = Site(url, provider, requests.Session())
        site.set_claims()
        assert site.sign_in().status_code == 302
    finally:
        process.terminate()
        process.wait(60)
    made = User.objects.get(rpps=RPPS)
    assert made.username == "8" + RPPS and not made.has_usable_password() and made.grants.count() == 0


def test_the_provider_being_down_does_not_keep_people_out(fresh_database: str, tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    process, url = serve(fresh_database, nowhere, tmp_path)
    try:
        make_user("dim", "210780581", rpps=RPPS)
        site = Site(url, nowhere, requests.Session())
        state = parse_qs(urlsplit(site.leave()).query)["state"][0]
        answer = site.come_back(f"{url}/connexion/psc/retour/?code=x&state={state}")
        assert answer.status_code == 424 and "mot de passe" in answer.text
        assert refusals() == ["psc-injoignable"]
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.parametrize(("digits", "right"), [("79927398713", True), ("79927398714", False), ("99700218896", True)])
def test_luhn_is_only_a_hint(digits: str, right: bool) -> None:
    assert luhn_is_right(digits) is right


@pytest.mark.parametrize(
    ("name", "rpps"),
    [("899700218896", "99700218896"), ("ANS20210107161422", ""), ("8١٢٣٤٥٦٧٨٩٠١", ""), ("8997002188961", ""), ("", "")],
)
def test_the_rpps_inside_a_national_identifier(name: str, rpps: str) -> None:
    assert rpps_of(name) == rpps
