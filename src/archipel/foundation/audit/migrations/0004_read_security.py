"""The trail names people: anybody may add to it, only those who answer for it may read it.

``archipel.audit`` is ``on`` for the whole trail (the chain, the administrators of the territory), or lists the
establishments, comma-separated, whose trail the account may read.
"""

from django.db import migrations

READABLE = """
    (SELECT current_setting('archipel.audit', true)) = 'on'
    OR establishment = ANY ((SELECT string_to_array(nullif(current_setting('archipel.audit', true), ''), ','))::text[])
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_progress")]

    operations = [
        migrations.RunSQL(
            f"""
            ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
            ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY;
            CREATE POLICY audit_read ON audit_entry FOR SELECT USING ({READABLE});
            CREATE POLICY audit_insert ON audit_entry FOR INSERT WITH CHECK (true);
            """,
            """
            DROP POLICY audit_read ON audit_entry;
            DROP POLICY audit_insert ON audit_entry;
            ALTER TABLE audit_entry NO FORCE ROW LEVEL SECURITY;
            ALTER TABLE audit_entry DISABLE ROW LEVEL SECURITY;
            """,
        ),
    ]
