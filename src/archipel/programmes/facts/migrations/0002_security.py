"""Who sees what: one of the establishments in scope, all of them for a file received; ledgers are only added to."""

from django.db import migrations
from django.db.migrations import RunSQL

from archipel.foundation.rls import PROGRAMMES, append_only, scoped

_LISTED = "(SELECT string_to_array(current_setting('archipel.programmes', true), ','))::text[]"
_ALL = (
    f"establishments <@ {_LISTED} AND (establishments <> '{{}}' OR actor = (SELECT current_setting('archipel.actor', true)))"
)

file_received = RunSQL(
    f"""
    ALTER TABLE facts_import ENABLE ROW LEVEL SECURITY;
    ALTER TABLE facts_import FORCE ROW LEVEL SECURITY;
    CREATE POLICY scope_all ON facts_import USING ({_ALL}) WITH CHECK ({_ALL});
    """,
    "DROP POLICY scope_all ON facts_import; ALTER TABLE facts_import DISABLE ROW LEVEL SECURITY;",
)


class Migration(migrations.Migration):
    dependencies = [("facts", "0001_initial")]
    operations = [
        scoped("facts_fact", "establishments", setting=PROGRAMMES, many=True),
        scoped("facts_payment", "establishments", setting=PROGRAMMES, many=True),
        scoped("facts_attachment", "establishments", setting=PROGRAMMES, many=True),
        file_received,
        append_only("facts_fact"),
        append_only("facts_payment"),
        append_only("facts_attachment"),
    ]
