"""What can only be seen by looking at several lines, or at several fields of one line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from archipel.domains.systems.rules.names import normal, plain
from archipel.domains.systems.values.files import Line, Problem
from archipel.domains.systems.values.records import Key, Record
from archipel.domains.systems.values.schema import GOLDEN, KIND_LABELS, Kind

ORDER = {
    Kind.CONTRAT: ("debut", "fin", "un contrat qui finit après son début"),
    Kind.CAMPAGNE: ("ouverture", "cloture", "une clôture après l'ouverture"),
    Kind.APPLICATION: ("mise_en_service", "fin_prevue", "une fin après la mise en service"),
}

Node = tuple[str, str]
"""An application: its establishment and its code."""


class Applications:
    """The applications that a reference may name, by code or by name, within one establishment."""

    def __init__(self, known: Iterable[tuple[Key, Mapping[str, Any]]]) -> None:
        self.codes: dict[tuple[str, str], str] = {}
        for key, content in known:
            if key.kind is Kind.APPLICATION:
                self.codes[key.establishment, plain(str(content.get("nom") or ""))] = key.code
        for key, _ in known:
            if key.kind is Kind.APPLICATION:
                self.codes[key.establishment, plain(key.code)] = key.code

    def find(self, establishment: str, text: str) -> str:
        """The code of the application named; "" when there is none."""
        return self.codes.get((establishment, plain(text)), "")


def check(lines: Sequence[Line], known: Sequence[Record]) -> tuple[list[Line], list[Problem]]:
    """The lines that stand, their references made codes, and the problems of the others."""
    problems: list[Problem] = []
    dated = _keep(lines, problems, _dates)
    named = _golden(dated, known, problems)
    applications = Applications([(one.key, one.content) for one in known] + [(one.key, one.content) for one in named])
    linked = _keep(named, problems, lambda line: _orphan(line, applications))
    resolved = [_resolved(line, applications) for line in linked]
    turning = cyclic(_edges(resolved, known))
    stand = _keep(resolved, problems, lambda line: _cycle(line, turning))
    return _rooted(stand, named, known, problems), problems


def _rooted(
    stand: Sequence[Line], asked: Sequence[Line], known: Sequence[Record], problems: list[Problem]
) -> list[Line]:
    """Without the lines that refer to an application refused in the same file, nor those that refer to these."""
    held = {one.key for one in known}
    there = held | {line.key for line in stand}
    gone = [line.key[1:] for line in asked if line.key.kind is Kind.APPLICATION and line.key not in there]
    users: dict[Node, list[tuple[Line, str]]] = defaultdict(list)
    if gone:
        for line in stand:
            for name, node in _references(line):
                users[node].append((line, name))
    out: set[Key] = set()
    while gone:
        node = gone.pop()
        for line, name in users[node]:
            if line.key in out:
                continue
            out.add(line.key)
            why = f"renvoie à « {node[1]} », dont la ligne est refusée"
            problems.append(_problem(line, name, node[1], "une application de l'inventaire, ou une bonne ligne", why))
            if line.key.kind is Kind.APPLICATION and line.key not in held:
                gone.append(line.key[1:])
    return [line for line in stand if line.key not in out]


def _references(line: Line) -> Iterator[tuple[str, Node]]:
    """The applications without which a line does not stand: (field, establishment and code)."""
    place, content = line.key.establishment, line.content
    if line.key.kind is Kind.INTERFACE:
        yield "source", (place, str(content["source"]))
        yield "cible", (str(content.get("etablissement_cible") or place), str(content["cible"]))
    if line.key.kind is Kind.APPLICATION:
        yield from (("depend_de", (place, code)) for code in content.get("depend_de") or ())


def _keep(lines: Sequence[Line], problems: list[Problem], fault: Any) -> list[Line]:
    kept = []
    for line in lines:
        found = fault(line)
        if found is None:
            kept.append(line)
        else:
            problems.append(found)
    return kept


def _problem(line: Line, column: str, found: str, expected: str, why: str) -> Problem:
    where = line.sheet or KIND_LABELS[line.key.kind]
    return Problem(line.sheet, line.line, column, found, expected, f"{where}, ligne {line.line} : {why}.")


def _dates(line: Line) -> Problem | None:
    names = ORDER.get(line.key.kind)
    if names is None:
        return None
    begin, end = line.content.get(names[0]), line.content.get(names[1])
    if begin and end and end < begin:
        shown = [f"{date.fromisoformat(day):%d/%m/%Y}" for day in (begin, end)]
        return _problem(line, names[1], shown[1], names[2], f"la fin ({shown[1]}) précède le début ({shown[0]})")
    return None


def _golden(lines: Sequence[Line], known: Sequence[Record], problems: list[Problem]) -> list[Line]:
    """Refuse a second golden record for a name that has one."""
    owners = {(one.key.kind, normal(one.name)): one.key.code for one in known if one.key.kind in GOLDEN}
    kept = []
    for line in lines:
        if line.key.kind in GOLDEN:
            name = str(line.content.get("nom") or "")
            owner = owners.setdefault((line.key.kind, normal(name)), line.key.code)
            if owner != line.key.code:
                why = f"« {name} » est déjà la fiche {owner} : deux fiches pour un même nom"
                problems.append(_problem(line, "nom", name, f"le code {owner}, ou un autre nom", why))
                continue
        kept.append(line)
    return kept


def _orphan(line: Line, applications: Applications) -> Problem | None:
    place = line.key.establishment
    if line.key.kind is Kind.INTERFACE:
        other = str(line.content.get("etablissement_cible") or place)
        ends = (("source", place), ("cible", other))
        for name, where in ends:
            text = str(line.content.get(name) or "")
            if not applications.find(where, text):
                why = f"interface orpheline, l'application « {text} » n'existe pas dans l'établissement {where}"
                return _problem(line, name, text, "le code ou le nom d'une application de l'inventaire", why)
        if other == place and len({applications.find(place, str(line.content[name])) for name, _ in ends}) == 1:
            return _problem(line, "cible", str(line.content["cible"]), "deux applications", "interface vers elle-même")
    if line.key.kind is Kind.APPLICATION:
        for text in line.content.get("depend_de") or ():
            if not applications.find(place, text):
                return _problem(line, "depend_de", text, "une application de l'inventaire",
                                f"dépend de « {text} », qui n'existe pas dans l'établissement")  # fmt: skip
    return None


def _resolved(line: Line, applications: Applications) -> Line:
    """The same line with codes where it named applications."""
    place, content = line.key.establishment, dict(line.content)
    if line.key.kind is Kind.INTERFACE:
        content["source"] = applications.find(place, content["source"])
        content["cible"] = applications.find(str(content.get("etablissement_cible") or place), content["cible"])
    for name in ("depend_de", "applications"):
        if content.get(name) and line.key.kind in (Kind.APPLICATION, Kind.CONTRAT, Kind.EQUIPEMENT):
            content[name] = [applications.find(place, text) or text for text in content[name]]
    return Line(line.sheet, line.line, line.key, content)


def _edges(lines: Sequence[Line], known: Sequence[Record]) -> dict[Node, list[Node]]:
    """Dependencies as they would be: those of the file over those that are known."""
    edges: dict[Node, list[Node]] = {}
    for one in known:
        if one.key.kind is Kind.APPLICATION and one.items("depend_de"):
            edges[one.key[1:]] = [(one.key.establishment, code) for code in one.items("depend_de")]
    for line in lines:
        if line.key.kind is Kind.APPLICATION and "depend_de" in line.content:
            edges[line.key[1:]] = [(line.key.establishment, code) for code in line.content["depend_de"] or ()]
    return edges


def cyclic(edges: Mapping[Node, Sequence[Node]]) -> set[Node]:
    """The nodes that depend on themselves, directly or through others (strongly connected, Tarjan)."""
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: list[Node] = []
    held: set[Node] = set()
    found: set[Node] = set()
    for root in edges:
        if root in index:
            continue
        work: list[tuple[Node, int]] = [(root, 0)]
        while work:
            node, rank = work.pop()
            if rank == 0:
                index[node] = low[node] = len(index)
                stack.append(node)
                held.add(node)
            following = edges.get(node, ())
            deeper = False
            for turn in range(rank, len(following)):
                other = following[turn]
                if other not in index:
                    work += [(node, turn + 1), (other, 0)]
                    deeper = True
                    break
                if other in held:
                    low[node] = min(low[node], index[other])
            if deeper:
                continue
            if low[node] == index[node]:
                found |= _component(node, stack, held, edges)
            if work:
                parent = work[-1][0]
                low[parent] = min(low[parent], low[node])
    return found


def _component(node: Node, stack: list[Node], held: set[Node], edges: Mapping[Node, Sequence[Node]]) -> set[Node]:
    members = set()
    while True:
        one = stack.pop()
        held.discard(one)
        members.add(one)
        if one == node:
            break
    return members if len(members) > 1 or node in edges.get(node, ()) else set()


def _cycle(line: Line, turning: set[Node]) -> Problem | None:
    if line.key.kind is Kind.APPLICATION and line.content.get("depend_de") and line.key[1:] in turning:
        text = ", ".join(line.content["depend_de"])
        return _problem(line, "depend_de", text, "des dépendances qui ne reviennent pas à leur départ",
                        f"dépendance circulaire : {line.key.code} dépend de lui-même par « {text} »")  # fmt: skip
    return None
