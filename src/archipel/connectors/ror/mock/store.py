"""What the test ROR knows, and what it answers to a writing or a reading. No network here.

Sources: documentation of the ROR's FHIR interface (ANS): « Patch capacitaire » (200, both 404, 412, 400),
« Consultation des données capacitaires » (pages of 200, ``total``).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archipel.connectors.ror.codec import bundle, capacity, names
from archipel.connectors.ror.codec import patch as patching
from archipel.connectors.ror.codec.capacity import Figure, Json, Unreadable
from archipel.connectors.ror.codec.patch import Operation
from archipel.domains.flow.values.offers import Indicator, Statut, Temporalite
from archipel.kernel import clock

Reply = tuple[int, Json]


@dataclass(slots=True)
class Place:
    """A place of the test ROR."""

    location: str
    external: str
    """``IdNatStruct/code``."""
    name: str
    nature: str = "01"
    organisation: str = ""
    service: str = ""
    specialty: str = ""
    commune: str = "21231"
    city: str = ""
    region: str = "27"
    latitude: float | None = None
    longitude: float | None = None
    created: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    updated: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    figures: dict[Indicator, Figure] = field(default_factory=dict)

    def resource(self) -> Json:
        """The Location."""
        known = self.latitude is not None and self.longitude is not None
        found = bundle.location(
            self.location, name=self.name, external=self.external, created=self.created, updated=self.updated,
            commune=self.commune, figures=tuple(self.figures.values()), organisation=self.organisation,
            region=self.region, position=(self.latitude or 0.0, self.longitude or 0.0) if known else None,
        )  # fmt: skip
        if self.city:
            found["address"] = {"city": self.city}
        return found


def issue(code: str, diagnostics: str, expression: object = None) -> Json:
    """One issue of an OperationOutcome."""
    found: Json = {"severity": "error", "code": code, "diagnostics": diagnostics}
    return found | ({"expression": expression} if expression is not None else {})


def outcome(*issues: Json) -> Json:
    """An OperationOutcome."""
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


class Store:
    """The places, safe between threads.

    Args:
        valid: the combinations accepted; None: any.
        text_expression: whether ``expression`` is a text (first form) or a list (second form) where the indicator is
            not found; the official documentation has both.
        now: the clock.
    """

    def __init__(
        self,
        valid: Collection[Indicator] | None = None,
        *,
        text_expression: bool = True,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self.valid = frozenset(valid) if valid is not None else None
        self.text_expression = text_expression
        self.now = now
        self._places: dict[str, Place] = {}
        self._lock = threading.RLock()

    # --- places

    def put(self, places: Iterable[Place]) -> int:
        """Add or replace places; returns how many."""
        count = 0
        with self._lock:
            for place in places:
                self._places[place.location] = place
                count += 1
        return count

    def remove(self, location: str) -> None:
        """Forget a place."""
        with self._lock:
            self._places.pop(location, None)

    def places(self) -> list[Place]:
        """All of them, by identifier."""
        with self._lock:
            return [replace(self._places[key], figures=dict(self._places[key].figures)) for key in sorted(self._places)]

    def by_external(self, external: str) -> list[Place]:
        """The places with this external code."""
        with self._lock:
            return [place for place in self._places.values() if place.external == external]

    # --- writing

    def patch(self, identifier: str, body: object) -> Reply:
        """Apply one operation, or say why not."""
        with self._lock:
            found = self.by_external(identifier)
            if not found:
                text = (
                    "La Location avec l'identifiant externe de synchro OU l'identifiant unique de saisie : "
                    f"'{identifier}' n'a pas été trouvée."
                )
                return 404, outcome(issue("not-found", text, ["Location"]))
            if len(found) > 1:
                text = f"La Location recherchée n'est pas unique, il y a '{len(found)}' résultats"
                return 412, outcome(issue("multiple-matches", text, ["Location"]))
            try:
                asked = patching.read(body if isinstance(body, Mapping) else {})
            except Unreadable as error:
                return 400, outcome(issue("invalid", str(error)))
            refused = self._refusals(found[0], asked)
            return (400, outcome(*refused)) if refused else self._apply(found[0], asked)

    def _refusals(self, place: Place, asked: patching.Patch) -> list[Json]:
        inside = f"Location.extension('{names.CAPACITY}')"
        found = []
        figure = asked.figure
        if figure is not None:
            if figure.nature != place.nature:
                text = (
                    "Indicateur INDICATEUR_INCONNU : L'attribut 'natureCapacite' a un code différent de celui attendu"
                )
                found.append(issue("business-rule", text, [f"{inside}.extension('capacityType')"]))
            if figure.count < 0:
                found.append(issue("business-rule", "nombreCapacite négatif", [f"{inside}.extension('nbCapacity')"]))
            if self.valid is not None and figure.indicator not in self.valid:
                text = "Les valeurs du nouvel objet ne correspondent pas à un indicateur valide : "
                text += told(figure.indicator)
                found.append(issue("business-rule", text, [inside]))
            if self._breaks_047(place, figure):
                text = "RG_EXP_047 : une offre fermée a zéro lit disponible"
                found.append(issue("business-rule", text, [inside]))
        if asked.indicator is not None and self.valid is not None and asked.indicator not in self.valid:
            text = f"Les critères du FhirPath ne correspondent pas à un indicateur valide : {told(asked.indicator)}"
            found.append(issue("business-rule", text))
        return found

    @staticmethod
    def _breaks_047(place: Place, figure: Figure) -> bool:
        """Whether the writing would leave a place that is closed and has beds available."""
        totals = {Statut.INSTALLE.value: 0, Statut.FERME.value: 0, Statut.DISPONIBLE.value: 0}
        for one in {**place.figures, figure.indicator: figure}.values():
            if one.indicator.status in totals and one.indicator.temporality == Temporalite.COURANT:
                totals[one.indicator.status] += one.count
        return totals[Statut.DISPONIBLE] > 0 and 0 < totals[Statut.INSTALLE] <= totals[Statut.FERME]

    def _apply(self, place: Place, asked: patching.Patch) -> Reply:
        if asked.indicator is not None and asked.indicator not in place.figures:
            text = (
                "Les données fournies ne permettent pas de déterminer l'indicateur à mettre à jour: "
                "Aucun indicateur présent en base ne correspond"
            )
            expression = names.CAPACITY_PATH if self.text_expression else [names.CAPACITY_PATH]
            return 404, outcome(issue("not-found", text, expression))
        if asked.operation is Operation.ADD and asked.figure and asked.figure.indicator in place.figures:
            return 400, outcome(issue("business-rule", "L'indicateur existe déjà", [names.CAPACITY_PATH]))
        if asked.indicator is not None:
            del place.figures[asked.indicator]
        if asked.figure is not None:
            place.figures[asked.figure.indicator] = asked.figure
        place.updated = self.now()
        return 200, place.resource()

    # --- reading

    def search(self, asked: Mapping[str, list[str]], url: str) -> Reply:
        """A page of places, with the offers that refer to them when asked for."""
        with self._lock:
            try:
                found = self._matching(asked)
                offset, size = _whole(asked, "_offset", 0, 0), min(_whole(asked, "_count", names.PAGE, 1), names.PAGE)
            except Unreadable as error:
                return 400, outcome(issue("invalid", str(error)))
            page = found[offset : offset + size]
            entries: list[Json] = [{"resource": place.resource(), "search": {"mode": "match"}} for place in page]
            if "HealthcareService:location" in asked.get("_revinclude", []):
                entries += [{"resource": _service(place), "search": {"mode": "include"}} for place in page]
        links = [{"relation": "self", "url": url}]
        if offset + size < len(found):
            kept = "&".join(
                part for part in url.partition("?")[2].split("&") if part and not part.startswith("_offset=")
            )
            links.append({"relation": "next", "url": f"{url.partition('?')[0]}?{kept}&_offset={offset + size}"})
        return 200, {
            "resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links, "entry": entries,
        }  # fmt: skip

    def _matching(self, asked: Mapping[str, list[str]]) -> list[Place]:
        found = sorted(self._places.values(), key=lambda place: (place.updated, place.location))
        for text in asked.get("_lastUpdated", []):
            if not text.startswith("ge"):
                raise Unreadable(f"_lastUpdated : trouvé « {text[:30]} », attendu ge suivi d'une date")
            since = capacity.moment(text[2:], "_lastUpdated")
            found = [place for place in found if place.updated.replace(microsecond=0) >= since]
        for text in asked.get("_tag", []):
            found = [place for place in found if place.region == text]
        for text in asked.get("identifier", []):
            found = [place for place in found if place.external in text.split(",")]
        return found

    # --- keeping

    def save(self, path: Path) -> None:
        """Write everything down, in one go."""
        with self._lock:
            body = {"lieux": [dump(place) for place in self.places()]}
        draft = path.with_suffix(".part")
        draft.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(path)


def told(one: Indicator) -> str:
    """The combination in the ROR's words."""
    parts = ((url, getattr(one, attribute)) for url, attribute in capacity.KEY)
    return " / ".join(f"{url}: {code or 'null'}" for url, code in parts)


def _service(place: Place) -> Json:
    concept = {"coding": [{"code": place.specialty or "inconnue", "display": place.specialty or "inconnue"}]}
    return {
        "resourceType": "HealthcareService", "id": f"hs-{place.location}",
        "meta": {"lastUpdated": names.instant(place.updated), "profile": [names.SERVICE]},
        "name": place.service or place.name, "providedBy": {"display": place.organisation},
        "specialty": [concept], "location": [{"reference": f"Location/{place.location}"}],
    }  # fmt: skip


def dump(place: Place) -> dict[str, Any]:
    """A place as JSON; see :func:`restore`."""
    return {
        "location": place.location, "external": place.external, "name": place.name, "nature": place.nature,
        "organisation": place.organisation, "service": place.service, "specialty": place.specialty,
        "commune": place.commune, "city": place.city, "region": place.region, "latitude": place.latitude,
        "longitude": place.longitude, "created": names.instant(place.created), "updated": place.updated.isoformat(),
        "figures": [capacity.build(figure) for figure in place.figures.values()],
    }  # fmt: skip


def restore(body: Mapping[str, Any]) -> Place:
    """A place from JSON.

    Raises:
        Unreadable: a member is missing or wrong.
    """
    plain = set(Place.__slots__) - {"figures", "created", "updated"}
    known = {name: body[name] for name in plain if name in body}
    if not known.get("location") or not known.get("external"):
        raise Unreadable("un lieu a « location » et « external » (IdNatStruct/code)")
    found = [capacity.read(one) for one in body.get("figures", ())]
    moments = {n: capacity.moment(body[n], n) for n in ("created", "updated") if n in body}
    place = Place(**({"name": known["external"]} | known | moments))
    place.figures = {figure.indicator: figure for figure in found}
    return place


def load(path: Path) -> list[Place]:
    """The places of a file written by :meth:`Store.save`, or of a list of places.

    Raises:
        Unreadable: the file is not that.
    """
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path.name} : illisible ({error})") from None
    rows = body.get("lieux") if isinstance(body, dict) else body
    if not isinstance(rows, list):
        raise Unreadable(f"{path.name} : attendu une liste de lieux")
    return [restore(one) for one in rows]


def _whole(asked: Mapping[str, list[str]], name: str, default: int, least: int) -> int:
    """A parameter that is a whole number; raises Unreadable when it is not one."""
    text = asked.get(name, [str(default)])[0]
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= least):
        raise Unreadable(f"{name} : trouvé « {text[:30]} », attendu un nombre entier à partir de {least}")
    return int(text)
