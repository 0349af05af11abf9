"""Finding what was recorded in a period: the ledgers grow in the order of time, a block range index is enough."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("flow", "0005_due")]

    operations = [
        migrations.AddIndex(
            model_name="movementfact",
            index=BrinIndex(fields=["recorded_at"], name="flow_fact_recorded", autosummarize=True),
        ),
    ]
