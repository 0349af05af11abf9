# The tables of dossiers.

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Feed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.BigIntegerField()),
                ('hash', models.TextField(help_text='SHA-256 of the token, which has 256 random bits.', unique=True)),
                ('created_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('last_used_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Dossier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('programme', models.TextField(help_text='Identifier of the pack.')),
                ('pack_version', models.TextField()),
                ('theme', models.TextField(blank=True)),
                ('title', models.TextField()),
                ('status', models.TextField()),
                ('bearer_finess', models.TextField(help_text='FINESS PMSI of the lead.')),
                ('bearer_ej', models.TextField(help_text='FINESS EJ of the lead.')),
                ('establishments', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), help_text='FINESS EJ of the lead and of every party.', size=None)),
                ('ght', models.TextField(blank=True)),
                ('region', models.TextField(blank=True)),
                ('deposited', models.BooleanField(default=False)),
                ('granted', models.DecimalField(decimal_places=2, help_text='Euros.', max_digits=12, null=True)),
                ('paid', models.DecimalField(decimal_places=2, default=0, help_text='Euros.', max_digits=12)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.TextField()),
                ('updated_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['programme', 'status'], name='dossiers_by_state'), models.Index(fields=['bearer_finess'], name='dossiers_by_bearer')],
            },
        ),
        migrations.CreateModel(
            name='Deposit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveIntegerField(help_text='Rank of the event.')),
                ('content', models.JSONField()),
                ('sha256', models.TextField(help_text='Of the content in canonical JSON.')),
                ('attachments', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('recorded_at', models.DateTimeField()),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deposits', to='dossiers.dossier')),
            ],
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rubric', models.TextField()),
                ('kind', models.TextField(help_text='remarque, reponse, resolution or reouverture.')),
                ('text', models.TextField(blank=True)),
                ('version', models.PositiveIntegerField(default=0, help_text='Version of the rubric that was in force.')),
                ('mentions', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, help_text='Usernames.', size=None)),
                ('actor', models.TextField()),
                ('recorded_at', models.DateTimeField()),
                ('thread', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replies', to='dossiers.comment')),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='dossiers.dossier')),
            ],
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nature', models.TextField()),
                ('name', models.TextField()),
                ('media_type', models.TextField(help_text='Read from the content, never from the name.')),
                ('size', models.PositiveIntegerField(help_text='Octets.')),
                ('sha256', models.TextField()),
                ('details', models.JSONField(default=dict, help_text='Partner, instance, date, as its nature asks.')),
                ('scanned', models.TextField(help_text='What looked at it: contenu, or contenu+antivirus.')),
                ('after_deposit', models.BooleanField(default=False, help_text='Sent to the agency as soon as it is there.')),
                ('by_agency', models.BooleanField(default=False)),
                ('actor', models.TextField()),
                ('recorded_at', models.DateTimeField()),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='dossiers.dossier')),
            ],
        ),
        migrations.CreateModel(
            name='Fork',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rubric', models.TextField()),
                ('base', models.PositiveIntegerField(help_text='Version from which it was written; 0: none.')),
                ('against', models.PositiveIntegerField(help_text='Version in force when it was saved.')),
                ('content', models.JSONField()),
                ('disagreements', models.JSONField(default=list)),
                ('actor', models.TextField()),
                ('recorded_at', models.DateTimeField()),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='forks', to='dossiers.dossier')),
            ],
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bearer_ej', models.TextField()),
                ('criterion', models.TextField()),
                ('score', models.PositiveSmallIntegerField(help_text='0 to 4; null: not scored.', null=True)),
                ('text', models.TextField(blank=True)),
                ('actor', models.TextField()),
                ('recorded_at', models.DateTimeField()),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='dossiers.dossier')),
            ],
        ),
        migrations.CreateModel(
            name='Blob',
            fields=[
                ('attachment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='blob', serialize=False, to='dossiers.attachment')),
                ('content', models.BinaryField()),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dossiers.dossier')),
            ],
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rubric', models.TextField()),
                ('author', models.TextField(help_text='Username.')),
                ('base', models.PositiveIntegerField(default=0)),
                ('content', models.JSONField(help_text='Null: the person reads, nothing is unsaved.', null=True)),
                ('seen_at', models.DateTimeField()),
                ('saved_at', models.DateTimeField(help_text='When the content was last kept.', null=True)),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='dossiers.dossier')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('dossier', 'rubric', 'author'), name='dossiers_draft_once')],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveIntegerField()),
                ('kind', models.TextField()),
                ('code', models.TextField(blank=True)),
                ('effective_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('actor', models.TextField()),
                ('reason', models.TextField(blank=True)),
                ('data', models.JSONField(default=dict)),
                ('undoes', models.IntegerField(help_text='Rank of the line that this one takes back.', null=True)),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='dossiers.dossier')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('dossier', 'rank'), name='dossiers_event_rank')],
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recipient', models.TextField(help_text='Username.')),
                ('key', models.TextField(help_text='What it is about; the same thing is told once.')),
                ('kind', models.TextField()),
                ('text', models.TextField()),
                ('rubric', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notifications', to='dossiers.dossier')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('dossier', 'recipient', 'key'), name='dossiers_told_once')],
            },
        ),
        migrations.CreateModel(
            name='Participation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('programme', models.TextField()),
                ('finess', models.TextField(help_text='FINESS PMSI.')),
                ('ej', models.TextField(help_text='FINESS EJ.')),
                ('name', models.TextField()),
                ('role', models.TextField(help_text='porteur or partie.')),
                ('sites', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, help_text='FINESS EG.', size=None)),
                ('public_member', models.BooleanField(default=False)),
                ('legal_status', models.TextField(default='inconnu', help_text='public, espic, prive or inconnu.')),
                ('agreed_at', models.DateTimeField(null=True)),
                ('agreed_by', models.TextField(blank=True)),
                ('slot', models.PositiveSmallIntegerField(null=True)),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parties', to='dossiers.dossier')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('dossier', 'finess'), name='dossiers_party_once'), models.UniqueConstraint(condition=models.Q(('slot__isnull', False)), fields=('programme', 'finess', 'slot'), name='dossiers_slot_once'), models.UniqueConstraint(condition=models.Q(('role', 'porteur')), fields=('dossier',), name='dossiers_one_bearer')],
            },
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rubric', models.TextField()),
                ('number', models.PositiveIntegerField()),
                ('content', models.JSONField()),
                ('base', models.PositiveIntegerField(help_text='Version from which it was written; 0: none.')),
                ('kind', models.TextField(help_text='saisie, fusion, restauration or choix.')),
                ('actor', models.TextField()),
                ('recorded_at', models.DateTimeField()),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='dossiers.dossier')),
                ('resolves', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='resolution', to='dossiers.fork')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('dossier', 'rubric', 'number'), name='dossiers_revision_once')],
            },
        ),
    ]
