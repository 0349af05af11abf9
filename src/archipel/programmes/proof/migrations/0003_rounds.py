"""Several rounds a day."""

from django.db import migrations, models

from archipel.foundation.rls import append_only


class Migration(migrations.Migration):
    dependencies = [("proof", "0002_security")]

    operations = [
        migrations.DeleteModel("Round"),
        migrations.CreateModel(
            name="Round",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("finished_at", models.DateTimeField()),
                ("readings", models.PositiveIntegerField()),
                ("changes", models.PositiveIntegerField()),
            ],
        ),
        append_only("proof_round"),
    ]
