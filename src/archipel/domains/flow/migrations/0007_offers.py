"""Offers of the ROR, forecasts that a person validated, capacities of the region."""

import django.contrib.postgres.fields
from django.db import migrations, models

from archipel.foundation.rls import CAPACITY, append_only, guarded, scoped

PROCESS = "current_setting('archipel.actor', true) LIKE 'système:%'"


class Migration(migrations.Migration):

    dependencies = [
        ('flow', '0006_learnt'),
    ]

    operations = [
        migrations.CreateModel(
            name='RegionalCapacity',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('location', models.TextField(help_text='Technical identifier of the Location in the ROR.', unique=True)),
                ('structure', models.TextField(blank=True)),
                ('code', models.TextField(blank=True)),
                ('name', models.TextField()),
                ('organisation', models.TextField(blank=True)),
                ('service', models.TextField(blank=True)),
                ('specialties', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('filiere', models.TextField(blank=True)),
                ('commune', models.TextField(blank=True)),
                ('latitude', models.FloatField(null=True)),
                ('longitude', models.FloatField(null=True)),
                ('region', models.TextField(blank=True)),
                ('figures', models.JSONField(default=list, help_text='[indicator, count, moment of the figure].')),
                ('told_at', models.DateTimeField(help_text='The most recent figure, by its own date.', null=True)),
                ('updated_at', models.DateTimeField(help_text='Last change in the ROR.')),
                ('read_at', models.DateTimeField(help_text='When it was read.')),
            ],
        ),
        migrations.CreateModel(
            name='ForecastCapacity',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('establishment', models.TextField()),
                ('structure', models.TextField()),
                ('code', models.TextField()),
                ('temporality', models.TextField(help_text='R331, 02 to 05.')),
                ('gender', models.TextField(default='04', help_text='R332.')),
                ('count', models.PositiveIntegerField()),
                ('expires_at', models.DateTimeField()),
                ('basis', models.TextField(blank=True, help_text='What the figure rests on, in words.')),
                ('actor', models.TextField()),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['structure', 'code', 'temporality'], name='flow_forecast_offer')],
            },
        ),
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('establishment', models.TextField()),
                ('structure', models.TextField(help_text='IdNatStruct of the geographic entity.')),
                ('code', models.TextField(help_text='External code (idExterneSynchro).')),
                ('name', models.TextField()),
                ('filiere', models.TextField()),
                ('nature', models.TextField(default='01', help_text='R329.')),
                ('units', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('closed', models.BooleanField(default=False)),
                ('extra_without_staff', models.PositiveIntegerField(default=0)),
                ('extra_with_staff', models.PositiveIntegerField(default=0)),
                ('crisis', models.TextField(blank=True, help_text='R336.')),
                ('assignment', models.TextField(default='01', help_text='R337.')),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(null=True)),
                ('actor', models.TextField()),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['establishment'], name='flow_offer_establishment')],
                'constraints': [models.UniqueConstraint(fields=('structure', 'code', 'valid_from'), name='flow_offer_version'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='flow_offer_period')],
            },
        ),
        scoped('flow_offer', read=CAPACITY),
        scoped('flow_forecastcapacity', read=CAPACITY),
        append_only('flow_forecastcapacity'),
        guarded('flow_regionalcapacity', CAPACITY, PROCESS),
    ]
