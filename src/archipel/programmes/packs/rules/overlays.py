"""What a region changes in a pack, put on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archipel.programmes.packs.rules.decoding import decode
from archipel.programmes.packs.rules.problems import PackInvalid, Problem
from archipel.programmes.packs.rules.reading import Rows, Table
from archipel.programmes.packs.rules.schema import violations
from archipel.programmes.packs.values.pack import Pack, Surcharge

_LISTS: dict[str, tuple[str, ...]] = {
    "contacts": ("contacts",),
    "calendrier": ("calendrier",),
    "selection": ("selection",),
    "defauts": ("defauts",),
    "sources": ("sources",),
    "modulation": ("financement", "modulation"),
    "echeances": ("financement", "echeances"),
    "dispositifs": ("catalogue", "dispositifs"),
    "operateurs": ("catalogue", "operateurs"),
}
"""Where the lists that a region may change stand in a pack."""


def overlay_problems(document: Table, overlay: Surcharge, file: str = "") -> list[Problem]:
    """What is wrong in an overlay, once put on the pack whose raw document is given."""
    problems = list(_targets(document, overlay))
    if not problems:
        try:
            overlaid(document, overlay)
        except PackInvalid as invalid:
            problems = list(invalid.problems)
    return [problem._replace(file=file) for problem in problems]


def applies(document: Table, overlay: Surcharge) -> bool:
    """Whether the overlay is for this version of this pack."""
    return overlay.surcharge == document["pack"] and (not overlay.pour or document["version"] in overlay.pour)


def overlaid(document: Table, overlay: Surcharge) -> Pack:
    """The pack as the region has it.

    Raises:
        PackInvalid: a target that does not exist, or a change that makes the pack wrong.
    """
    return decode(Pack, put_on(document, overlay))


def put_on(document: Table, overlay: Surcharge) -> Table:
    """The raw document of the pack as the region has it; the one given is left as it is.

    Raises:
        PackInvalid: a target that does not exist, or a change that makes the pack wrong.
    """
    problems = list(_targets(document, overlay))
    if problems:
        raise PackInvalid(problems)
    changed = _copy(document)
    for source in overlay.sources:
        if all(one["id"] != source.id for one in changed["sources"]):
            changed["sources"].append(_source(source))
            changed["sources"].values_at.append((source.ligne, 1))
    for name, lines in (overlay.ajoute or {}).items():
        rows = _rows(changed, name, create=True)
        rows.extend(lines)
        rows.values_at.extend(getattr(line, "mark", (overlay.ligne, 1)) for line in lines)
    for change in overlay.modifie:
        line = _line(changed, change.cible, change.id)
        assert line is not None
        line.update(change.champs)
        line["source"] = {"ref": change.source.ref, "paragraphe": change.source.paragraphe}
        line.mark = (change.ligne, 1)
        line.keys_at.update(dict.fromkeys(line, line.mark))
        line.values_at.update(dict.fromkeys(line, line.mark))
    for gone in overlay.retire:
        rows = _rows(changed, gone.cible)
        kept = [rank for rank, line in enumerate(rows) if line.get("id") != gone.id]
        rows.values_at[:] = [rows.values_at[rank] for rank in kept]
        rows[:] = [rows[rank] for rank in kept]
    wrong = violations(changed)
    if wrong:
        raise PackInvalid(wrong)
    return changed  # type: ignore[no-any-return]


def _targets(document: Table, overlay: Surcharge) -> Iterator[Problem]:
    """Targets that do not exist, added lines whose id is taken, another pack or version."""
    if not applies(document, overlay):
        wanted = f"{overlay.surcharge} {', '.join(overlay.pour)}".strip()
        sentence = f"la surcharge vise « {wanted} », pas {document['pack']} {document['version']}."
        yield Problem("surcharge", sentence, line=overlay.ligne)
        return
    targets = [(one.cible, one.id, one.ligne) for one in overlay.modifie]
    for name, wanted, place in [*targets, *((one.cible, one.id, one.ligne) for one in overlay.retire)]:
        if _line(document, name, wanted) is None:
            sentence = f"la surcharge vise « {wanted} » dans `{name}`, qui n'y est pas."
            yield Problem("surcharge-nulle-part", sentence, line=place)
    for name, lines in (overlay.ajoute or {}).items():
        if len(_LISTS[name]) > 1 and _LISTS[name][0] not in document:
            sentence = f"le pack n'a pas de `{_LISTS[name][0]}` où ajouter `{name}`."
            yield Problem("surcharge-nulle-part", sentence, line=getattr(lines, "mark", (overlay.ligne, 0))[0])
            continue
        for line in lines:
            if "id" in line and _line(document, name, line["id"]) is not None:
                sentence = f"« {line['id']} » est déjà dans `{name}` du pack : utilisez `modifie`."
                yield Problem("double", sentence, line=getattr(line, "mark", (overlay.ligne, 0))[0])


def _rows(document: Any, name: str, create: bool = False) -> Any:
    *way, last = _LISTS[name]
    node = document
    for step in way:
        node = node.get(step, {})
    if last not in node and create:
        node[last] = Rows((0, 0))
    return node.get(last, [])


def _line(document: Any, name: str, wanted: str) -> Any:
    return next((line for line in _rows(document, name) if line.get("id") == wanted), None)


def _source(source: Any) -> Table:
    table = Table((source.ligne, 1))
    for key in ("id", "titre", "auteur", "reference", "lien"):
        if getattr(source, key) is not None:
            table[key] = getattr(source, key)
    if source.date is not None:
        table["date"] = source.date.isoformat()
    return table


def _copy(node: Any) -> Any:
    if isinstance(node, Table):
        table = Table(node.mark)
        table.keys_at, table.values_at = dict(node.keys_at), dict(node.values_at)
        table.update({key: _copy(value) for key, value in node.items()})
        return table
    if isinstance(node, Rows):
        rows = Rows(node.mark)
        rows.values_at = list(node.values_at)
        rows.extend(_copy(value) for value in node)
        return rows
    return node
