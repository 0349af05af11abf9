"""Row-level security and append-only ledgers."""

from django.db import migrations

from archipel.foundation.rls import CAPACITY, append_only, scoped  # noqa: F401


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial")]

    operations = [
        scoped("identity_patient"),
        scoped("identity_mergefact"),
        scoped("identity_mergedecision"),
        append_only("identity_mergefact"),
        append_only("identity_mergedecision"),
    ]
