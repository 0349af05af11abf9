"""Beds: what the boards need beside each bed, and the indexes of what is live."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("flow", "0002_security"),
    ]

    operations = [
        migrations.AddField(
            model_name="bedstatus",
            name="closed_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="bedstatus",
            name="isolation_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="bedstatus",
            name="move_requested",
            field=models.BooleanField(default=False, help_text="The reservation is a move asked for."),
        ),
        migrations.AddField(
            model_name="bedstatus",
            name="next_change_at",
            field=models.DateTimeField(help_text="When this row changes without any new fact.", null=True),
        ),
        migrations.AddField(
            model_name="bedstatus",
            name="reserved_at",
            field=models.DateTimeField(help_text="When the reservation was made.", null=True),
        ),
        migrations.AddField(
            model_name="bedstatus",
            name="reserved_venue",
            field=models.BigIntegerField(help_text="Number of the venue awaited, if any.", null=True),
        ),
        migrations.AddField(
            model_name="bedstatus",
            name="unstaffed_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="bedstatus",
            name="unstaffed_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="bedstatus",
            index=models.Index(
                condition=models.Q(("next_change_at__isnull", False)),
                fields=["next_change_at"],
                name="flow_bed_status_due",
            ),
        ),
        migrations.AddIndex(
            model_name="segment",
            index=models.Index(
                condition=models.Q(("end_at__isnull", False)), fields=["end_at"], name="flow_segment_end"
            ),
        ),
        migrations.AddIndex(
            model_name="venue",
            index=models.Index(
                condition=models.Q(("plans", []), _negated=True), fields=["establishment"], name="flow_venue_planned"
            ),
        ),
    ]
