"""The aids: those of the national catalogues (packs), and those that the regions add."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from archipel.kernel.errors import NotFound
from archipel.programmes.catalogue.models import Offer, Request
from archipel.programmes.catalogue.values import (
    Acteur,
    Aide,
    Droits,
    Etape,
    Mode,
    Point,
    Porteur,
    Reste,
    Theme,
)
from archipel.programmes.packs import public as packs
from archipel.programmes.packs.values.catalogue import Catalogue, Dispositif, Duree

OFFER = "offre:"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A national catalogue: its themes and its aids."""

    pack: str
    version: str
    titre: str
    themes: tuple[Theme, ...]
    aides: tuple[Aide, ...]
    principes: tuple[str, ...]


_read: dict[tuple[str, str, str], tuple[packs.Pack, Shelf]] = {}


def shelves(region: str = "") -> tuple[Shelf, ...]:
    """The national catalogues in force; as a region has them, when it is given."""
    found = []
    for pack in packs.packs(packs.Nature.CATALOGUE, region=region):
        key = (pack.pack, pack.version, region)
        known = _read.get(key)
        if pack.catalogue is not None and (known is None or known[0] is not pack):
            known = _read[key] = (pack, _shelf(pack, pack.catalogue))
        if known is not None:
            found.append(known[1])
    return tuple(found)


def themes() -> tuple[Theme, ...]:
    """The themes of every catalogue, once each."""
    found: dict[str, Theme] = {}
    for shelf in shelves():
        for theme in shelf.themes:
            found.setdefault(theme.id, theme)
    return tuple(found.values())


def aids(region: str = "") -> list[Aide]:
    """The national aids as a region has them, then its offers; all offers when ``region`` is empty."""
    return [aid for shelf in shelves(region) for aid in shelf.aides] + offers(region)


def aid(ref: str, region: str = "") -> Aide:
    """One aid, as a region has it when it is given.

    Raises:
        NotFound: none of that reference, or an offer that was withdrawn.
    """
    known = offers() if ref.startswith(OFFER) else [one for shelf in shelves(region) for one in shelf.aides]
    found = next((one for one in known if one.ref == ref), None)
    if found is None:
        raise NotFound("Cette aide n'existe pas, ou n'est plus proposée.", code="aide-inconnue")
    return found


def uses(pack: str, version: str) -> Sequence[packs.Use]:
    """The requests that keep a version of a catalogue, for its review."""
    count = Request.objects.filter(pack=pack, version=version).count()
    return [packs.Use("demandes d'aide", count, reverse("catalogue:demandes"))]


def offers(region: str = "") -> list[Aide]:
    """The offers of a region, or of all, in their last version; those withdrawn are left out."""
    rows = Offer.objects.order_by("region", "code", "-version").distinct("region", "code")
    if region:
        rows = rows.filter(region=region)
    return [offer_aid(row) for row in rows if not row.withdrawn]


def offer_aid(row: Offer) -> Aide:
    """A version of an offer as an aid."""
    held: dict[str, Any] = row.content
    price = held.get("prix")
    return Aide(
        ref=f"{OFFER}{row.region}/{row.code}",
        nom=held["nom"],
        type="offre",
        type_libelle="Offre régionale",
        themes=tuple(held.get("themes", ())),
        operateurs=(Porteur("", held.get("operateur", "ARS")),),
        source=f"ARS, région {row.region}, version {row.version}",
        region=row.region,
        description=held.get("description", ""),
        public=tuple(held.get("public", ())),
        acces=held.get("acces", ""),
        demandeur="ght",
        circuit=(Acteur.GHT, Acteur.ARS, Acteur.OPERATEUR) if held.get("par_ars", True) else (
            Acteur.GHT, Acteur.OPERATEUR),
        modes=tuple(Mode(m, MODE_LABELS[m], MODES[m]) for m in held.get("modes", ())),
        prix=None if price in (None, "") else Decimal(str(price)),
        part_ars=None if held.get("part_ars") in (None, "") else Decimal(str(held["part_ars"])),
        delai=Duree(mois=held["delai_mois"]) if held.get("delai_mois") else None,
        du=_day(held.get("du")),
        au=_day(held.get("au")),
        quota=(Droits((row.region,), f"région {row.region}", int(held["quota"])),) if held.get("quota") else (),
        prerequis=tuple(Point(str(n), text) for n, text in enumerate(held.get("prerequis", ()), 1)),
        liens=tuple(held.get("liens", ())),
    )  # fmt: skip


MODES = {"fonds-propres": Reste.TOTAL, "part-ars": Reste.PARTIEL, "prepaye": Reste.AUCUN}
MODE_LABELS = {
    "fonds-propres": "Fonds propres des établissements",
    "part-ars": "Participation de l'ARS",
    "prepaye": "Déjà financé",
}
"""The three modes of funding of the national plan, which offers follow too."""


def _day(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text else None


def _shelf(pack: packs.Pack, held: Catalogue) -> Shelf:
    defects = {one.id: one for one in pack.defauts}
    aides = tuple(
        _aid(pack, held, one, tuple(defects[d].trouve + " " + (defects[d].effet or "") for d in one.defauts))
        for one in held.dispositifs
    )
    known = tuple(Theme(t.id, t.libelle, t.resume or "", t.alias) for t in held.themes)
    return Shelf(pack.pack, pack.version, pack.titre, known, aides, tuple(p.libelle for p in held.principes))


def _aid(pack: packs.Pack, held: Catalogue, one: Dispositif, defects: tuple[str, ...]) -> Aide:
    kinds = {t.id: t.libelle for t in held.types}
    who = {o.id: Porteur(o.id, o.libelle, o.sigle or "", o.lien or "") for o in held.operateurs}
    routes = {a.id: a for a in held.acces}
    modes = {m.id: Mode(m.id, m.libelle, Reste(m.reste_a_charge or "variable")) for m in held.financements}
    route = routes.get(one.acces or "")
    day = one.disponible
    return Aide(
        ref=f"{pack.pack}/{one.id}",
        nom=one.nom,
        type=one.type,
        type_libelle=kinds[one.type],
        themes=one.themes,
        operateurs=tuple(who[o] for o in one.operateurs),
        source=str(one.source),
        pack=pack.pack,
        version=pack.version,
        numero=one.numero,
        alias=one.alias,
        rubrique=one.rubrique or "",
        description=one.description or "",
        contenu=one.contenu,
        public=one.public,
        mots_cles=one.mots_cles,
        confidentiel=one.confidentiel,
        acces=" : ".join(filter(None, (route.libelle, route.resume))) if route else "",
        demandeur=(route.demandeur or "") if route else "",
        circuit=tuple(Acteur(step) for step in route.circuit) if route else (),
        modalites=one.modalites or "",
        modes=tuple(modes[m] for m in one.financements),
        financement_texte=one.financement_texte or "",
        prix=Decimal(one.cout.montant) if one.cout else None,
        prix_pour=(one.cout.pour or "") if one.cout else "",
        delai=one.delai,
        suites=tuple(Etape(s.libelle, s.delai) for s in one.suites),
        duree=one.duree,
        charge=one.charge,
        du=day.du if day else None,
        au=day.au if day else None,
        disponible=(day.texte or "") if day else "",
        sessions=one.sessions,
        cloture=one.cloture,
        quota=tuple(Droits(d.regions, d.libelle, d.nombre) for d in one.quota.par_region) if one.quota else (),
        prerequis=tuple(Point(p.id, p.libelle, str(p.source), p.module or "", p.fait or "") for p in one.prerequis),
        conditions=tuple(Point(c.id, c.libelle, str(c.source), regle=c.regle or "") for c in one.conditions),
        liens=one.liens,
        fiche=one.fiche,
        defauts=defects,
    )
