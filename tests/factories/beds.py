"""A small hospital for the tests of beds: units, rooms, beds, patients, as ingestion would leave them."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

from archipel.domains.flow.models import Segment, Venue
from archipel.domains.flow.public import BedKey, venue_id
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.identity.models import Patient
from archipel.kernel import clock
from archipel.territory.models import Etablissement, Lit, Site, Uf

CHU, LANGRES = "210780581", "520780073"
SITE = "210987558"
_numbers = itertools.count(1)


def system(*establishments: str) -> Scope:
    """A scope that may everything in these establishments."""
    return system_scope("tests", establishments or (CHU, LANGRES))


def make_unit(
    uf: str = "3001",
    *,
    establishment: str = CHU,
    site: str = SITE,
    filiere: str = "MED",
    beds: str = "101-P 101-F 102-",
    usage: str = "lit",
    name: str = "Médecine A",
    tracks_cleaning: bool = True,
) -> list[BedKey]:
    """A unit with its beds, written ``room-bed``; a bed without a letter is called ``1``."""
    Etablissement.objects.get_or_create(code=establishment, defaults={"name": f"CH {establishment}", "ght": "BFC-03"})
    Site.objects.get_or_create(
        finess=site,
        defaults={
            "establishment": establishment, "name": f"Site {site}", "commune": "Dijon",
            "latitude": 47.32, "longitude": 5.06,
        },
    )  # fmt: skip
    Uf.objects.create(
        establishment=establishment, code=uf, name=name, site=site, filiere=filiere, types=["H", "M"],
        tracks_cleaning=tracks_cleaning,
    )  # fmt: skip
    keys = []
    for position, text in enumerate(beds.split()):
        chambre, _, lit = text.partition("-")
        Lit.objects.create(
            establishment=establishment, uf=uf, chambre=chambre, lit=lit or "1", usage=usage, position=position
        )
        keys.append(BedKey(establishment, uf, chambre, lit or "1"))
    return keys


def make_stay(
    bed: BedKey,
    *,
    since: float = 5,
    until: float | None = None,
    sexe: str = "F",
    name: str = "",
    venue: int | None = None,
) -> int:
    """A venue in the bed since so many hours, gone for ``until`` hours (in the future when negative); its number."""
    rank = next(_numbers)
    now = clock.now()
    begin = now - timedelta(hours=since)
    end = None if until is None else now - timedelta(hours=until)
    with in_scope(system(bed.establishment)):
        if venue is None:
            key, patient = f"a|V{rank}", f"a|P{rank}"
            venue = venue_id(bed.establishment, key)
            Patient.objects.create(
                establishment=bed.establishment, key=patient, representative=patient, prenom="Alix", sexe=sexe,
                nom_utilise=name or f"FICTIF{rank}", nom_naissance=name or f"FICTIF{rank}", updated_at=now,
            )  # fmt: skip
            Venue.objects.create(
                id=venue, establishment=bed.establishment, key=key, patient=patient, begin=begin, updated_at=now,
                discharged_at=end if end and end <= now else None,
            )  # fmt: skip
        _segment(bed, venue, begin, end, sexe)
    return venue


def move(venue: int, bed: BedKey, *, hours_ago: float = 0) -> None:
    """The feed's A02: out of where the venue is, into ``bed``."""
    at = clock.now() - timedelta(hours=hours_ago)
    with in_scope(system(bed.establishment)):
        last = Segment.objects.filter(venue_id=venue, end_at=None).order_by("-begin")[0]
        Segment.objects.filter(pk=last.pk).update(end_at=at)
        _segment(bed, venue, at, None, last.sexe)


def leave(venue: int, establishment: str = CHU) -> None:
    """The feed's A03."""
    now = clock.now()
    with in_scope(system(establishment)):
        Segment.objects.filter(venue_id=venue, end_at=None).update(end_at=now)
        Venue.objects.filter(id=venue).update(discharged_at=now)


def _segment(bed: BedKey, venue: int, begin: datetime, end: datetime | None, sexe: str) -> None:
    Segment.objects.create(
        establishment=bed.establishment, venue_id=venue, begin=begin, end_at=end, uf=bed.uf, chambre=bed.chambre,
        lit=bed.lit, patient_class="I", present=True, sexe=sexe, movement=f"a|M{next(_numbers)}",
    )  # fmt: skip
