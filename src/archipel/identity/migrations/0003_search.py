"""Patients are found by IPP and by birth date."""

from django.db import migrations, models
from django.db.models import F, Func, Value


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_security")]

    operations = [
        migrations.AddField(
            model_name="patient",
            name="number",
            field=models.GeneratedField(
                expression=Func(F("key"), Value("|"), Value(2), function="split_part"),
                output_field=models.TextField(),
                db_persist=True,
                help_text="The IPP alone, to be searched.",
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["establishment", "number"], name="identity_patient_number"),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["establishment", "date_naissance"], name="identity_patient_birth"),
        ),
        migrations.AddIndex(
            model_name="mergefact",
            index=models.Index(fields=["establishment", "survivor"], name="identity_merge_survivor"),
        ),
    ]
