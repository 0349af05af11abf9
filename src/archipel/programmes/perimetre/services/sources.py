"""Where the graph comes from: the shipped reference data, the live structure of the territory."""

from __future__ import annotations

import time
from datetime import date

from django.db import connection

from archipel.foundation.scope import EVERYWHERE, Capability, Scope, in_scope, system_scope
from archipel.kernel.errors import Denied
from archipel.programmes.perimetre.models import Change
from archipel.programmes.perimetre.services.ledger import Done, Topic, say
from archipel.programmes.perimetre.values import Key, Kind, Link, Said, region_code
from archipel.territory import reference
from archipel.territory.public import structure
from archipel.territory.reference_values import RefEj, RefGht
from archipel.territory.values import Content, Piece
from archipel.territory.values import Kind as Level

TERRITORY = "structure du territoire"
_COPIED = (Level.GHT, Level.EJ, Level.EG)
_EVERY_SECONDS = 60.0
_last_look = [0.0]


def require_keeper(scope: Scope) -> None:
    """Raise Denied unless the account keeps the graph as a whole: it decides for all, or keeps all the structure."""
    wanted = (Capability.VALIDER_PROGRAMMES, Capability.GERER_STRUCTURE)
    if not any(scope.may(one, EVERYWHERE) for one in wanted):
        raise Denied(
            "Charger ou reprendre le périmètre demande un rôle tenu pour tout le territoire "
            "(direction ou administrateur).",
            code="perimetre-territoire",
        )


def load_reference(*, scope: Scope, region: str = "") -> Done:
    """Load the real GHT of the shipped data, with their members and sites; can be run again without effect.

    Args:
        scope: see :func:`require_keeper`.
        region: INSEE code of the only region to load; all of those shipped by default.

    Raises:
        Denied. NotFound, Invalid: the reference data are absent or malformed.
    """
    require_keeper(scope)
    said: list[Said] = []
    for group in reference.ghts():
        if not region or region_code(group.region) == region:
            said += _group(group)
    return say(scope=scope, statements=said, source="données de référence : FINESS (ANS), SAE (DREES)")


def _group(group: RefGht) -> list[Said]:
    years = [c.annee for eg in group.egs for c in eg.capacites]
    day = date(max(years, default=2024), 1, 1)
    top, region = Key(Kind.GHT, group.code), region_code(group.region)
    said = [Said(top, day, name=group.nom)]
    if region:
        said.append(Said(top, day, link=Link.REGION, parent=Key(Kind.REGION, region)))
    for ej in group.ejs:
        said += _legal(ej, top, day)
    return said


def _legal(ej: RefEj, top: Key, day: date) -> list[Said]:
    key = Key(Kind.EJ, ej.finess.value)
    said = [Said(key, day, name=ej.nom), Said(key, day, link=Link.MEMBRE, parent=top)]
    if ej.role == "S":
        said.append(Said(key, day, link=Link.SUPPORT, parent=top))
    for eg in ej.egs:
        site = Key(Kind.EG, eg.finess.value)
        about = {"commune": eg.commune.nom, "categorie": eg.categorie_libelle}
        said += [Said(site, day, name=eg.nom, attributes=about), Said(site, day, link=Link.RATTACHEMENT, parent=key)]
    return said


def sync_territory(*, scope: Scope) -> Done:
    """Copy the dated structure of the territory (GHT, EJ, EG) into the graph; what it says wins.

    Provisional establishments (``~code``) have no FINESS number and are left aside.

    Raises:
        Denied: see :func:`require_keeper`.
    """
    require_keeper(scope)
    told: dict[Topic, tuple[date, list[Said]]] = {}
    for level, pieces in structure().timelines.items():
        if level.kind not in _COPIED or level.code.startswith("~") or not pieces:
            continue
        key, since = Key(Kind(level.kind.value.lower()), level.code), pieces[0].valid_from
        if key.kind is Kind.EJ:
            told[key, Link.SUPPORT] = since, []
        for said in (one for piece in pieces for one in _from_territory(key, piece)):
            told.setdefault(said.topic, (since, []))[1].append(said)
    return say(scope=scope, statements=told, source=TERRITORY, mark=_published())


def _from_territory(key: Key, piece: Piece) -> list[Said]:
    content, since, until = piece.content, piece.valid_from, piece.valid_to
    said = [Said(key, since, until, name=_name(key, content), attributes=_about(content))]
    region = region_code(str(content.attributes.get("region", "")))
    if key.kind is Kind.GHT and region:
        said.append(Said(key, since, until, link=Link.REGION, parent=Key(Kind.REGION, region)))
    if content.parent is None or content.parent.code.startswith("~"):
        return said
    parent = Key(Kind(content.parent.kind.value.lower()), content.parent.code)
    link = Link.MEMBRE if key.kind is Kind.EJ else Link.RATTACHEMENT
    said.append(Said(key, since, until, link=link, parent=parent))
    if key.kind is Kind.EJ and content.attributes.get("support"):
        said.append(Said(key, since, until, link=Link.SUPPORT, parent=parent))
    return said


def _name(key: Key, content: Content) -> str:
    return str(content.attributes.get("short_name") or content.name) if key.kind is Kind.EJ else content.name


def _about(content: Content) -> dict[str, str]:
    return {name: str(content.attributes[name]) for name in ("commune", "categorie") if content.attributes.get(name)}


def _published() -> str:
    """The last publication of the structure; empty when there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM territory_publication")
        last = cursor.fetchone()
    return f"publication {last[0]}" if last and last[0] else ""


def sync_tick() -> None:
    """For the worker: copy the structure of the territory when something was published, looking once a minute."""
    if time.monotonic() - _last_look[0] < _EVERY_SECONDS and _last_look[0]:
        return
    _last_look[0] = time.monotonic()
    scope = system_scope("périmètre", [])
    with in_scope(scope):
        mark = _published()
        if mark and not Change.objects.filter(source=TERRITORY, mark=mark).exists():
            sync_territory(scope=scope)
