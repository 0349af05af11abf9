"""Loading a real GHT from the reference data."""

from __future__ import annotations

from datetime import date
from typing import Any

from archipel.foundation.scope import Scope
from archipel.territory.queries.timelines import Structure, structure
from archipel.territory.reference import ght as reference_ght
from archipel.territory.reference_values import RefEg, RefEj, RefGht
from archipel.territory.services.publication import Publication, publish
from archipel.territory.values import Change, Content, Key, Kind, Piece


def _site_attributes(eg: RefEg) -> dict[str, Any]:
    values: dict[str, Any] = {
        "commune": eg.commune.nom,
        "commune_insee": eg.commune.code_insee,
        "code_postal": eg.code_postal,
        "adresse": eg.adresse,
        "latitude": eg.latitude,
        "longitude": eg.longitude,
        "coord_source": eg.coord_source,
        "categorie": eg.categorie_libelle,
    }
    if eg.capacites:
        values["capacites"] = {
            c.filiere: {"lits": c.lits, "places": c.places, "annee": c.annee, "source": c.source} for c in eg.capacites
        }
    if eg.urgences:
        values["urgences"] = {
            u.type: {"passages": u.passages, "annee": u.annee, "source": u.source} for u in eg.urgences
        }
    return values


def _ej_attributes(ej: RefEj) -> dict[str, Any]:
    return {"short_name": ej.nom, "support": True} if ej.role == "S" else {"short_name": ej.nom}


def _wanted(group: RefGht, day: date) -> list[tuple[Key, Content]]:
    top = Key(Kind.GHT, "", group.code)
    rows = [(top, Content(group.nom, {"region": group.region}))]
    for ej in group.ejs:
        legal = Key(Kind.EJ, ej.finess.value, ej.finess.value)
        rows.append((legal, Content(ej.nom, _ej_attributes(ej), top)))
        rows += [
            (Key(Kind.EG, ej.finess.value, eg.finess.value), Content(eg.nom, _site_attributes(eg), legal))
            for eg in ej.egs
        ]
    return rows


def load_reference(*, scope: Scope, ght_code: str) -> Publication | None:
    """Create the GHT, its legal entities and its sites, with coordinates and SAE capacities.

    What is already there and validated is left as it is, so that it can be run again; what is provisional is
    validated. Everything is dated from 1 January of the SAE year. Returns None when nothing was to be done.

    Args:
        scope: needs the structure capability for the whole territory.
        ght_code: code, name, or supporting establishment (see :func:`archipel.territory.reference.ght`).

    Raises:
        Invalid: no GHT, or several, answer to that.
        Denied: the account may not.
    """
    group = reference_ght(ght_code)
    years = [c.annee for eg in group.egs for c in eg.capacites]
    day = date(max(years, default=2024), 1, 1)
    known: Structure = structure({"", *(ej.finess.value for ej in group.ejs)})
    changes = [
        Change(key, day, (Piece(day, None, content),), provisional=False)
        for key, content in _wanted(group, day)
        if not known.timelines.get(key) or key in known.provisional
    ]
    if not changes:
        return None
    return publish(scope=scope, changes=changes, source=f"reference:{group.code}", effective_on=day)
