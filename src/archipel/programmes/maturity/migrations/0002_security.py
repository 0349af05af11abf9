"""Rows are filtered by establishment and only added."""

from django.db import migrations

from archipel.foundation.rls import PROGRAMMES, append_only, scoped


class Migration(migrations.Migration):
    dependencies = [("maturity", "0001_initial")]
    operations = [
        scoped("maturity_campaign", "establishments", setting=PROGRAMMES, many=True),
        scoped("maturity_campaignfact", "establishments", setting=PROGRAMMES, many=True),
        scoped("maturity_answer", "establishments", setting=PROGRAMMES, many=True),
        scoped("maturity_effort", "establishments", setting=PROGRAMMES, many=True),
        scoped("maturity_import", "establishments", setting=PROGRAMMES, many=True),
        append_only("maturity_campaign"),
        append_only("maturity_campaignfact"),
        append_only("maturity_answer"),
        append_only("maturity_effort"),
        append_only("maturity_import"),
    ]
