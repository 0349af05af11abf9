"""The people behind patient keys, as row-level security lets the scope see them."""

from __future__ import annotations

from collections.abc import Iterable

from archipel.identity.models import Patient
from archipel.identity.values import Person, StatutIns


def people(establishment: str, patients: Iterable[str]) -> dict[str, Person]:
    """Patient key → the person, after merges; keys that the scope may not see are absent."""
    wanted = set(patients)
    if not wanted:
        return {}
    rows = {row.key: row for row in Patient.objects.filter(establishment=establishment, key__in=wanted)}
    merged = {row.representative for row in rows.values() if row.representative != row.key}
    if missing := merged - rows.keys():
        for row in Patient.objects.filter(establishment=establishment, key__in=missing):
            rows[row.key] = row
    found = {}
    for key in wanted & rows.keys():
        row = rows.get(rows[key].representative, rows[key])
        found[key] = Person(
            patient=row.key,
            nom_naissance=row.nom_naissance,
            nom_utilise=row.nom_utilise,
            prenom=row.prenom,
            sexe=row.sexe,
            date_naissance=row.date_naissance,
            statut=StatutIns(row.statut),
        )
    return found
