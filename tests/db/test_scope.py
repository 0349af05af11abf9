"""The database itself refuses what is out of scope."""

from __future__ import annotations

import psycopg
import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import DatabaseError, ProgrammingError
from django.utils import timezone

from archipel.domains.flow.models import Venue
from archipel.foundation.scope import NOBODY, in_scope, system_scope

pytestmark = pytest.mark.django_db

OPEN_TABLES = {
    "journal_sender": "who sends us messages: no personal data",
    "journal_pending": "message numbers only",
    "outbox_event": "keys of what changed, no personal data",
    "accounts_grant": "accounts are not tied to one establishment",
    "accounts_breakglass": "accounts are not tied to one establishment",
    "flow_due": "a place and an hour: no personal data",
    "territory_codemapping": "structure: public to the group",
    "territory_proposal": "structure: public to the group",
    "territory_publication": "structure: public to the group",
    "territory_entity": "structure: public to the group",
    "territory_version": "structure: public to the group",
    "territory_relation": "structure: public to the group",
    "territory_site": "structure: public to the group",
    "territory_uf": "structure: public to the group",
    "territory_lit": "structure: public to the group",
}


def a_venue(establishment: str) -> None:
    Venue.objects.create(
        id=hash(establishment) % 1000, establishment=establishment, key="x|1", patient="x|1", updated_at=timezone.now()
    )


def test_unset_scope_sees_nothing() -> None:
    with in_scope(system_scope("tests", ["210780581"])):
        a_venue("210780581")
        assert Venue.objects.count() == 1
        with in_scope(NOBODY):
            assert Venue.objects.count() == 0
        assert Venue.objects.count() == 1
        with in_scope(system_scope("tests", ["520780032"])):
            assert Venue.objects.count() == 0


def test_writing_out_of_scope_is_refused() -> None:
    with in_scope(system_scope("tests", ["210780581"])), pytest.raises(DatabaseError), transaction.atomic():
        a_venue("520780032")


def test_the_application_role_cannot_bypass() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolbypassrls, rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("archipel_app", False, False)


def test_every_table_of_an_establishment_is_filtered() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        filtered = {name for (name,) in cursor.fetchall()}
    for model in apps.get_models():
        if any(field.name == "establishment" for field in model._meta.get_fields()):
            table = model._meta.db_table
            assert table in filtered or table in OPEN_TABLES, f"{table} holds an establishment but is not filtered"


def test_ledgers_refuse_change(fresh_database: str) -> None:
    ledgers = ["flow_movementfact", "flow_ownerfact", "flow_bedfact", "journal_message", "identity_mergefact"]
    with psycopg.connect(fresh_database, autocommit=True) as owner:
        for table in ledgers:
            owner.execute("SET ROLE archipel_app")
            for statement in (f"UPDATE {table} SET establishment = ''", f"DELETE FROM {table}", f"TRUNCATE {table}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    owner.execute(statement)
            owner.execute("RESET ROLE")


def test_a_failure_inside_a_scope_is_told_as_it_was_and_leaves_the_outer_scope() -> None:
    outer = system_scope("tests", ["210780581"])
    with in_scope(outer):
        a_venue("210780581")
        with pytest.raises(ProgrammingError, match="no_such_table"), in_scope(NOBODY), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM no_such_table")
        assert Venue.objects.count() == 1
        with pytest.raises(KeyError), in_scope(NOBODY):
            raise KeyError("x")
        assert Venue.objects.count() == 1
