"""A resource against the snapshots of its profiles: cardinality, slices, types, fixed values and bindings.

Only what a snapshot says is checked (no FHIRPath invariant). A binding to a value set whose codes are not at hand is
not checked, and told in ``unchecked``: silence would be taken for a yes.

Source: HL7 FHIR R4 (4.0.1), « Profiling », « ElementDefinition ».
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from archipel.connectors.ror.codec.datatypes import COMPLEX, primitive_problem

Element = Mapping[str, Any]
_BACKBONE = {"BackboneElement", "Element", "Extension"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where."""

    path: str
    rule: str
    """cardinalite, inconnu, type, valeur, code, tranche or extension."""
    sentence: str
    """French: what was found, what was expected."""

    def __str__(self) -> str:
        return f"{self.path} : {self.sentence}"


@dataclass(slots=True)
class Report:
    """All that was found."""

    faults: list[Fault] = field(default_factory=list)
    unchecked: set[str] = field(default_factory=set)
    """Value sets and profiles that are not at hand."""


class Profile:
    """The snapshot of a StructureDefinition, by the id of its elements."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        """Index the elements: each id under the id of its parent."""
        self.url: str = definition["url"]
        self.type: str = definition["type"]
        self.elements: dict[str, Element] = {e["id"]: e for e in definition["snapshot"]["element"]}
        self.children: dict[str, list[str]] = {}
        self.slices: dict[str, list[str]] = {}
        for identifier in self.elements:
            head, dot, last = identifier.rpartition(".")
            if ":" in last:
                base, _, _ = identifier.rpartition(":")
                self.slices.setdefault(base, []).append(identifier)
            elif dot:
                self.children.setdefault(head, []).append(identifier)

    def fixed_url(self, identifier: str) -> str:
        """The address that an extension of this element must have, by its profile or by its fixed ``url``."""
        element = self.elements[identifier]
        for kind in element.get("type", ()):
            for profile in kind.get("profile", ()):
                return str(profile)
        return str(self.elements.get(f"{identifier}.url", {}).get("fixedUri", ""))


class Checker:
    """Checks resources against profiles.

    Args:
        profiles: the StructureDefinitions.
        value_sets: address of a value set → (system, codes) that it holds; a set of codes that is not complete is
            left out.
    """

    def __init__(self, profiles: Mapping[str, Profile], value_sets: Mapping[str, tuple[str, frozenset[str]]]) -> None:
        self.profiles = profiles
        self.value_sets = value_sets

    def check(self, resource: Mapping[str, Any], profile: str) -> Report:
        """Everything wrong with a resource (or an extension) by one profile."""
        report, found = Report(), self.profiles[profile]
        if found.type != "Extension" and resource.get("resourceType") != found.type:
            kind = str(resource.get("resourceType"))[:40]
            report.faults.append(Fault(found.type, "type", f"resourceType : trouvé « {kind} », attendu {found.type}."))
            return report
        self._object(resource, found, found.type, found.type, report)
        return report

    # --- one object by the children of an element

    def _object(self, value: Any, profile: Profile, identifier: str, path: str, report: Report) -> None:
        if not isinstance(value, Mapping):
            report.faults.append(Fault(path, "type", f"trouvé « {str(value)[:40]} », attendu un objet."))
            return
        seen = {"resourceType", "fhir_comments"}
        for child in profile.children.get(identifier, ()):
            name = child.rpartition(".")[2]
            if name.endswith("[x]"):
                seen |= self._choice(value, profile, child, name[:-3], path, report)
                continue
            seen |= {name, f"_{name}"}
            self._member(value.get(name), profile, child, f"{path}.{name}", report)
        for name in value:
            if name not in seen and not (name.startswith("_") and name[1:] in value):
                report.faults.append(Fault(f"{path}.{name}", "inconnu", "élément que le profil ne connaît pas."))

    def _choice(
        self, value: Mapping[str, Any], profile: Profile, identifier: str, stem: str, path: str, report: Report
    ) -> set[str]:
        """A ``value[x]``: at most one, of an allowed type."""
        element = profile.elements[identifier]
        given = [name for name in value if name.startswith(stem) and name[len(stem) : len(stem) + 1].isupper()]
        self._count(len(given), element, f"{path}.{stem}[x]", report)
        kinds = {kind["code"]: kind for kind in element.get("type", ())}
        for name in given:
            kind = next((code for code in kinds if code[:1].upper() + code[1:] == name[len(stem) :]), None)
            if kind is None:
                expected = ", ".join(sorted(kinds)) or "rien"
                report.faults.append(Fault(f"{path}.{name}", "type", f"type non permis, attendu {expected}."))
                continue
            slice_id = f"{identifier}:{name}"
            chosen = slice_id if slice_id in profile.elements else identifier
            self._typed(value[name], kind, profile, chosen, f"{path}.{name}", report)
            self._binding(value[name], profile.elements[chosen], f"{path}.{name}", report)
        return set(given)

    def _member(self, given: Any, profile: Profile, identifier: str, path: str, report: Report) -> None:
        element = profile.elements[identifier]
        items = self._items(given, element, path, report)
        if items is None:
            return
        self._count(len(items), element, path, report)
        counts: dict[str, int] = {}
        for rank, item in enumerate(items):
            where = f"{path}[{rank}]" if isinstance(given, list) else path
            chosen = self._slice_of(item, profile, identifier, where, report)
            counts[chosen] = counts.get(chosen, 0) + 1
            self._item(item, profile, chosen, where, report)
        for one in profile.slices.get(identifier, ()):
            name = f"{path}:{one.rpartition(':')[2]}"
            if self._decidable(profile, identifier, one):
                self._count(counts.get(one, 0), profile.elements[one], name, report, rule="tranche")
            else:
                report.unchecked.add(name)

    @staticmethod
    def _items(given: Any, element: Element, path: str, report: Report) -> list[Any] | None:
        """The values given, None when a list and a single value were taken for one another.

        In JSON an element is a list when the resource that is constrained repeats it, whatever the profile says.
        """
        many = str(element.get("base", {}).get("max", element.get("max", "*"))) not in ("0", "1")
        if given is None:
            return []
        if isinstance(given, list) != many:
            expected = "une liste" if many else "une seule valeur"
            report.faults.append(Fault(path, "type", f"attendu {expected}."))
            return None
        if given == []:
            report.faults.append(Fault(path, "cardinalite", "liste vide : une liste a au moins un élément."))
        return given if many else [given]

    def _item(self, item: Any, profile: Profile, identifier: str, path: str, report: Report) -> None:
        element = profile.elements[identifier]
        for kind in element.get("type", ()):
            self._typed(item, kind["code"], profile, identifier, path, report, kind.get("profile", ()))
            break
        self._fixed(item, element, path, report)
        self._binding(item, element, path, report)

    # --- types

    def _typed(
        self, value: Any, kind: str, profile: Profile, identifier: str, path: str, report: Report, by: Any = ()
    ) -> None:
        if kind == "Extension":
            self._extension(value, profile, identifier, path, report, by)
        elif profile.children.get(identifier):
            self._object(value, profile, identifier, path, report)
        elif kind in COMPLEX:
            self._complex(value, kind, path, report)
        elif kind not in _BACKBONE and kind != "Resource":
            problem = primitive_problem(kind, value)
            if problem:
                report.faults.append(Fault(path, "type", f"{problem}."))

    def _extension(self, value: Any, profile: Profile, identifier: str, path: str, report: Report, by: Any) -> None:
        if not isinstance(value, Mapping) or not isinstance(value.get("url"), str):
            report.faults.append(Fault(path, "extension", "une extension a une adresse (url)."))
            return
        has_value = any(name.startswith("value") for name in value)
        if has_value == bool(value.get("extension")):
            report.faults.append(
                Fault(path, "extension", "une extension a une valeur ou des extensions, l'une des deux.")
            )
        for address in by:
            if address in self.profiles:
                found = self.profiles[address]
                self._object(value, found, found.type, path, report)
            else:
                report.unchecked.add(str(address))
            return
        if profile.children.get(identifier):
            self._object(value, profile, identifier, path, report)

    def _complex(self, value: Any, kind: str, path: str, report: Report) -> None:
        if not isinstance(value, Mapping):
            report.faults.append(Fault(path, "type", f"trouvé « {str(value)[:40]} », attendu {kind}."))
            return
        for name, given in value.items():
            child = COMPLEX[kind].get(name)
            if child is None:
                if name not in ("id", "extension") and not name.startswith("_"):
                    report.faults.append(Fault(f"{path}.{name}", "inconnu", f"élément que {kind} ne connaît pas."))
                continue
            if child.many != isinstance(given, list):
                expected = "une liste" if child.many else "une seule valeur"
                report.faults.append(Fault(f"{path}.{name}", "type", f"attendu {expected}."))
                continue
            for rank, item in enumerate(given if child.many else [given]):
                where = f"{path}.{name}[{rank}]" if child.many else f"{path}.{name}"
                if child.type in COMPLEX:
                    self._complex(item, child.type, where, report)
                elif problem := primitive_problem(child.type, item):
                    report.faults.append(Fault(where, "type", f"{problem}."))

    # --- slices

    def _slice_of(self, item: Any, profile: Profile, identifier: str, path: str, report: Report) -> str:
        """The slice that an item belongs to, the element itself when to none."""
        for one in profile.slices.get(identifier, ()):
            if self._decidable(profile, identifier, one) and self._belongs(item, profile, identifier, one):
                return one
        rules = profile.elements[identifier].get("slicing", {}).get("rules")
        if rules == "closed" and profile.slices.get(identifier):
            report.faults.append(Fault(path, "tranche", "ne répond à aucune forme permise par le profil."))
        return identifier

    def _decidable(self, profile: Profile, identifier: str, slice_id: str) -> bool:
        is_extension = any(t["code"] == "Extension" for t in profile.elements[identifier].get("type", ()))
        return bool(profile.fixed_url(slice_id)) if is_extension else any(self._patterns(profile, identifier, slice_id))

    def _belongs(self, item: Any, profile: Profile, identifier: str, slice_id: str) -> bool:
        if not isinstance(item, Mapping):
            return False
        address = profile.fixed_url(slice_id)
        if address:
            return item.get("url") == address
        return all(value in list(_at(item, path)) for path, value in self._patterns(profile, identifier, slice_id))

    @staticmethod
    def _patterns(profile: Profile, identifier: str, slice_id: str) -> Iterator[tuple[str, Any]]:
        """(path below the item, value) that tell the slice, from fixed and pattern values at the discriminators."""
        for one in profile.elements[identifier].get("slicing", {}).get("discriminator", ()):
            element = profile.elements.get(f"{slice_id}.{one['path']}", {})
            for name, value in element.items():
                if name.startswith(("fixed", "pattern")):
                    yield one["path"], value

    # --- values

    @staticmethod
    def _count(found: int, element: Element, path: str, report: Report, rule: str = "cardinalite") -> None:
        low, high = int(element.get("min", 0)), element.get("max", "*")
        if found < low or (high != "*" and found > int(high)):
            expected = f"{low}..{high}"
            report.faults.append(Fault(path, rule, f"trouvé {found} fois, attendu {expected}."))

    @staticmethod
    def _fixed(value: Any, element: Element, path: str, report: Report) -> None:
        for name, expected in element.items():
            if name.startswith(("fixed", "pattern")) and value != expected:
                report.faults.append(
                    Fault(path, "valeur", f"trouvé « {str(value)[:60]} », attendu « {str(expected)[:120]} ».")
                )

    def _binding(self, value: Any, element: Element, path: str, report: Report) -> None:
        binding = element.get("binding", {})
        if binding.get("strength") != "required":
            return
        address = str(binding.get("valueSet", "")).partition("|")[0]
        known = self.value_sets.get(address)
        if known is None:
            report.unchecked.add(address)
            return
        system, codes = known
        found = list(_codes(value))
        good = [code for where, code in found if code in codes and where in ("", system)]
        if not good:
            shown = ", ".join(f"{where.rsplit('/', 1)[-1]}|{code}" if where else code for where, code in found)
            expected = f"un code de {system.rsplit('/', 1)[-1] or address.rsplit('/', 1)[-1]}"
            report.faults.append(Fault(path, "code", f"trouvé « {shown[:80] or 'aucun code'} », attendu {expected}."))
        elif not any(where == system for where, code in found if code in codes) and system and isinstance(value, dict):
            report.faults.append(Fault(path, "code", f"le système du code n'est pas donné, attendu {system}."))


def _codes(value: Any) -> Iterator[tuple[str, str]]:
    """(system, code) of a code, a Coding or a CodeableConcept."""
    if isinstance(value, str):
        yield "", value
    elif isinstance(value, Mapping):
        codings = value.get("coding") if "coding" in value else [value]
        for one in codings if isinstance(codings, list) else ():
            if isinstance(one, Mapping) and isinstance(one.get("code"), str):
                yield str(one.get("system", "")), one["code"]


def _at(value: Any, path: str) -> Iterator[Any]:
    """Every value at a path, through lists."""
    if not path or path == "$this":
        yield value
        return
    head, _, rest = path.partition(".")
    inner = value.get(head) if isinstance(value, Mapping) else None
    for one in inner if isinstance(inner, list) else [inner]:
        if one is not None:
            yield from _at(one, rest)
