"""Row-level security and append-only ledgers.

A receipt that matches no delivery belongs to no establishment: only a process of Archipel reads it.
"""

from django.db import migrations

from archipel.foundation.rls import ESTABLISHMENTS, append_only, guarded, listed, scoped

_PROCESS = "(SELECT current_setting('archipel.actor', true)) LIKE 'système:%'"
_RECEIPT = f"({listed('establishment', ESTABLISHMENTS)}) OR (establishment = '' AND {_PROCESS})"


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]

    operations = [
        scoped("documents_document"),
        scoped("documents_event"),
        scoped("documents_payload"),
        scoped("documents_delivery"),
        scoped("documents_correspondent"),
        guarded("documents_receipt", _RECEIPT, _RECEIPT),
        append_only("documents_event"),
        append_only("documents_payload"),
        append_only("documents_receipt"),
    ]
