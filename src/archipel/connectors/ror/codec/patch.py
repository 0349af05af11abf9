"""FHIRPath Patch as the ROR takes it: one operation on one indicator of one place.

Sources: documentation of the ROR's FHIR interface (ANS), « Patch capacitaire » and its three examples; HL7 FHIR R4,
FHIRPath Patch. The ``value`` part holds a part without a name, as in the examples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from archipel.connectors.ror.codec import capacity, names
from archipel.connectors.ror.codec.capacity import Figure, Json, Unreadable
from archipel.domains.flow.values.offers import Indicator

_WHERE = re.compile(
    r"extension\.where\(\s*url\s*=\s*'([A-Za-z]+)'\s+and\s+valueCodeableConcept\.coding\.code\s*=\s*'([^']*)'\s*\)"
)
_URL = re.compile(r"^\s*Location\.extension\.where\(\s*url\s*=\s*'([^']+)'\s*\)\s*(.*)$", re.DOTALL)


class Operation(StrEnum):
    """What is done to an indicator."""

    REPLACE = "replace"
    ADD = "add"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Patch:
    """One operation, as read."""

    operation: Operation
    indicator: Indicator | None
    """The indicator that the path points at; None for an addition."""
    figure: Figure | None
    """The new figure; None for a deletion."""
    value: Json | None = None
    """The extension as it was received."""


@lru_cache(maxsize=4096)
def path_of(indicator: Indicator) -> str:
    """The FHIRPath that points at one indicator: every attribute that it has, none that it has not."""
    wanted = [
        f"extension.where(url = '{url}' and valueCodeableConcept.coding.code = '{getattr(indicator, attribute)}')"
        for url, attribute in capacity.KEY
        if getattr(indicator, attribute)
    ]
    return f"{names.CAPACITY_PATH}.where({' and '.join(wanted)})"


def build(operation: Operation, figure: Figure) -> Json:
    """The Parameters to send; a deletion needs the indicator of the figure only."""
    path = names.CAPACITY_PATH if operation is Operation.ADD else path_of(figure.indicator)
    parts: list[Json] = [{"name": "type", "valueString": operation.value}, {"name": "path", "valueString": path}]
    if operation is not Operation.DELETE:
        parts.append({"name": "value", "part": [{"extension": [capacity.build(figure)]}]})
    return {"parameter": [{"name": "operation", "part": parts}], "resourceType": "Parameters"}


def read_path(path: str) -> Indicator | None:
    """The indicator that a path points at; None when it names all of them.

    Raises:
        Unreadable: the path is not one of the documented form.
    """
    matched = _URL.match(path)
    if matched is None or matched[1] != names.CAPACITY:
        raise Unreadable(f"path : trouvé « {path[:80]} », attendu {names.CAPACITY_PATH}…")
    rest = matched[2].strip()
    if not rest:
        return None
    if not (rest.startswith(".where(") and rest.endswith(")")):
        raise Unreadable(f"path : après l'adresse de l'extension, trouvé « {rest[:60]} », attendu .where(…).")
    inner = rest[len(".where(") : -1]
    criteria = dict(_WHERE.findall(inner))
    left = re.sub(r"\s*\band\b\s*", "", _WHERE.sub("", inner)).strip()
    known = dict(capacity.KEY)
    unknown = sorted(set(criteria) - set(known))
    if left or unknown or not criteria:
        raise Unreadable(f"path : critères illisibles (« {(left or ', '.join(unknown) or inner)[:60]} »).")
    blank = dict.fromkeys(known.values(), "")
    return Indicator(**(blank | {known[url]: code for url, code in criteria.items()}))


def read(body: Mapping[str, Any]) -> Patch:
    """The operation of a Parameters resource.

    Raises:
        Unreadable: it is not one, or holds none or several; the sentence says what was found.
    """
    if body.get("resourceType") != "Parameters":
        raise Unreadable(f"resourceType : trouvé « {str(body.get('resourceType'))[:40]} », attendu Parameters.")
    given = body.get("parameter")
    if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], Mapping):
        count = len(given) if isinstance(given, list) else 0
        raise Unreadable(f"parameter : {count} opération(s), attendu une.")
    parts = given[0].get("part")
    by_name = {str(part.get("name")): part for part in names.objects(parts)}
    kind = by_name.get("type", {}).get("valueString", by_name.get("type", {}).get("valueCode"))
    if not isinstance(kind, str) or kind not in set(Operation):
        raise Unreadable(f"type : trouvé « {str(kind)[:20]} », attendu replace, add ou delete.")
    operation = Operation(kind)
    target = read_path(str(by_name.get("path", {}).get("valueString", "")))
    if operation is not Operation.ADD and target is None:
        raise Unreadable("path : ne désigne aucun indicateur.")
    if operation is Operation.DELETE:
        return Patch(operation, target, None)
    value = _value(by_name.get("value", {}))
    return Patch(operation, target if operation is Operation.REPLACE else None, capacity.read(value), value)


def _value(part: Mapping[str, Any]) -> Json:
    inner = part.get("part")
    first = inner[0] if isinstance(inner, list) and inner else None
    extensions = first.get("extension") if isinstance(first, Mapping) else None
    if isinstance(extensions, list) and len(extensions) == 1 and isinstance(extensions[0], Mapping):
        return dict(extensions[0])
    raise Unreadable("value : attendu part[0].extension[0], l'extension de capacité.")
