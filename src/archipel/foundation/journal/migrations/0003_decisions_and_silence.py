"""Which message replaces a parked one is found quickly; a silence is announced once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_security")]

    operations = [
        migrations.AddField(
            model_name="sender",
            name="silence_announced_at",
            field=models.DateTimeField(null=True, help_text="When its present silence was announced."),
        ),
        migrations.AddField(
            model_name="pending",
            name="again",
            field=models.BooleanField(
                db_default=False, help_text="It was applied once, and somebody asked to try again."
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                fields=["corrects"], name="journal_message_corrects", condition=models.Q(corrects__isnull=False)
            ),
        ),
    ]
