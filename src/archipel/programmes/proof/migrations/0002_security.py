"""Row-level security and append-only ledgers."""

from django.db import migrations

from archipel.foundation.rls import PROGRAMMES, append_only, scoped


class Migration(migrations.Migration):
    dependencies = [("proof", "0001_initial")]

    operations = [
        scoped("proof_file", "establishments", setting=PROGRAMMES, many=True),
        scoped("proof_entry", "establishments", setting=PROGRAMMES, many=True),
        scoped("proof_reading", "establishments", setting=PROGRAMMES, many=True),
        scoped("proof_change", "establishments", setting=PROGRAMMES, many=True),
        scoped("proof_archive", "establishments", setting=PROGRAMMES, every=True),
        scoped("proof_content", "establishments", setting=PROGRAMMES, every=True),
        scoped("proof_freezing", "establishments", setting=PROGRAMMES, every=True),
        append_only("proof_file"),
        append_only("proof_entry"),
        append_only("proof_query"),
        append_only("proof_reading"),
        append_only("proof_change"),
        append_only("proof_round"),
        append_only("proof_signingkey"),
        append_only("proof_archive"),
        append_only("proof_content"),
    ]
