"""Row-level security and append-only ledgers.

A dossier is read by its establishments, and by the agency once it is deposited; what belongs to it follows it.
"""

from django.db import migrations

from archipel.foundation.rls import DRAFTS, INSTRUCTED, PROGRAMMES, append_only, guarded, listed, overlaps

OURS = overlaps("establishments", DRAFTS)
SEEN = f"{OURS} OR (deposited AND {overlaps('establishments', PROGRAMMES)})"
WRITTEN = f"{OURS} OR (deposited AND {listed('bearer_ej', INSTRUCTED)})"
FOLLOWS = "EXISTS (SELECT 1 FROM dossiers_dossier d WHERE d.id = dossier_id)"
INTERNAL = (
    "EXISTS (SELECT 1 FROM dossiers_dossier d WHERE d.id = dossier_id AND "
    + overlaps("d.establishments", DRAFTS)
    + ")"
)
SENT = (
    f"{INTERNAL} OR (({FOLLOWS}) AND (after_deposit OR by_agency OR EXISTS (SELECT 1 FROM dossiers_deposit p"
    " WHERE p.dossier_id = dossiers_attachment.dossier_id AND dossiers_attachment.id = ANY (p.attachments))))"
)
BLOB = "EXISTS (SELECT 1 FROM dossiers_attachment a WHERE a.id = attachment_id)"
AGENCY = listed("bearer_ej", INSTRUCTED)
MINE = f"recipient = (SELECT current_setting('archipel.actor', true)) AND {FOLLOWS}"


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0001_initial")]

    operations = [
        guarded("dossiers_dossier", SEEN, WRITTEN),
        guarded("dossiers_event", FOLLOWS, FOLLOWS),
        guarded("dossiers_participation", FOLLOWS, FOLLOWS),
        guarded("dossiers_revision", INTERNAL, INTERNAL),
        guarded("dossiers_fork", INTERNAL, INTERNAL),
        guarded("dossiers_draft", INTERNAL, INTERNAL),
        guarded("dossiers_comment", INTERNAL, INTERNAL),
        guarded("dossiers_deposit", FOLLOWS, INTERNAL),
        guarded("dossiers_attachment", SENT, FOLLOWS),
        guarded("dossiers_blob", BLOB, BLOB),
        guarded("dossiers_note", AGENCY, f"{AGENCY} AND {FOLLOWS}"),
        guarded("dossiers_notification", MINE, FOLLOWS),
        append_only("dossiers_event"),
        append_only("dossiers_revision"),
        append_only("dossiers_fork"),
        append_only("dossiers_comment"),
        append_only("dossiers_attachment"),
        append_only("dossiers_blob"),
        append_only("dossiers_deposit"),
        append_only("dossiers_note"),
    ]
