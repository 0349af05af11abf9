"""Row-level security and append-only ledgers of passages and tension."""

from django.db import migrations

from archipel.foundation.rls import CAPACITY, append_only, scoped


class Migration(migrations.Migration):
    dependencies = [("flow", "0008_passages_and_tension")]

    operations = [
        scoped("flow_passagefact"),
        scoped("flow_pastpassage"),
        scoped("flow_edday", read=CAPACITY),
        scoped("flow_tensionreading", read=CAPACITY),
        scoped("flow_tensionfact", read=CAPACITY),
        append_only("flow_passagefact"),
        append_only("flow_tensionreading"),
        append_only("flow_tensionfact"),
    ]
