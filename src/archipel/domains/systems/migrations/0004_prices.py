"""A file received is read by who sees the prices of the establishments that it describes: it holds them."""

from django.db import migrations

from archipel.foundation.rls import guarded


def _file(setting: str) -> str:
    listed = f"(SELECT string_to_array(current_setting('archipel.{setting}', true), ','))::text[]"
    mine = "actor = (SELECT current_setting('archipel.actor', true))"
    return f"establishments <@ {listed} AND (establishments <> '{{}}' OR {mine})"


_BEFORE = guarded("systems_received", _file("systems"), _file("systems"))


class Migration(migrations.Migration):
    dependencies = [("systems", "0003_reminder")]
    operations = [
        migrations.RunSQL(_BEFORE.reverse_sql, _BEFORE.sql),
        guarded("systems_received", _file("prices"), _file("prices")),
    ]
