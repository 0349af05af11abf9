"""Row-level security and append-only ledgers. Figures by offer are read by whoever may see the capacity."""

from django.db import migrations

from archipel.foundation.rls import CAPACITY, append_only, guarded, scoped

SOMEBODY = "current_setting('archipel.actor', true) <> ''"


class Migration(migrations.Migration):
    dependencies = [("ror", "0001_initial")]

    operations = [
        scoped("ror_dispatch", read=CAPACITY),
        scoped("ror_exchange", read=CAPACITY),
        scoped("ror_answer", read=CAPACITY),
        scoped("ror_agreed", read=CAPACITY),
        guarded("ror_link", CAPACITY, SOMEBODY),
        append_only("ror_exchange"),
        append_only("ror_answer"),
        append_only("ror_agreed"),
    ]
