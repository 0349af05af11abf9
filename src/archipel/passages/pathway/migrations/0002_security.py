"""Row-level security; openings are a ledger."""

from django.db import migrations

from archipel.foundation.rls import append_only, scoped


class Migration(migrations.Migration):
    dependencies = [("pathway", "0001_initial")]

    operations = [
        scoped("pathway_thread"),
        scoped("pathway_told"),
        scoped("pathway_opening"),
        append_only("pathway_opening"),
    ]
