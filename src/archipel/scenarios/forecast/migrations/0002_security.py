"""Row-level security: counts are read by whoever may see the capacity; what was imported is only added."""

from django.db import migrations

from archipel.foundation.rls import CAPACITY, append_only, scoped


class Migration(migrations.Migration):
    dependencies = [("forecast", "0001_initial")]
    operations = [
        scoped("forecast_historyfile", "establishments", many=True),
        scoped("forecast_historyday", read=CAPACITY),
        scoped("forecast_refresh", "establishments", many=True, read=CAPACITY),
        scoped("forecast_curve", "establishments", many=True, read=CAPACITY),
        append_only("forecast_historyfile"),
        append_only("forecast_historyday"),
    ]
