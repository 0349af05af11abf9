
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='HistoryFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('establishments', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), help_text='FINESS EJ of its lines.', size=None)),
                ('name', models.TextField()),
                ('raw', models.BinaryField()),
                ('synthetic', models.BooleanField(default=False)),
                ('actor', models.TextField()),
                ('recorded_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Refresh',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('establishments', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('state', models.TextField(default='demande')),
                ('actor', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('told_at', models.DateTimeField(help_text='Last sign of life.')),
                ('ended_at', models.DateTimeField(null=True)),
                ('at', models.DateTimeField(help_text='The present from which it looks ahead.', null=True)),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(default=0)),
                ('message', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='HistoryDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('establishment', models.TextField()),
                ('site', models.TextField(help_text='FINESS EG.')),
                ('measure', models.TextField()),
                ('filiere', models.TextField(blank=True)),
                ('day', models.DateField()),
                ('values', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), help_text='One value, or one for each local hour.', size=None)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='days', to='forecast.historyfile')),
            ],
            options={
                'indexes': [models.Index(fields=['day'], name='forecast_history_day')],
            },
        ),
        migrations.CreateModel(
            name='Curve',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('establishments', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('level', models.TextField()),
                ('code', models.TextField()),
                ('measure', models.TextField()),
                ('filiere', models.TextField(blank=True)),
                ('grain', models.TextField()),
                ('at', models.DateTimeField()),
                ('content', models.JSONField()),
                ('refresh', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='curves', to='forecast.refresh')),
            ],
            options={
                'indexes': [models.Index(fields=['level', 'code', 'measure', 'filiere', 'grain', '-at'], name='forecast_curve_of')],
            },
        ),
    ]
