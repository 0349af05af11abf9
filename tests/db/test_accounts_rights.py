"""Keeping accounts: who may do what to whom, and break-glass."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from archipel.foundation.accounts import queries, services
from archipel.foundation.accounts.models import BreakGlass, Grant, OpenSession, User
from archipel.foundation.accounts.roles import CAPABILITIES, TERRITORIAL, Role
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel.errors import ArchipelError, Conflict, Denied, Invalid, NotFound
from tests.factories.accounts import PASSWORD, audit_entries, make_establishment, make_user

pytestmark = pytest.mark.django_db

A, B = "210780581", "520780032"


@pytest.fixture
def places() -> None:
    make_establishment(A)
    make_establishment(B)


@pytest.fixture
def admin_a(places: None) -> User:
    return make_user("administrateur", A)


@pytest.fixture
def admin(places: None) -> User:
    return make_user("administrateur", "*")


def scope(user: User) -> Scope:
    return services.scope_of(User.objects.get(pk=user.pk))


def test_create_gives_no_right_and_a_password_that_must_change(admin_a: User) -> None:
    made = services.create_user(scope=scope(admin_a), username="paul.durand", establishment=A, rpps="10001234567")
    user = User.objects.get(pk=made.user_id)
    assert user.check_password(made.password) and user.must_change_password and user.one_time_password_until
    assert not scope(user).grants and not scope(user).establishments
    assert [e.establishment for e in audit_entries(action="compte.creation")] == [A]
    with pytest.raises(Conflict):
        services.create_user(scope=scope(admin_a), username="Paul.Durand", establishment=A)
    with pytest.raises(Conflict):
        services.create_user(scope=scope(admin_a), username="autre", establishment=A, rpps="10001234567")
    with pytest.raises(Invalid):
        services.create_user(scope=scope(admin_a), username="autre", establishment=A, rpps="1000")


def test_an_administrator_of_one_establishment_stays_there(admin_a: User, admin: User) -> None:
    mine, other = make_user("dim", A), make_user("dim", B)
    both = make_user("dim", A)
    Grant.objects.create(user=both, role="dim", establishment=B)
    s = scope(admin_a)
    for place in (B, "*"):
        with pytest.raises(Denied):
            services.create_user(scope=s, username="x", establishment=place)
        with pytest.raises(Denied):
            services.grant_role(scope=s, user_id=mine.pk, role="administrateur", establishment=place)
    acts: list[Callable[..., Any]] = [services.deactivate_user, services.reset_password, services.activate_user]
    for act in acts:
        for victim in (other, both, admin):
            with pytest.raises(Denied):
                act(scope=s, user_id=victim.pk)
        act(scope=s, user_id=mine.pk)
    with pytest.raises(Denied):
        services.revoke_role(scope=s, grant_id=other.grants.get().pk)
    seen = {row.id for row in queries.accounts(scope=s)[0]}
    assert seen == {admin_a.pk, mine.pk, both.pk}
    with pytest.raises(NotFound):
        queries.account(scope=s, user_id=other.pk)
    assert len(queries.accounts(scope=scope(admin))[0]) == 5


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ADMINISTRATEUR])
def test_the_other_roles_keep_no_account(places: None, role: Role) -> None:
    s = scope(make_user(role, A))
    victim = make_user("dim", A)
    calls: list[Callable[[], object]] = [
        lambda: services.create_user(scope=s, username="x", establishment=A),
        lambda: services.grant_role(scope=s, user_id=victim.pk, role="dim", establishment=B),
        lambda: services.revoke_role(scope=s, grant_id=victim.grants.get().pk),
        lambda: services.deactivate_user(scope=s, user_id=victim.pk),
        lambda: services.reset_totp(scope=s, user_id=victim.pk),
        lambda: services.reset_password(scope=s, user_id=victim.pk),
        lambda: queries.accounts(scope=s),
    ]
    for call in calls:
        with pytest.raises(Denied):
            call()


def test_nobody_changes_his_own_rights(admin: User) -> None:
    s = scope(admin)
    calls: list[Callable[[], object]] = [
        lambda: services.grant_role(scope=s, user_id=admin.pk, role="dim", establishment=A),
        lambda: services.revoke_role(scope=s, grant_id=admin.grants.get().pk),
        lambda: services.deactivate_user(scope=s, user_id=admin.pk),
        lambda: services.reset_totp(scope=s, user_id=admin.pk),
        lambda: services.reset_password(scope=s, user_id=admin.pk),
    ]
    for call in calls:
        with pytest.raises(Denied):
            call()
    assert scope(admin).grants == s.grants


@pytest.mark.parametrize("role", list(Role))
def test_only_territorial_roles_for_the_territory(admin: User, role: Role) -> None:
    user = make_user(None, A)
    if role in TERRITORIAL:
        services.grant_role(scope=scope(admin), user_id=user.pk, role=role.value, establishment="*")
        assert scope(user).grants == {"*": CAPABILITIES[role]}
    else:
        with pytest.raises(Invalid):
            services.grant_role(scope=scope(admin), user_id=user.pk, role=role.value, establishment="*")


def test_grant_and_revoke(admin_a: User) -> None:
    user = make_user(None, A)
    grant = services.grant_role(scope=scope(admin_a), user_id=user.pk, role="dim", establishment=A)
    assert scope(user).establishments == {A}
    for wrong, error in (({"role": "dim"}, Conflict), ({"role": "roi"}, Invalid)):
        with pytest.raises(error):
            services.grant_role(scope=scope(admin_a), user_id=user.pk, establishment=A, **wrong)
    services.revoke_role(scope=scope(admin_a), grant_id=grant)
    assert scope(user).establishments == frozenset()
    assert [e.action for e in audit_entries(object_key=str(user.pk))] == ["role.don", "role.retrait"]


def test_closing_an_account_ends_its_sessions(admin_a: User) -> None:
    user, client = make_user("dim", A), Client()
    client.post("/connexion/", {"username": user.username, "password": PASSWORD})
    assert client.get("/compte/").status_code == 200
    services.deactivate_user(scope=scope(admin_a), user_id=user.pk)
    assert client.get("/compte/").status_code == 302 and not OpenSession.objects.filter(user=user).exists()


def opened(user: User, **more: Any) -> BreakGlass:
    row = services.open_break_glass(
        scope=scope(user), **{"establishment": B, "reason": "urgence vitale, transfert", **more}
    )
    return BreakGlass.objects.get(pk=row.id)


def test_break_glass_opens_for_a_while(places: None) -> None:
    user = make_user("gestionnaire_lits", A)
    access = opened(user)
    assert access.expires_at - access.opened_at == timedelta(hours=1)
    assert scope(user).establishments == {A, B} and scope(user).break_glass == {B}
    with pytest.raises(Conflict):
        opened(user)
    BreakGlass.objects.update(expires_at=timezone.now())
    assert scope(user).establishments == {A}, "it closes by itself"
    entry = audit_entries(action="bris_de_glace.ouverture")[0]
    assert (entry.establishment, entry.actor) == (B, user.username)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"reason": "court"}, Invalid),
        ({"reason": "  a   b    c "}, Invalid),
        ({"hours": 0}, Invalid),
        ({"hours": 5}, Invalid),
        ({"establishment": "999999999"}, NotFound),
        ({"establishment": A}, Conflict),
    ],
)
def test_break_glass_is_refused(places: None, given: dict[str, Any], error: type[ArchipelError]) -> None:
    user = make_user("ide_urgences", A)
    with pytest.raises(error):
        opened(user, **given)
    assert scope(user).establishments == {A} and not audit_entries(action="bris_de_glace.ouverture")


@pytest.mark.parametrize("role", ["dim", "pharmacien", "direction", "administrateur"])
def test_break_glass_needs_the_right(places: None, role: str) -> None:
    with pytest.raises(Denied):
        opened(make_user(role, A))
    with pytest.raises(Denied):
        services.open_break_glass(scope=system_scope("robot", []), establishment=B, reason="pas une personne")


def test_break_glass_is_closed_and_reviewed_by_another(places: None) -> None:
    user, reviewer = make_user("gestionnaire_lits", A), make_user("administrateur", B)
    Grant.objects.create(user=user, role="administrateur", establishment=B)
    access = opened(user)
    with pytest.raises(Conflict):
        services.review_break_glass(scope=scope(reviewer), break_glass_id=access.pk, review="trop tôt")
    with pytest.raises(NotFound):
        services.close_break_glass(scope=scope(make_user("dim", A)), break_glass_id=access.pk)
    services.close_break_glass(scope=scope(user), break_glass_id=access.pk)
    assert scope(user).establishments == {A}
    for stranger in (user, make_user("administrateur", A), make_user("dim", B)):
        with pytest.raises(Denied):
            services.review_break_glass(scope=scope(stranger), break_glass_id=access.pk, review="justifié")
    services.review_break_glass(scope=scope(reviewer), break_glass_id=access.pk, review="justifié")
    access.refresh_from_db()
    assert access.reviewed_by == reviewer.username and access.review == "justifié"
    with pytest.raises(Conflict):
        services.review_break_glass(scope=scope(reviewer), break_glass_id=access.pk, review="encore")


def test_a_situation_narrows_and_never_widens(places: None) -> None:
    user = make_user("dim", A)
    Grant.objects.create(user=user, role="dim", establishment=B)
    user.acting_establishment = B  # type: ignore[attr-defined]
    assert services.scope_of(user).establishments == {B}
    user.acting_establishment = ""  # type: ignore[attr-defined]
    assert services.scope_of(user).establishments == {A, B}


def test_the_pages(admin_a: User, client: Client) -> None:
    client.force_login(admin_a)
    assert client.get("/comptes/").status_code == 200
    page = client.post(
        "/comptes/nouveau/",
        {"username": "anne", "last_name": "=Martin", "first_name": "Anne", "establishment": A, "email": "", "rpps": ""},
    )
    assert page.status_code == 200, page.content.decode()
    anne = User.objects.get(username="anne")
    assert anne.check_password(page.context["password"]) and "no-store" in page["Cache-Control"]
    card = f"/comptes/{anne.pk}/"
    assert client.get(card).status_code == 200
    assert client.post(card + "role/", {"role": "gestionnaire_lits", "establishment": A}).status_code == 302
    assert client.post(card + "role/", {"role": "gestionnaire_lits", "establishment": B}).status_code == 403
    assert client.post(card, {"last_name": "M", "first_name": "A", "email": "faux", "rpps": ""}).status_code == 422
    assert client.post(card, {"last_name": "=M", "first_name": "A", "email": "", "rpps": ""}).status_code == 302
    assert "'=M A" in client.get("/comptes/export.csv").content.decode()
    for act in ("fermer", "rouvrir", "mot-de-passe"):
        assert client.post(card + f"acte/{act}/").status_code in (200, 302)
    assert client.post(card + "acte/second-facteur/").status_code == 409
    assert client.post(card + "acte/inconnu/").status_code == 404
    assert client.get(f"/comptes/{make_user('dim', B).pk}/").status_code == 404

    other = Client()
    User.objects.filter(pk=anne.pk).update(must_change_password=False)
    anne.refresh_from_db()
    other.force_login(anne)
    assert other.get("/comptes/").status_code == 403
    assert other.get("/bris-de-glace/").status_code == 200
    short = other.post("/bris-de-glace/", {"establishment": B, "reason": "court", "hours": "1"})
    assert short.status_code == 422 and "10 caractères" in short.content.decode()
    assert (
        other.post("/bris-de-glace/", {"establishment": B, "reason": "transfert en urgence", "hours": "2"}).status_code
        == 302
    )
    assert "transfert en urgence" in other.get("/compte/").content.decode()
    access = BreakGlass.objects.get()
    assert other.post(f"/bris-de-glace/{access.pk}/fermer/").status_code == 302
    assert other.get("/bris-de-glace/relecture/").status_code == 403

    reviewer = Client()
    reviewer.force_login(make_user("administrateur", B))
    assert "transfert en urgence" in reviewer.get("/bris-de-glace/relecture/").content.decode()
    assert reviewer.post(f"/bris-de-glace/{access.pk}/relecture/", {"review": "justifié"}).status_code == 302


def test_the_traces_page(admin_a: User, admin: User) -> None:
    from archipel.foundation.audit.services import record

    for place in (A, B, ""):
        record(
            scope=system_scope("tests", []), action="essai", establishment=place, object_type="venue", object_key="k"
        )

    def shown(user: User, query: str = "?action=essai") -> Any:
        client = Client()
        client.force_login(user)
        return client.get(f"/traces/{query}")

    assert {row.establishment for row in shown(admin_a).context["found"].rows} == {A}
    assert {row.establishment for row in shown(admin).context["found"].rows} == {A, B, ""}
    assert shown(make_user("dim", A)).status_code == 403
    assert Client().get("/traces/").status_code == 302
    assert shown(admin, "?du=hier").status_code == 422
    today = timezone.localdate().isoformat()
    assert len(shown(admin, f"?action=essai&du={today}&au={today}&etablissement={B}&cle=k").context["found"].rows) == 1
    reads = audit_entries(action="traces.lecture")
    assert {e.actor for e in reads} == {admin_a.username, admin.username}


def test_the_database_itself_hides_the_trail(places: None) -> None:
    from archipel.foundation.audit.models import Entry
    from archipel.foundation.audit.services import record

    nurse, admin_b = make_user("ide_urgences", A), make_user("administrateur", B)
    for place in (A, B):
        record(scope=scope(nurse), action="essai", establishment=place)
    with in_scope(scope(nurse)):
        assert Entry.objects.count() == 0
    with in_scope(scope(admin_b)):
        assert set(Entry.objects.values_list("establishment", flat=True)) == {B}
