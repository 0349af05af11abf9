"""Which dossiers keep a version of a pack."""

from __future__ import annotations

from django.urls import reverse

from archipel.programmes.dossiers.models import Dossier
from archipel.programmes.dossiers.values.states import CLOSED
from archipel.programmes.packs.public import Use


def uses(pack: str, version: str) -> list[Use]:
    """The dossiers that the present scope sees, opened under that version and not closed."""
    rows = Dossier.objects.filter(programme=pack, pack_version=version)
    count = rows.exclude(status__in=[status.value for status in CLOSED]).count()
    return [Use("dossiers ouverts", count, f"{reverse('dossiers:accueil')}?programme={pack}")]
