"""Row-level security and append-only journals."""

from django.db import migrations

from archipel.foundation.rls import append_only, scoped


class Migration(migrations.Migration):
    dependencies = [("rpu", "0001_initial")]

    operations = [
        scoped("rpu_file"),
        scoped("rpu_deposit"),
        scoped("rpu_import"),
        scoped("rpu_importline"),
        append_only("rpu_file"),
        append_only("rpu_deposit"),
        append_only("rpu_import"),
        append_only("rpu_importline"),
    ]
