"""Row-level security and append-only ledgers."""

from django.db import migrations

from archipel.foundation.rls import CAPACITY, append_only, scoped  # noqa: F401


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [
        scoped("journal_message"),
        scoped("journal_duplicate"),
        scoped("journal_outcome"),
        scoped("journal_decision"),
        append_only("journal_message"),
        append_only("journal_duplicate"),
        append_only("journal_decision"),
    ]
