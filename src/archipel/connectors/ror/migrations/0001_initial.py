"""What was said to the ROR and what it answered."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Link',
            fields=[
                ('name', models.TextField(primary_key=True, serialize=False)),
                ('last_ok_at', models.DateTimeField(null=True)),
                ('last_try_at', models.DateTimeField(null=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('next_at', models.DateTimeField(null=True)),
                ('problem', models.TextField(blank=True)),
                ('access', models.BooleanField(default=False, help_text='A person must act: certificate, token, rights.')),
                ('down_since', models.DateTimeField(null=True)),
                ('cursor', models.DateTimeField(help_text='The reading has everything up to this moment.', null=True)),
                ('total', models.IntegerField(help_text='Places in the last whole reading.', null=True)),
                ('problems', models.JSONField(default=list, help_text='What the last reading could not read.')),
            ],
        ),
        migrations.CreateModel(
            name='Agreed',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('establishment', models.TextField()),
                ('structure', models.TextField()),
                ('code', models.TextField()),
                ('filiere', models.TextField()),
                ('tension', models.BooleanField(default=False, help_text='Whether tension was declared where the offer is.')),
                ('oldest', models.DateTimeField(help_text='Date of the oldest figure that the ROR then had of the offer.')),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['structure', 'code', 'at'], name='ror_agreed_offer')],
            },
        ),
        migrations.CreateModel(
            name='Dispatch',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('establishment', models.TextField()),
                ('structure', models.TextField()),
                ('code', models.TextField()),
                ('accepted', models.JSONField(default=dict, help_text='indicator → [count, moment], as last accepted.')),
                ('accepted_at', models.DateTimeField(help_text='Date of the oldest figure, once all were accepted.', null=True)),
                ('agreed_at', models.DateTimeField(help_text='When all of the offer was last accepted.', null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('tried_at', models.DateTimeField(help_text='When all of it was last sent and something was refused.', null=True)),
                ('blocked', models.JSONField(default=dict, help_text='indicator → why the ROR refuses it.')),
                ('differs_since', models.DateTimeField(help_text='Since when what should be said is not what they have.', null=True)),
                ('pending', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, help_text='Exchanges that left without an answer.', size=None)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_at', models.DateTimeField(null=True)),
                ('refused', models.BooleanField(default=False)),
                ('problem', models.TextField(blank=True)),
                ('who', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('asked', models.BooleanField(default=False)),
                ('late_since', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('structure', 'code'), name='ror_dispatch_offer')],
            },
        ),
        migrations.CreateModel(
            name='Exchange',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('establishment', models.TextField()),
                ('structure', models.TextField()),
                ('code', models.TextField()),
                ('reason', models.TextField(help_text='changement, cadence, demande, reprise.')),
                ('operation', models.TextField()),
                ('indicator', models.TextField()),
                ('count', models.IntegerField()),
                ('told_at', models.DateTimeField(help_text='capacityUpdateDate.')),
                ('request', models.JSONField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['structure', 'code', '-id'], name='ror_exchange_offer')],
            },
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('establishment', models.TextField()),
                ('kind', models.TextField(help_text='reponse, sans-reponse, non-envoye, relecture.')),
                ('status', models.IntegerField(default=0, help_text='HTTP; 0: none.')),
                ('verdict', models.TextField()),
                ('body', models.JSONField(null=True)),
                ('sentence', models.TextField(blank=True)),
                ('seconds', models.FloatField(default=0.0)),
                ('at', models.DateTimeField()),
                ('exchange', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='ror.exchange')),
            ],
        ),
    ]
