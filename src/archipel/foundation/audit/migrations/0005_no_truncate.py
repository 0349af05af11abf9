"""TRUNCATE is refused to everybody, the owner of the tables included."""

from django.db import migrations

TABLES = ("audit_entry", "audit_seal")


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_read_security")]

    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION archipel_refuse_change()",
            f"DROP TRIGGER no_truncate ON {table}",
        )
        for table in TABLES
    ]
