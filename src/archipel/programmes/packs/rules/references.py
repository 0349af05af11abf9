"""What an expression refers to, and circles among references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archipel.programmes.packs.values import expressions as e


def parts(line: e.Expression) -> Iterator[e.Expression]:
    """An expression and all those inside it, the outermost first."""
    yield line
    inner: Sequence[e.Expression] = ()
    if isinstance(line, e.Tout | e.Un):
        inner = line.items
    elif isinstance(line, e.Non):
        inner = (line.item,)
    elif isinstance(line, e.Chez | e.Tous | e.AuMoinsUn | e.Compte | e.PartPonderee):
        inner = (line.si,)
    for one in inner:
        yield from parts(one)


def rules_read(line: e.Expression) -> list[tuple[str, int]]:
    """The rules that an expression refers to, with the line of each reference."""
    return [(one.regle, one.ligne) for one in parts(line) if isinstance(one, e.LaRegle)]


def facts_read(line: e.Expression) -> list[tuple[str, int]]:
    """The facts that an expression reads, with the line of each."""
    found = []
    for one in parts(line):
        if isinstance(one, e.LeFait | e.Somme):
            found.append((one.fait, one.ligne))
        elif isinstance(one, e.PartPonderee):
            found.append((one.poids, one.ligne))
    return found


def cycles(graph: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The circles of a graph: one for each group of names that lead to one another, each as short as can be."""
    found: list[list[str]] = []
    told: set[str] = set()
    for start in graph:
        if start in told:
            continue
        circle = _shortest(graph, start)
        if circle:
            found.append(circle)
            told.update(circle)
    return found


def _shortest(graph: Mapping[str, Sequence[str]], start: str) -> list[str]:
    """The shortest way from a name back to itself."""
    came: dict[str, str] = {}
    queue = [start]
    for name in queue:
        for after in graph.get(name, ()):
            if after == start:
                way = [name]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return way[::-1]
            if after not in came and after in graph:
                came[after] = name
                queue.append(after)
    return []
