"""The graph of establishments: loads, dates, hypotheses, corrections, undo; and the roles held for a group."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from archipel.foundation.accounts import queries, services
from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import Capability, Scope, system_scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.models import Change, Statement
from archipel.programmes.perimetre.public import Key, Kind, Link
from archipel.programmes.perimetre.queries.history import changes, history
from archipel.programmes.perimetre.services import sources
from archipel.programmes.perimetre.services.ledger import say, take_back
from archipel.programmes.perimetre.values import Certainty, Said
from archipel.territory.public import load_reference as load_territory
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db
CHU, LANGRES = "210780581", "520780057"
SYSTEM = system_scope("tests", [])


@pytest.fixture
def region() -> None:
    perimetre.load_reference(scope=SYSTEM)


def test_the_whole_region_is_loaded_once(region: None) -> None:
    known = perimetre.graph()
    assert len(known.of_kind(Kind.GHT)) == 11
    assert len(known.of_kind(Kind.EJ)) == len(perimetre.in_region("27")) == 52
    assert len(known.of_kind(Kind.EG)) == 84
    assert perimetre.members("BFC-03") >= {CHU, LANGRES} and len(perimetre.members("BFC-03")) == 9
    assert known.support(Key(Kind.GHT, "BFC-03")) == Key(Kind.EJ, CHU)
    assert perimetre.in_region("84") == frozenset() == perimetre.members("XXX")
    count = Statement.objects.count()
    assert perimetre.load_reference(scope=SYSTEM).change is None
    assert Statement.objects.count() == count


def test_each_public_establishment_is_supposed_to_have_its_own_finess_pmsi(region: None) -> None:
    known = perimetre.graph()
    (supposed,) = known.pmsi(Key(Kind.EJ, CHU))
    assert supposed == Key(Kind.PMSI, CHU)
    assert known.nodes[supposed].hypothesis
    assert len(known.of_kind(Kind.PMSI)) == 52
    say(
        scope=SYSTEM, source="ARS",
        statements=[
            Said(Key(Kind.PMSI, "210987558"), date(2026, 1, 1), name="Bocage"),
            Said(Key(Kind.PMSI, "210987558"), date(2026, 1, 1), link=Link.PMSI, parent=Key(Kind.EJ, CHU)),
        ],
    )  # fmt: skip
    after = perimetre.graph()
    assert after.pmsi(Key(Kind.EJ, CHU)) == (Key(Kind.PMSI, "210987558"),)
    assert not after.nodes[Key(Kind.PMSI, "210987558")].hypothesis
    assert perimetre.graph(date(2025, 12, 31)).pmsi(Key(Kind.EJ, CHU)) == (Key(Kind.PMSI, CHU),)


def test_a_private_establishment_has_no_supposed_finess_pmsi() -> None:
    private = Key(Kind.EJ, "210011847")
    say(
        scope=SYSTEM, source="essai",
        statements=[
            Said(private, date(2024, 1, 1), name="Clinique", attributes={"statut": "prive"}),
            Said(private, date(2024, 1, 1), link=Link.REGION, parent=Key(Kind.REGION, "27")),
        ],
    )  # fmt: skip
    known = perimetre.graph()
    assert known.pmsi(private) == () and perimetre.in_region("27") == {private.code}
    assert known.region(private) == Key(Kind.REGION, "27") and known.ght(private) is None


def test_a_member_that_changes_group_is_in_each_at_its_dates(region: None) -> None:
    moves = Said(Key(Kind.EJ, LANGRES), date(2026, 7, 1), link=Link.MEMBRE, parent=Key(Kind.GHT, "BFC-11"))
    before = timezone.now()
    done = say(scope=SYSTEM, statements=[moves], source="arrêté ARS")
    assert LANGRES in perimetre.members("BFC-03", date(2026, 6, 30))
    assert LANGRES in perimetre.members("BFC-11", date(2026, 7, 1))
    assert LANGRES not in perimetre.members("BFC-03", date(2026, 7, 1))
    as_was = perimetre.graph(date(2026, 7, 1), known_at=before)
    assert as_was.ght(Key(Kind.EJ, LANGRES)) == Key(Kind.GHT, "BFC-03")
    assert any(not line.holds for line in history(Key(Kind.EJ, LANGRES)))
    assert done.change is not None
    take_back(scope=SYSTEM, change_id=done.change, reason="erreur")
    assert LANGRES in perimetre.members("BFC-03", date(2026, 7, 1))
    with pytest.raises(Conflict):
        take_back(scope=SYSTEM, change_id=done.change, reason="encore")
    with pytest.raises(NotFound):
        take_back(scope=SYSTEM, change_id=10**9, reason="rien")
    assert next(one.undoes for one in changes()) == done.change


def test_a_change_that_was_covered_since_is_not_taken_back(region: None) -> None:
    key = Key(Kind.EJ, LANGRES)
    first = say(scope=SYSTEM, statements=[Said(key, date(2026, 1, 1), name="A")], source="x")
    say(scope=SYSTEM, statements=[Said(key, date(2026, 2, 1), name="B")], source="x")
    assert first.change is not None
    with pytest.raises(Conflict):
        take_back(scope=SYSTEM, change_id=first.change, reason="trop tard")


def test_the_ledger_is_append_only(region: None) -> None:
    for sql in ("DELETE FROM perimetre_statement", "UPDATE perimetre_change SET source = ''"):
        with pytest.raises(Exception, match=r"ajout seul|permission denied"), connection.cursor() as cursor:
            cursor.execute("SAVEPOINT s")
            try:
                cursor.execute(sql)
            finally:
                cursor.execute("ROLLBACK TO SAVEPOINT s")


def test_the_live_structure_is_copied_and_what_it_ends_ends(region: None) -> None:
    load_territory(scope=system_scope("tests", ["*"]), ght_code="BFC-03")
    done = perimetre.sync_territory(scope=SYSTEM)
    assert done.said == 0 or len(perimetre.members("BFC-03")) == 9
    assert perimetre.sync_territory(scope=SYSTEM).change is None
    whole = {(Key(Kind.EJ, LANGRES), Link.MEMBRE): (date(2024, 1, 1), [
        Said(Key(Kind.EJ, LANGRES), date(2024, 1, 1), date(2025, 1, 1), Link.MEMBRE, Key(Kind.GHT, "BFC-03"))
    ])}  # fmt: skip
    say(scope=SYSTEM, statements=whole, source="essai")
    assert LANGRES in perimetre.members("BFC-03", date(2024, 12, 31))
    assert LANGRES not in perimetre.members("BFC-03", date(2025, 1, 1))


def test_the_worker_copies_a_publication_once(monkeypatch: pytest.MonkeyPatch) -> None:
    load_territory(scope=system_scope("tests", ["*"]), ght_code="BFC-03")
    for expected in (1, 1):
        monkeypatch.setattr(sources, "_last_look", [0.0])
        perimetre.sync_tick()
        assert Change.objects.filter(source=sources.TERRITORY).count() == expected
    assert len(perimetre.members("BFC-03")) == 9


def test_the_graph_costs_one_small_query_the_second_time(region: None) -> None:
    day = timezone.localdate() + timedelta(days=1)
    perimetre.graph(day)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        perimetre.graph(day)
    assert len(seen) == 1


def test_only_who_decides_for_all_loads() -> None:
    for role, place in ((Role.CHARGE_PROGRAMMES, "*"), (Role.DIRECTION, CHU), (Role.REFERENT_ARS, "*")):
        with pytest.raises(Denied):
            perimetre.load_reference(scope=services.scope_of(make_user(role, place)))
    assert Statement.objects.count() == 0
    assert perimetre.load_reference(scope=services.scope_of(make_user(Role.DIRECTION, "*"))).said > 200


# --- roles held for a group


def scope(user: User) -> Scope:
    return services.scope_of(User.objects.get(pk=user.pk))


def held(role: Role, place: str) -> Scope:
    user = make_user(None, CHU)
    Grant.objects.create(user=user, role=role.value, establishment=place)
    return scope(user)


def test_a_role_for_a_region_or_a_ght_holds_for_its_members(region: None) -> None:
    ars = held(Role.REFERENT_ARS, "region:27")
    assert ars.programmes == perimetre.in_region("27") and len(ars.programmes) == 52
    assert ars.may(Capability.INSTRUIRE_PROGRAMMES, CHU) and not ars.establishments
    assert not ars.may(Capability.VOIR_PROGRAMMES, "*")
    group = held(Role.DIRECTION, "ght:BFC-03")
    assert group.programmes == perimetre.members("BFC-03")
    for nothing in ("region:84", "ght:INCONNU", "planete:3"):
        assert held(Role.REFERENT_ARS, nothing).programmes == frozenset()


def test_the_administrator_of_the_territory_gives_a_role_for_a_group(region: None) -> None:
    admin, ars = make_user("administrateur", "*"), make_user(None, CHU)
    s = scope(admin)
    number = services.grant_role(scope=s, user_id=ars.pk, role="referent_ars", establishment="region:27")
    assert len(scope(ars).programmes) == 52
    (row,) = queries.grants_of(ars.pk)
    assert row.place == "Région Bourgogne-Franche-Comté"
    assert {"ght:BFC-03", "region:27"} <= set(queries.managed_places(s))
    with pytest.raises(NotFound):
        services.grant_role(scope=s, user_id=ars.pk, role="referent_ars", establishment="region:84")
    with pytest.raises(Invalid):
        services.grant_role(scope=s, user_id=ars.pk, role="dim", establishment="ght:BFC-03")
    services.revoke_role(scope=s, grant_id=number)
    assert scope(ars).programmes == frozenset()


def test_an_administrator_of_some_members_gives_nothing_for_the_group(region: None) -> None:
    some, other = make_user("administrateur", CHU), make_user(None, CHU)
    Grant.objects.create(user=some, role="administrateur", establishment=LANGRES)
    assert not any(":" in place for place in queries.managed_places(scope(some)))
    with pytest.raises(Denied):
        services.grant_role(scope=scope(some), user_id=other.pk, role="direction", establishment="ght:BFC-03")
    assert not Grant.objects.filter(user=other).exists()
    whole = make_user(None, CHU)
    Grant.objects.create(user=whole, role="administrateur", establishment="ght:BFC-03")
    assert "ght:BFC-03" in queries.managed_places(scope(whole))
    services.grant_role(scope=scope(whole), user_id=other.pk, role="direction", establishment="ght:BFC-03")
    with pytest.raises(Denied):
        services.grant_role(scope=scope(whole), user_id=other.pk, role="direction", establishment="region:27")


def test_the_screen_of_accounts_offers_and_names_the_groups(region: None, client) -> None:
    admin, other = make_user("administrateur", "*"), make_user(None, CHU)
    client.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/comptes/{other.pk}/").content.decode()
    assert "GHT 21-52 Côte d&#x27;Or-Haute-Marne" in page and "Région Bourgogne-Franche-Comté" in page
    client.post(f"/comptes/{other.pk}/role/", {"role": "referent_ars", "establishment": "region:27"})
    assert Grant.objects.get(user=other).establishment == "region:27"
    assert "Région Bourgogne-Franche-Comté" in client.get("/comptes/").content.decode()


def test_a_hypothesis_may_be_entered_as_such(region: None) -> None:
    said = Said(Key(Kind.PMSI, CHU), date(2026, 1, 1), name="x", certainty=Certainty.HYPOTHESE)
    link = Said(Key(Kind.PMSI, CHU), date(2026, 1, 1), link=Link.PMSI, parent=Key(Kind.EJ, CHU))
    say(scope=SYSTEM, statements=[said, link], source="essai")
    assert perimetre.graph().nodes[Key(Kind.PMSI, CHU)].hypothesis
