"""What belongs to an establishment is read and written in scope; what is common, by whoever sees an inventory."""

from django.db import migrations

from archipel.foundation.rls import SYSTEMS, append_only, guarded, listed

_SOMEBODY = "coalesce((SELECT current_setting('archipel.systems', true)), '') <> ''"
_ROW = f"({listed('establishment', SYSTEMS)}) OR (establishment = '' AND {_SOMEBODY})"
_LISTED = "(SELECT string_to_array(current_setting('archipel.systems', true), ','))::text[]"
_FILE = (
    f"establishments <@ {_LISTED} AND (establishments <> '{{}}' OR actor = (SELECT current_setting('archipel.actor', true)))"
)


class Migration(migrations.Migration):
    dependencies = [("systems", "0001_initial")]
    operations = [
        guarded("systems_statement", _ROW, _ROW),
        guarded("systems_received", _FILE, _FILE),
        guarded("systems_alias", _SOMEBODY, _SOMEBODY),
        guarded("systems_mapping", _SOMEBODY, _SOMEBODY),
        append_only("systems_statement"),
        append_only("systems_alias"),
        append_only("systems_mapping"),
    ]
