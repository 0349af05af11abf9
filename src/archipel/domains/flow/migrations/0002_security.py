"""Row-level security and append-only ledgers."""

from django.db import migrations

from archipel.foundation.rls import CAPACITY, append_only, scoped  # noqa: F401


class Migration(migrations.Migration):
    dependencies = [("flow", "0001_initial")]

    operations = [
        scoped("flow_movementfact"),
        scoped("flow_ownerfact"),
        scoped("flow_movement"),
        scoped("flow_venue"),
        scoped("flow_segment", read=CAPACITY),
        scoped("flow_bedfact"),
        scoped("flow_bedstatus", read=CAPACITY),
        scoped("flow_edfact"),
        scoped("flow_request", "establishment", "receiving_establishment"),
        scoped("flow_requestevent", "establishment", "receiving_establishment"),
        append_only("flow_movementfact"),
        append_only("flow_ownerfact"),
        append_only("flow_bedfact"),
        append_only("flow_edfact"),
        append_only("flow_requestevent"),
    ]
