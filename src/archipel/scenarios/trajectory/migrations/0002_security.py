"""A scenario is seen by who sees the inventory of all its establishments; what belongs to it is seen with it."""

from django.db import migrations
from django.db.migrations import RunSQL

from archipel.foundation.rls import SYSTEMS, append_only, guarded, scoped


_OF_SCENARIO = "EXISTS (SELECT 1 FROM trajectory_scenario p WHERE p.id = scenario_id)"
_OF_RUN = "EXISTS (SELECT 1 FROM trajectory_run p WHERE p.id = run_id)"
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
        guarded("trajectory_version", _OF_SCENARIO, _OF_SCENARIO),
        guarded("trajectory_run", _OF_SCENARIO, _OF_SCENARIO),
        guarded("trajectory_answer", _OF_RUN, _OF_RUN),
        guarded("trajectory_publication", _OF_SCENARIO, _OF_SCENARIO),
        append_only("trajectory_snapshot"),
        append_only("trajectory_scenario"),
        append_only("trajectory_version"),
        append_only("trajectory_answer"),
        append_only("trajectory_publication"),
        RunSQL(OVER, "DROP TRIGGER keep ON trajectory_run; DROP FUNCTION trajectory_run_keep();"),
    ]
