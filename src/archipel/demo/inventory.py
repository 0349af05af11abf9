"""The inventory of systems of the demonstration: real functions, fictitious products and prices, real heterogeneity.

Deterministic for a seed. Each hospital chose its products in its own time; the supporting hospital's became the
targets of the group, and two members have already joined them, which the history shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from random import Random
from typing import Any

from archipel.demo.catalogue import (
    AI_USES,
    FICTITIOUS,
    FLOWS,
    HEALTH,
    PRODUCTS,
    TECHNOLOGIES,
    TOLERANCE,
    UNITS,
    VENDORS,
    DemoProduct,
)
from archipel.demo.structure import DemoStructure, DemoUf
from archipel.domains.systems import public as systems
from archipel.domains.systems.public import Key, Kind, New
from archipel.foundation.scope import Scope, in_scope
from archipel.territory.reference_values import RefEj, RefGht

SINCE = date(2024, 1, 1)
_CONVERGING = {"gmao": date(2025, 11, 1), "rh": date(2026, 3, 1), "pmsi": date(2026, 7, 1)}
_TARGETS = ("gap", "dpi", "rh", "gmao", "finances", "laboratoire")


def prepare(scope: Scope, ght: RefGht, structure: DemoStructure, seed: int = 2152) -> int:
    """Say the inventory once; returns how many statements were made (0: there was one)."""
    with in_scope(scope):
        if systems.inventory().records:
            return 0
        news = [*_common(ght), *_members(ght, structure, Random(seed))]  # noqa: S311 - not for secrets
        return systems.append(scope=scope, news=news, reason=FICTITIOUS)


def _code(name: str) -> str:
    return name.upper().replace(" ", "-").replace("É", "E").replace("Ô", "O")


def _new(kind: Kind, place: str, code: str, content: Mapping[str, Any], since: date = SINCE) -> New:
    return New(Key(kind, place, code), since, {name: value for name, value in content.items() if value})


def _common(ght: RefGht) -> Iterator[New]:
    for name, country in VENDORS.items():
        yield _new(Kind.EDITEUR, "", _code(name), {"nom": name, "pays": country, "note": FICTITIOUS})
    plans = {"Oracle": "etudie", "VMware": "planifie", "Microsoft": "aucun"}
    for name, plan in plans.items():
        content = {"nom": name, "pays": "États-Unis", "dependance": name.lower(), "plan_sortie": plan}
        yield _new(Kind.EDITEUR, "", _code(name), content)
    for name, version, vendor, dependency, ends in TECHNOLOGIES:
        content = {
            "nom": name,
            "version": version,
            "editeur": vendor,
            "dependance": dependency,
            "fin_support": ends,
            "source": "Calendrier public de l'éditeur, à vérifier",
        }
        yield _new(Kind.TECHNOLOGIE, "", _code(f"{name} {version}"), content)
    for product in (one for products in PRODUCTS.values() for one in products):
        made_up = "non" if product.vendor in plans else "oui"
        told = {"nom": product.name, "editeur": product.vendor, "fonctions": list(product.functions), "fictif": made_up}
        yield _new(Kind.PRODUIT, "", _code(product.name), told)
    year = {"nom": "Mise à jour annuelle 2026", "ouverture": "2026-01-05", "cloture": "2026-12-18", "seuil": "85"}
    yield _new(Kind.CAMPAGNE, "", "MAJ-2026", year)
    for function in _TARGETS:
        aim: dict[str, Any] = {
            "fonction": function,
            "produit": PRODUCTS[function][0].name,
            "taux": "80",
            "echeance": "2028-12-31",
        }
        yield _new(Kind.CIBLE, "", function, aim)


def _members(ght: RefGht, structure: DemoStructure, dice: Random) -> Iterator[New]:
    units: dict[str, list[DemoUf]] = {}
    for uf in structure.ufs:
        units.setdefault(uf.establishment, []).append(uf)
    smaller = [ej for ej in ght.ejs if ej.finess != ght.finess_ej_support]
    joining = {ej.finess.value for ej in smaller[:2]}
    for ej in ght.ejs:
        chosen = _choices(ej, ej.finess == ght.finess_ej_support, dice)
        yield from _hospital(ej, chosen, units.get(ej.finess.value, []), dice)
        if ej.finess.value in joining:
            yield from _joined(ej, chosen, units.get(ej.finess.value, []), dice)


def _choices(ej: RefEj, support: bool, dice: Random) -> dict[str, DemoProduct]:
    """The products of a hospital: the first of each list at the supporting one, anything elsewhere."""
    beds, found = max(ej.lits(), 20), {}
    for function, products in PRODUCTS.items():
        fit = [one for one in products if beds >= one.smallest]
        if function == "prescription" and not support and dice.random() < 0.6:
            continue
        if fit and (support or dice.random() < 0.88):
            found[function] = fit[0] if support else dice.choice(fit)
    return found


def _hospital(ej: RefEj, chosen: Mapping[str, DemoProduct], ufs: Iterable[DemoUf], dice: Random) -> Iterator[New]:
    place, beds, ufs = ej.finess.value, max(ej.lits(), 20), list(ufs)
    for function, product in chosen.items():
        yield _application(place, function, product, beds, ufs, dice)
        begin = date(2019 + dice.randrange(6), 1 + dice.randrange(12), 1)
        contract = {
            "objet": f"Maintenance de {product.name}",
            "editeur": product.vendor,
            "applications": [_app(function)],
            "debut": begin.isoformat(),
            "fin": date(begin.year + dice.choice((3, 4, 5, 7)), begin.month, 1).isoformat(),
            "preavis_mois": str(dice.choice((3, 6, 6, 12))),
            "reconduction": dice.choice(("tacite", "expresse", "aucune")),
            "montant": str(_cost(product, beds, dice)),
        }
        yield _new(Kind.CONTRAT, place, f"M-{_app(function)}", contract)
    for source, target, standard, what in FLOWS:
        if source in chosen and target in chosen:
            flow = {
                "source": _app(source),
                "cible": _app(target),
                "norme": standard,
                "objet": what,
                "volume_jour": str(beds * dice.randint(1, 12)),
                "eai": "oui" if "eai" in chosen else "non",
            }
            yield _new(Kind.INTERFACE, place, f"{_app(source)}>{_app(target)}:{_code(what)}", flow)
    yield from _equipment(place, beds, chosen, dice)


def _app(function: str) -> str:
    return function.upper()


def _cost(product: DemoProduct, beds: int, dice: Random) -> int:
    return round(product.price * beds * dice.uniform(0.7, 1.4) / 100) * 100


def _application(
    place: str, function: str, product: DemoProduct, beds: int, ufs: Iterable[DemoUf], dice: Random
) -> New:
    """One application, with holes where hospitals do have them."""
    cost, kinds = _cost(product, beds, dice), UNITS.get(function)
    health = function in HEALTH
    hosting = dice.choices(("interne", "mutualise", "hds", "externe"), (60, 10, 22, 8 if not health else 3))[0]
    content: dict[str, Any] = {
        "nom": product.name,
        "produit": product.name,
        "editeur": product.vendor,
        "fonctions": list(product.functions),
        "technologies": list(product.technologies),
        "version": f"{dice.randint(3, 9)}.{dice.randint(0, 9)}",
        "statut": "service",
        "mise_en_service": date(2010 + dice.randrange(13), 1 + dice.randrange(12), 1).isoformat(),
        "utilisateurs": str(max(5, round(beds * dice.uniform(0.5, 2.2)))),
        "cout_licence": str(round(cost * 0.6)),
        "cout_exploitation": str(round(cost * 0.25)),
        "cout_personnel": str(round(cost * 0.15)),
        "hebergement": hosting,
        "souverainete": str({"interne": 3, "mutualise": 3, "hds": 2, "externe": 1}[hosting]),
        "donnees_sante": "oui" if health else "non",
        "rto_h": str(dice.choice((2, 4, 8, 24, 72))),
        "rpo_h": str(dice.choice((1, 4, 24))),
        "responsable": "Direction des services numériques",
        "note": FICTITIOUS,
        "tolerance_h": str(TOLERANCE[function]) if function in TOLERANCE else "",
    }
    if function in AI_USES:
        usage, risk, review = AI_USES[function]
        content |= {"ia": "oui", "ia_usage": usage, "ia_risque": risk, "ia_evaluation": review, "ia_formes": "40"}
    if kinds is not None:
        content["unites"] = sorted({uf.code for uf in ufs if not kinds or uf.filiere in kinds})
    for name in ("rto_h", "rpo_h", "utilisateurs", "souverainete", "version", "tolerance_h", "cout_personnel"):
        if dice.random() < 0.12:
            content.pop(name)
    return _new(Kind.APPLICATION, place, _app(function), content)


def _equipment(place: str, beds: int, chosen: Mapping[str, DemoProduct], dice: Random) -> Iterator[New]:
    held = [_app(function) for function in chosen]
    rows: tuple[tuple[str, str, int, list[str], list[str]], ...] = (
        ("serveur", "Hyperviseurs", max(2, beds // 60), ["VMware vSphere 7"], held),
        ("stockage", "Baies de stockage", max(1, beds // 250), [], held),
        ("commutateur", "Commutateurs", max(3, beds // 15), [], []),
        ("fixe", "Postes fixes", beds * 2, [], []),
        ("portable", "Postes portables", beds // 2, [], []),
        ("ecran", "Écrans", beds * 2, [], []),
    )
    for kind, name, count, technologies, applications in rows:
        content = {
            "nom": name,
            "type": kind,
            "quantite": str(count),
            "technologies": technologies,
            "applications": applications,
            "mise_en_service": f"{dice.randint(2017, 2024)}-01-01",
            "lieu": "Salle principale",
        }
        yield _new(Kind.EQUIPEMENT, place, kind.upper(), content)


def _joined(ej: RefEj, chosen: Mapping[str, DemoProduct], ufs: Iterable[DemoUf], dice: Random) -> Iterator[New]:
    """The member leaves its own product for the group's, on the instance of the group."""
    for function, since in _CONVERGING.items():
        target = PRODUCTS[function][0]
        if function in chosen and chosen[function] is not target:
            moved = _application(ej.finess.value, function, target, max(ej.lits(), 20), ufs, dice)
            content = {
                **moved.content,
                "instance": f"{target.name} du groupement",
                "hebergement": "mutualise",
                "mise_en_service": since.isoformat(),
            }
            yield New(moved.key, since, content)
