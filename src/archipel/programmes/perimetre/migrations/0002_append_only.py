"""Changes and statements are only added."""

from django.db import migrations

from archipel.foundation.rls import append_only


class Migration(migrations.Migration):
    dependencies = [("perimetre", "0001_initial")]
    operations = [append_only("perimetre_change"), append_only("perimetre_statement")]
