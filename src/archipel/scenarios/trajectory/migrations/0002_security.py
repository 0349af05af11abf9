"""A scenario is seen by who sees the inventory of all its establishments; what belongs to it is seen with it."""

from django.db import migrations
from django.db.migrations import RunSQL

from archipel.foundation.rls import SYSTEMS, append_only, scoped


def with_parent(table: str, column: str, parent: str) -> RunSQL:
    """Filter the rows of a table as those of the table that they belong to."""
    condition = f"EXISTS (SELECT 1 FROM {parent} p WHERE p.id = {column})"
    return RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY scope_all ON {table} USING ({condition}) WITH CHECK ({condition});
        """,
        f"DROP POLICY scope_all ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
    )


OVER = """
    CREATE FUNCTION trajectory_run_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR OLD.version_id <> NEW.version_id
           OR (OLD.state IN ('fini', 'arrete', 'echec', 'annule')) THEN
            RAISE EXCEPTION 'a search that is over is kept as it is' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON trajectory_run FOR EACH ROW EXECUTE FUNCTION trajectory_run_keep();
    REVOKE TRUNCATE ON trajectory_run FROM archipel_app;
"""


class Migration(migrations.Migration):
    dependencies = [("trajectory", "0001_initial")]
    operations = [
        scoped("trajectory_snapshot", "establishments", setting=SYSTEMS, every=True),
        scoped("trajectory_scenario", "establishments", setting=SYSTEMS, every=True),
        with_parent("trajectory_version", "scenario_id", "trajectory_scenario"),
        with_parent("trajectory_run", "scenario_id", "trajectory_scenario"),
        with_parent("trajectory_answer", "run_id", "trajectory_run"),
        with_parent("trajectory_publication", "scenario_id", "trajectory_scenario"),
        append_only("trajectory_snapshot"),
        append_only("trajectory_scenario"),
        append_only("trajectory_version"),
        append_only("trajectory_answer"),
        append_only("trajectory_publication"),
        RunSQL(OVER, "DROP TRIGGER keep ON trajectory_run; DROP FUNCTION trajectory_run_keep();"),
    ]
