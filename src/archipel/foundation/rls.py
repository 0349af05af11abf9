"""Migration operations for row-level security and append-only tables.

Use them in the migration that creates the table::

    operations = [migrations.CreateModel(...), scoped("flow_venue"), append_only("flow_movement_fact")]
"""

from __future__ import annotations

from django.db.migrations import RunSQL

_LISTED = "(SELECT string_to_array(current_setting('archipel.{setting}', true), ','))::text[]"
_IN_SCOPE = "{column} = ANY (" + _LISTED + ")"
_OVERLAPS = "{column} && (" + _LISTED + ")"
_CONTAINED = "({column} <> '{{}}' AND {column} <@ (" + _LISTED + "))"

ESTABLISHMENTS, PROGRAMMES, SYSTEMS = "establishments", "programmes", "systems"
"""Which list of the scope a table is filtered on: patients' data, steering data, inventory of applications."""
PRICES = "prices"
"""The list of the scope for what tells prices: those whose prices may be read."""
DRAFTS, INSTRUCTED = "drafts", "instructed"
"""Lists of the scope for dossiers: whose unfinished writings may be read, whose dossiers are instructed."""


def overlaps(column: str, setting: str) -> str:
    """SQL: one establishment of an array column is in a list of the scope."""
    return _OVERLAPS.format(column=column, setting=setting)


def listed(column: str, setting: str) -> str:
    """SQL: the establishment of a column is in a list of the scope."""
    return _IN_SCOPE.format(column=column, setting=setting)


def guarded(table: str, read: str, write: str) -> RunSQL:
    """Filter a table on two SQL conditions: which rows are read, and which may be written (what is written is read)."""
    forward = f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY scope_read ON {table} FOR SELECT USING ({read});
        CREATE POLICY scope_insert ON {table} FOR INSERT WITH CHECK ({write});
        CREATE POLICY scope_update ON {table} FOR UPDATE USING ({read}) WITH CHECK ({write});
        CREATE POLICY scope_delete ON {table} FOR DELETE USING ({read});
    """
    policies = ("scope_read", "scope_insert", "scope_update", "scope_delete")
    backward = "".join(f"DROP POLICY {policy} ON {table};" for policy in policies)
    return RunSQL(forward, backward + f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;")


def scoped(
    table: str,
    *columns: str,
    read: str | None = None,
    setting: str = ESTABLISHMENTS,
    many: bool = False,
    every: bool = False,
) -> RunSQL:
    """Filter a table on the scope's establishments.

    Args:
        table: the table's name.
        columns: establishment columns, any of which in scope makes the row visible (default: ``establishment``).
        read: another SQL condition that also allows reading (for instance :data:`CAPACITY`); writing always
            needs the establishment in scope.
        setting: the list of the scope that counts: one of the three above.
        many: the columns are arrays of establishments, and one of them in scope is enough.
        every: the columns are arrays of establishments, and all of them must be in scope.
    """
    condition = _CONTAINED if every else _OVERLAPS if many else _IN_SCOPE
    inside = " OR ".join(condition.format(column=column, setting=setting) for column in (columns or ("establishment",)))
    readable = f"({inside}) OR ({read})" if read else inside
    forward = f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY scope_read ON {table} FOR SELECT USING ({readable});
        CREATE POLICY scope_insert ON {table} FOR INSERT WITH CHECK ({inside});
        CREATE POLICY scope_update ON {table} FOR UPDATE USING ({inside}) WITH CHECK ({inside});
        CREATE POLICY scope_delete ON {table} FOR DELETE USING ({inside});
    """
    policies = ("scope_read", "scope_insert", "scope_update", "scope_delete")
    backward = "".join(f"DROP POLICY {policy} ON {table};" for policy in policies)
    return RunSQL(forward, backward + f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;")


CAPACITY = "(SELECT current_setting('archipel.capacity', true)) = 'on'"
"""Readable by whoever may see the capacity of the territory, without names."""


def append_only(table: str) -> RunSQL:
    """Refuse UPDATE, DELETE and TRUNCATE: a ledger is corrected by a new fact."""
    return RunSQL(
        f"""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION archipel_refuse_change();
        REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM archipel_app;
        """,
        f"DROP TRIGGER append_only ON {table};",
    )
