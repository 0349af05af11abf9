"""Coming in: password, throttling, second factor, session limits, what is owed first."""

from __future__ import annotations

import time
from unittest.mock import patch

import pyotp
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from django.utils import timezone

from archipel.foundation.accounts import crypto, sessions, totp
from archipel.foundation.accounts.models import OpenSession, User
from tests.factories.accounts import PASSWORD, audit_entries, make_user

pytestmark = pytest.mark.django_db


def sign_in(client: Client, user: User, password: str = PASSWORD, **data: str):
    return client.post("/connexion/", {"username": user.username, "password": password, **data})


def test_the_page_has_a_form_and_nothing_inline(client: Client) -> None:
    page = client.get("/connexion/")
    assert page.status_code == 200
    text = page.content.decode()
    assert 'name="username"' in text and 'autocomplete="current-password"' in text
    assert " style=" not in text and "onclick" not in text and "Pro Santé Connect" not in text


def test_a_right_password_opens_a_new_session_and_leaves_a_trace(client: Client) -> None:
    user = make_user("gestionnaire_lits")
    client.get("/connexion/")
    before = client.session.session_key
    answer = sign_in(client, user, next="/compte/")
    assert answer.status_code == 302 and answer["Location"] == "/compte/"
    assert client.session.session_key != before
    assert OpenSession.objects.filter(user=user, key=client.session.session_key).exists()
    assert [e.action for e in audit_entries(actor=user.username)] == ["connexion"]
    assert client.get("/compte/").status_code == 200


@pytest.mark.parametrize("url", ["https://mechant.example/", "//mechant.example", "javascript:alert(1)", "/\\mechant"])
def test_next_never_leaves_the_site(client: Client, url: str) -> None:
    assert sign_in(client, make_user("dim"), next=url)["Location"] == "/"


def test_unknown_and_wrong_give_the_same_page_and_the_same_work(client: Client) -> None:
    user = make_user("dim")
    pages, work = [], []
    for name in (user.username, "personne"):
        encode, verify = Argon2PasswordHasher.encode, Argon2PasswordHasher.verify
        with (
            patch.object(Argon2PasswordHasher, "encode", autospec=True, side_effect=encode) as made,
            patch.object(Argon2PasswordHasher, "verify", autospec=True, side_effect=verify) as checked,
        ):
            answer = client.post("/connexion/", {"username": name, "password": "faux"})
        assert answer.status_code == 403
        pages.append(answer.context["problem"])
        work.append(made.call_count + checked.call_count)
    assert pages[0] == pages[1] == "Identifiant ou mot de passe incorrect."
    assert work[0] == work[1] == 1
    assert "personne" not in "".join(
        f"{e.actor}{e.object_key}{e.details}" for e in audit_entries(action="connexion.refus")
    )


def test_five_wrong_passwords_lock_the_account_here_even_for_the_right_one(client: Client) -> None:
    user = make_user("dim")
    answers = [sign_in(client, user, "faux").status_code for _ in range(5)]
    assert answers == [403, 403, 403, 403, 429]
    locked = sign_in(client, user)
    assert locked.status_code == 429 and "Connexion suspendue" in locked.content.decode()
    assert "_auth_user_id" not in client.session
    assert sign_in(client, make_user("dim")).status_code == 302, "another account is not locked"


def test_a_closed_account_does_not_come_in(client: Client) -> None:
    user = make_user("dim", is_active=False)
    assert sign_in(client, user).status_code == 403


def with_totp(user: User) -> tuple[str, list[str]]:
    secret = totp.new_secret()
    codes = totp.enable(user=user, secret=secret, code=pyotp.TOTP(secret).at(time.time() - 60 + 30))
    user.refresh_from_db()
    return secret, codes


def test_second_factor_from_setup_to_login(client: Client) -> None:
    user = make_user("administrateur")
    sign_in(client, user)
    page = client.get("/compte/second-facteur/")
    secret = page.context["secret"].replace(" ", "")
    picture = client.get("/compte/second-facteur/qr.svg")
    assert picture["Content-Type"] == "image/svg+xml" and picture.content.startswith(b"<?xml")
    assert b"style=" not in picture.content
    assert client.post("/compte/second-facteur/", {"code": "000000"}).status_code in (422,)
    done = client.post("/compte/second-facteur/", {"code": pyotp.TOTP(secret).now()})
    codes = done.context["codes"]
    assert len(set(codes)) == 10
    user.refresh_from_db()
    assert secret not in user.totp_secret and crypto.decrypt(user.totp_secret, purpose="totp") == secret
    assert not set(codes) & set(user.recovery_codes.values_list("hash", flat=True))

    other = Client()
    assert sign_in(other, user)["Location"] == "/connexion/code/"
    assert "_auth_user_id" not in other.session, "the password alone opens nothing"
    assert other.get("/compte/").status_code == 302
    replay = other.post("/connexion/code/", {"code": pyotp.TOTP(secret).now()})
    assert replay.status_code == 403, "the code that set it up does not serve twice"
    after = other.post("/connexion/code/", {"code": pyotp.TOTP(secret).at(time.time() + 30)})
    assert after.status_code == 302 and "_auth_user_id" in other.session


def test_a_recovery_code_serves_once(client: Client) -> None:
    user = make_user("dim")
    _, codes = with_totp(user)
    for expected in (302, 403):
        other = Client()
        sign_in(other, user)
        assert other.post("/connexion/code/", {"code": codes[0].upper()}).status_code == expected


def test_wrong_codes_are_blocked_for_a_while(client: Client) -> None:
    user = make_user("dim")
    secret, _ = with_totp(user)
    sign_in(client, user)
    for _ in range(5):
        assert client.post("/connexion/code/", {"code": "123"}).status_code == 403
    user.refresh_from_db()
    assert user.totp_blocked_until and user.totp_blocked_until > timezone.now()
    blocked = client.post("/connexion/code/", {"code": pyotp.TOTP(secret).at(time.time() + 30)})
    assert blocked.status_code == 403 and "quart d&#x27;heure" in blocked.content.decode()


def test_a_changed_installation_key_is_said(client: Client, settings) -> None:
    user = make_user("dim")
    secret, _ = with_totp(user)
    sign_in(client, user)
    stored = user.totp_secret
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, long enough for the purpose of this test"
    assert crypto.decrypt(stored, purpose="totp") == secret, "a former key still reads"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(Exception, match="clé de l'installation"):
        crypto.decrypt(stored, purpose="totp")


@pytest.mark.parametrize(("mark", "why"), [(sessions.SEEN, "inactivite"), (sessions.OPENED, "duree")])
def test_a_session_ends_when_idle_and_when_old(client: Client, settings, mark: str, why: str) -> None:
    user = make_user("dim")
    sign_in(client, user)
    session = client.session
    session[mark] = (
        time.time() - (settings.SESSION_IDLE_SECONDS if why == "inactivite" else settings.SESSION_ABSOLUTE_SECONDS) - 1
    )
    session.save()
    answer = client.get("/compte/")
    assert answer.status_code == 302 and f"fin={why}" in answer["Location"]
    assert "_auth_user_id" not in client.session
    assert not OpenSession.objects.filter(user=user).exists()


def test_changing_the_password_ends_the_other_sessions() -> None:
    user = make_user("dim")
    here, there = Client(), Client()
    sign_in(here, user)
    sign_in(there, user)
    weak = here.post("/compte/mot-de-passe/", {"old": PASSWORD, "new": "court", "again": "court"})
    assert weak.status_code == 422 and there.get("/compte/").status_code == 200
    new = "encore une phrase, mais neuve"
    assert here.post("/compte/mot-de-passe/", {"old": PASSWORD, "new": new, "again": new}).status_code == 302
    assert here.get("/compte/").status_code == 200
    assert there.get("/compte/").status_code == 302
    assert list(OpenSession.objects.filter(user=user).values_list("key", flat=True)) == [here.session.session_key]


def test_ending_the_other_sessions() -> None:
    user = make_user("dim")
    here, there = Client(), Client()
    sign_in(here, user)
    sign_in(there, user)
    assert here.post("/compte/sessions/fin/").status_code == 302
    assert there.get("/compte/").status_code == 302 and here.get("/compte/").status_code == 200


def test_a_provisional_password_must_be_changed_first(client: Client) -> None:
    user = make_user("dim", must_change_password=True)
    sign_in(client, user)
    assert client.get("/compte/")["Location"] == "/compte/mot-de-passe/"
    assert client.get("/compte/", headers={"HX-Request": "true"})["HX-Redirect"] == "/compte/mot-de-passe/"
    new = "encore une phrase, mais neuve"
    client.post("/compte/mot-de-passe/", {"old": PASSWORD, "new": new, "again": new})
    assert client.get("/compte/").status_code == 200


def test_an_old_provisional_password_opens_nothing(client: Client) -> None:
    user = make_user("dim", one_time_password_until=timezone.now())
    answer = sign_in(client, user)
    assert answer.status_code == 403 and "périmé" in answer.content.decode()


def test_roles_may_owe_a_second_factor(client: Client, settings) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset({"administrateur"})
    sign_in(client, make_user("administrateur"))
    assert client.get("/compte/")["Location"] == "/compte/second-facteur/"
    assert client.get("/compte/second-facteur/qr.svg").status_code == 404, "no secret before the page asks for one"
    assert client.get("/compte/second-facteur/").status_code == 200
    other = Client()
    sign_in(other, make_user("dim"))
    assert other.get("/compte/").status_code == 200


def test_logout_is_a_post(client: Client) -> None:
    user = make_user("dim")
    sign_in(client, user)
    assert client.get("/deconnexion/").status_code == 405
    assert client.post("/deconnexion/")["Location"] == "/connexion/"
    assert client.get("/compte/").status_code == 302
    assert "deconnexion" in [e.action for e in audit_entries(actor=user.username)]


def test_posts_need_their_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/connexion/", {"username": "x", "password": "y"}).status_code == 403
