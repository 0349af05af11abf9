"""Rows are filtered by establishment; the ledger is only added to; a question and its answer do not change."""

from django.db import migrations
from django.db.migrations import RunSQL

from archipel.foundation.rls import PROGRAMMES, append_only, scoped

LINES = """
    ALTER TABLE funding_line ENABLE ROW LEVEL SECURITY;
    ALTER TABLE funding_line FORCE ROW LEVEL SECURITY;
    CREATE POLICY scope_read ON funding_line FOR SELECT
        USING (EXISTS (SELECT 1 FROM funding_project p WHERE p.id = project_id));
    CREATE POLICY scope_insert ON funding_line FOR INSERT
        WITH CHECK (EXISTS (SELECT 1 FROM funding_project p WHERE p.id = project_id));
"""
"""A line is seen with its project: an establishment that joins sees the whole of its history."""

KEPT = """
    CREATE FUNCTION funding_run_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR OLD.result IS NOT NULL OR NEW.inputs <> OLD.inputs OR NEW.digest <> OLD.digest
           OR NEW.establishments <> OLD.establishments THEN
            RAISE EXCEPTION 'a question and its answer are kept as they are' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON funding_run FOR EACH ROW EXECUTE FUNCTION funding_run_keep();
    REVOKE TRUNCATE ON funding_run FROM archipel_app;
"""


class Migration(migrations.Migration):
    dependencies = [("funding", "0001_initial")]
    operations = [
        scoped("funding_project", "establishments", setting=PROGRAMMES, many=True),
        RunSQL(LINES, "DROP POLICY scope_read ON funding_line; DROP POLICY scope_insert ON funding_line;"),
        append_only("funding_line"),
        scoped("funding_run", "establishments", setting=PROGRAMMES, every=True),
        RunSQL(KEPT, "DROP TRIGGER keep ON funding_run; DROP FUNCTION funding_run_keep();"),
    ]
