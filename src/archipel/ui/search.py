"""What the command palette finds: pages, programmes, establishments, sites and units. Never patients."""

from __future__ import annotations

from django.db import connection
from django.urls import NoReverseMatch, reverse

from archipel.foundation.scope import Capability, Scope
from archipel.programmes.packs import public as packs
from archipel.ui.navigation import links

LIMIT = 12

_ACCENTS = ("àâäéèêëîïôöùûüçœæ", "aaaeeeeiioouuucoa")
_PLACES = """
SELECT kind, places.establishment, places.code, places.name, coalesce(e.name, '') FROM (
  SELECT 'etablissement' AS kind, code AS establishment, code, name, 0 AS rank FROM territory_etablissement
  UNION ALL
  SELECT 'site', establishment, finess, name || CASE WHEN commune = '' THEN '' ELSE ', ' || commune END, 1
    FROM territory_site
  UNION ALL
  SELECT 'uf', establishment, code, name, 2 FROM territory_uf WHERE NOT closed
) AS places LEFT JOIN territory_etablissement e ON e.code = places.establishment
WHERE strpos(translate(lower(places.name || ' ' || places.code), %(from)s, %(to)s), %(q)s) > 0
ORDER BY rank, length(places.name), places.name, e.name LIMIT %(limit)s
"""
_KINDS = {"etablissement": "Établissement", "site": "Site", "uf": "Unité"}

TARGETS: dict[str, tuple[str, ...]] = {
    "etablissement": ("flow:etablissement",),
    "site": ("flow:site",),
    "uf": ("flow:unite",),
}
"""Named routes that show a place, the first that exists wins; arguments: (code), a unit (establishment, code)."""


def plain(text: str) -> str:
    """Lower case without accents, as names are compared."""
    return text.strip().lower().translate(str.maketrans(*_ACCENTS))


def palette(scope: Scope, query: str) -> list[dict[str, str]]:
    """At most :data:`LIMIT` results ``{"titre", "genre", "url"}``: pages, programmes, places in scope."""
    wanted = plain(query)
    pages = [("Glossaire", reverse("ui:glossaire"))] + [(link.label, link.url) for link in links(scope, "")]
    found = [{"titre": name, "genre": "Page", "url": url} for name, url in pages if wanted in plain(name)]
    if len(wanted) >= 2 and packs.may_read(scope):
        found += _packs(wanted)
    if len(wanted) >= 2 and scope.may(Capability.VOIR_CAPACITE):
        found += _places(wanted)
    return found[:LIMIT]


def _packs(wanted: str) -> list[dict[str, str]]:
    """Programmes, catalogues and grids, by title or name."""
    return [
        {"titre": title, "genre": "Référentiel", "url": reverse("packs:pack", args=[name])}
        for name, title in packs.titles()
        if wanted in plain(f"{title} {name}")
    ]


def _places(wanted: str) -> list[dict[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, {"from": _ACCENTS[0], "to": _ACCENTS[1], "q": wanted, "limit": LIMIT})
        rows = cursor.fetchall()
    found = []
    for kind, establishment, code, name, holder in rows:
        url = _target(kind, establishment, code)
        if url is not None:
            genre = f"{_KINDS[kind]} {code}" + (f", {holder}" if holder and kind != "etablissement" else "")
            found.append({"titre": name, "genre": genre, "url": url})
    return found


def _target(kind: str, establishment: str, code: str) -> str | None:
    for name in TARGETS[kind]:
        try:
            return reverse(name, args=[establishment, code] if kind == "uf" else [code])
        except NoReverseMatch:
            continue
    return None
