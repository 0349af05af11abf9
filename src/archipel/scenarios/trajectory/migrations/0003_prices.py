"""A scenario holds what its establishments pay: it is seen by who sees the prices of all of them."""

from django.db import migrations

from archipel.foundation.rls import PRICES, SYSTEMS, scoped

TABLES = ("trajectory_snapshot", "trajectory_scenario")
_BEFORE = [scoped(table, "establishments", setting=SYSTEMS, every=True) for table in TABLES]


class Migration(migrations.Migration):
    dependencies = [("trajectory", "0002_security")]
    operations = [
        *(migrations.RunSQL(before.reverse_sql, before.sql) for before in _BEFORE),
        *(scoped(table, "establishments", setting=PRICES, every=True) for table in TABLES),
    ]
