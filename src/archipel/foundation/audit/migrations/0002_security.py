"""Row-level security and append-only ledgers."""

from django.db import migrations

from archipel.foundation.rls import CAPACITY, append_only, scoped  # noqa: F401


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        append_only("audit_entry"),
        append_only("audit_seal"),
    ]
