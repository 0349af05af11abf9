"""Where sealing stands."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_security")]

    operations = [
        migrations.CreateModel(
            name="Progress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("settled_id", models.BigIntegerField(default=0)),
                ("candidate_id", models.BigIntegerField(default=0)),
                ("candidate_writers", models.JSONField(default=list)),
            ],
        ),
        migrations.RunSQL(
            "INSERT INTO audit_progress (settled_id, candidate_id, candidate_writers) VALUES (0, 0, '[]')",
            migrations.RunSQL.noop,
        ),
    ]
