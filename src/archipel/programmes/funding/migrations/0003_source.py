"""Where a line was decided, when that is another room: written once for each source."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("funding", "0002_security")]
    operations = [
        migrations.AddField(
            "line", "source", models.TextField(blank=True, default="", help_text="What decided it: dossier:<n°>#<line>.")
        ),
        migrations.AddConstraint(
            "line",
            models.UniqueConstraint(
                fields=["project", "source"], condition=~models.Q(source=""), name="funding_line_source"
            ),
        ),
    ]
