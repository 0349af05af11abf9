"""The snapshot-driven check: good resources pass, every mutant is caught and named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.connectors.ror.codec import bundle, capacity, names
from archipel.connectors.ror.codec.capacity import Figure
from archipel.connectors.ror.profiles import checker
from archipel.domains.flow.values.offers import Indicator

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
FIGURE = Figure(Indicator("02", "01", "04"), 3, T0)
PLACE = bundle.location(
    "27-1", name="Réanimation", external="1210987558/REA", created=T0, updated=T0, commune="21231",
    figures=(FIGURE, Figure(Indicator("01"), 9, T0)), organisation="CHU", region="27", position=(47.3, 5.0),
)  # fmt: skip
EXTENSION = capacity.build(FIGURE)


def test_a_place_follows_its_profile() -> None:
    report = checker().check(PLACE, names.LOCATION)
    assert report.faults == []
    assert any("CommuneOM" in one for one in report.unchecked), (
        "a list that is not at hand is told, not taken for a yes"
    )


def inner(extension: dict[str, Any], url: str) -> dict[str, Any]:
    return next(one for one in extension["extension"] if one["url"] == url)


def coding(url: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda e: concept(e, url)["coding"][0].update(values)


def concept(extension: dict[str, Any], url: str) -> dict[str, Any]:
    return inner(extension, url)["valueCodeableConcept"]


def value(url: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    """Replace what the inner extension holds."""
    return lambda e: _only(inner(e, url), values)


def _only(one: dict[str, Any], values: dict[str, Any]) -> None:
    for name in [name for name in one if name != "url"]:
        del one[name]
    one.update(values)


def without(url: str) -> Callable[[dict[str, Any]], None]:
    return lambda e: e["extension"].remove(inner(e, url))


def twice(url: str) -> Callable[[dict[str, Any]], None]:
    return lambda e: e["extension"].append(copy.deepcopy(inner(e, url)))


REQUIRED = (
    "capacityType", "capacityStatus", "temporalityCapacity", "nbCapacity", "capacitySourceType", "capacityUpdateDate",
    "temporaryAssignement",
)  # fmt: skip
MUTANTS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    **{f"sans {url}": (without(url), "tranche") for url in REQUIRED},
    **{f"deux {url}": (twice(url), "tranche") for url in (*REQUIRED, "genderCapacityAvailable")},
    "statut hors liste": (coding("capacityStatus", code="42"), "code"),
    "genre d'une autre liste": (coding("genderCapacityAvailable", system=names.R330), "code"),
    "système absent": (lambda e: concept(e, "capacityType")["coding"][0].pop("system"), "code"),
    "nombre en texte": (value("nbCapacity", valueInteger="3"), "type"),
    "nombre décimal": (value("nbCapacity", valueInteger=3.5), "type"),
    "nombre booléen": (value("nbCapacity", valueInteger=True), "type"),
    "autre type de nombre": (value("nbCapacity", valueString="3"), "type"),
    "date illisible": (value("capacityUpdateDate", valueDateTime="26/02/2025 15:17"), "type"),
    "date sans fuseau": (value("capacityUpdateDate", valueDateTime="2025-02-26T15:17:33"), "type"),
    "mois 13": (value("capacityUpdateDate", valueDateTime="2025-13-01T00:00:00Z"), "type"),
    "code simple": (value("capacityStatus", valueCode="02"), "type"),
    "coding seul": (lambda e: concept(e, "capacityStatus").update(coding={"code": "02"}), "type"),
    "élément en trop": (coding("capacityStatus", libelle="Disponible"), "inconnu"),
    "valeur et extensions": (value("nbCapacity", valueInteger=3, extension=[{"url": "x"}]), "extension"),
    "sans valeur": (value("nbCapacity"), "extension"),
    "valeur sur l'extension": (lambda e: e.update(valueString="12"), "cardinalite"),
    "autre adresse": (lambda e: e.update(url=names.COMMUNE), "valeur"),
    "liste vide": (lambda e: concept(e, "capacityStatus").update(coding=[]), "code"),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_of_a_capacity_is_caught(name: str) -> None:
    change, rule = MUTANTS[name]
    mutant = copy.deepcopy(EXTENSION)
    change(mutant)
    faults = checker().check(mutant, names.CAPACITY).faults
    assert rule in {fault.rule for fault in faults}, [str(fault) for fault in faults]


def extension_of(place: dict[str, Any], url: str) -> dict[str, Any]:
    return next(one for one in place["extension"] if one["url"] == url)


PLACE_MUTANTS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "sans commune": (lambda p: p["extension"].remove(extension_of(p, names.COMMUNE)), "tranche"),
    "sans date de création": (lambda p: p["extension"].remove(extension_of(p, names.CREATED)), "tranche"),
    "deux communes": (lambda p: p["extension"].append(extension_of(p, names.COMMUNE)), "tranche"),
    "sans mise à jour": (lambda p: p["meta"].pop("lastUpdated"), "cardinalite"),
    "mise à jour sans heure": (lambda p: p["meta"].update(lastUpdated="2026-11-27"), "type"),
    "statut hors liste": (lambda p: p.update(status="ouvert"), "code"),
    "élément inconnu": (lambda p: p.update(nom="Réanimation"), "inconnu"),
    "nom en liste": (lambda p: p.update(name=["Réanimation"]), "type"),
    "identifiant seul": (lambda p: p.update(identifier=p["identifier"][0]), "type"),
    "deux codes externes": (lambda p: p["identifier"].append(copy.deepcopy(p["identifier"][0])), "tranche"),
    "latitude en texte": (lambda p: p["position"].update(latitude="47,3"), "type"),
    "position sans longitude": (lambda p: p["position"].pop("longitude"), "cardinalite"),
    "capacité malformée dedans": (lambda p: extension_of(p, names.CAPACITY)["extension"].pop(), "tranche"),
    "autre ressource": (lambda p: p.update(resourceType="Organization"), "type"),
    "commune en texte": (lambda p: _only(extension_of(p, names.COMMUNE), {"valueString": "Dijon"}), "type"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACE_MUTANTS)
def test_a_mutant_of_a_place_is_caught(name: str) -> None:
    change, rule = PLACE_MUTANTS[name]
    mutant = copy.deepcopy(PLACE)
    change(mutant)
    faults = checker().check(mutant, names.LOCATION).faults
    assert rule in {fault.rule for fault in faults}, [str(fault) for fault in faults]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.sampled_from(["url", "extension", "coding", "x"]), one),
    max_leaves=10,
)


@given(st.sampled_from(sorted(PLACE)), JSON)
@settings(max_examples=60)
def test_whatever_a_member_holds_the_check_ends(name: str, given_value: Any) -> None:
    mutant = copy.deepcopy(PLACE) | {name: given_value}
    for fault in checker().check(mutant, names.LOCATION).faults:
        assert fault.path and fault.sentence
