"""Two current rows of one entity never cover the same day: the database refuses them (btree_gist)."""

from django.db import migrations

_FORWARD = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE territory_version ADD CONSTRAINT territory_version_period CHECK (valid_to > valid_from);
ALTER TABLE territory_relation ADD CONSTRAINT territory_relation_period CHECK (valid_to > valid_from);
ALTER TABLE territory_version ADD CONSTRAINT territory_version_once
    EXCLUDE USING gist (entity_id WITH =, daterange(valid_from, valid_to) WITH &&)
    WHERE (superseded_at IS NULL);
ALTER TABLE territory_relation ADD CONSTRAINT territory_relation_once
    EXCLUDE USING gist (child_id WITH =, kind WITH =, daterange(valid_from, valid_to) WITH &&)
    WHERE (superseded_at IS NULL AND kind <> 'succession');
CREATE INDEX territory_version_current ON territory_version (establishment) WHERE superseded_at IS NULL;
CREATE INDEX territory_relation_current ON territory_relation (establishment) WHERE superseded_at IS NULL;
"""

_BACKWARD = """
DROP INDEX territory_relation_current;
DROP INDEX territory_version_current;
ALTER TABLE territory_relation DROP CONSTRAINT territory_relation_once;
ALTER TABLE territory_version DROP CONSTRAINT territory_version_once;
ALTER TABLE territory_relation DROP CONSTRAINT territory_relation_period;
ALTER TABLE territory_version DROP CONSTRAINT territory_version_period;
"""


class Migration(migrations.Migration):

    dependencies = [("territory", "0002_history")]

    operations = [migrations.RunSQL(_FORWARD, _BACKWARD)]
