"""Venues are found by dossier number."""

from django.db import migrations, models
from django.db.models import F, Func, Value


class Migration(migrations.Migration):
    dependencies = [("flow", "0003_beds")]

    operations = [
        migrations.AddField(
            model_name="venue",
            name="number",
            field=models.GeneratedField(
                expression=Func(F("key"), Value("|"), Value(2), function="split_part"),
                output_field=models.TextField(),
                db_persist=True,
                help_text="The dossier number alone, to be searched.",
            ),
        ),
        migrations.AddIndex(
            model_name="venue",
            index=models.Index(fields=["establishment", "number"], name="flow_venue_number"),
        ),
    ]
