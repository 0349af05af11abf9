"""From what a source says to what would change: pure, so that the same plan is shown, then published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise

from archipel.territory.rules.attributes import canonical, column_of, shown
from archipel.territory.rules.checks import check, french
from archipel.territory.rules.timeline import apply, at, closes_on
from archipel.territory.values import (
    Action,
    Change,
    Content,
    DiffLine,
    FieldChange,
    Key,
    Kind,
    Piece,
    Place,
    Plan,
    Problem,
    Statement,
    Timeline,
)

Timelines = Mapping[Key, Timeline]
Stated = tuple[Statement, date, date | None]


def plan(
    statements: Sequence[Statement],
    known: Timelines,
    provisional: frozenset[Key],
    effective_on: date,
    *,
    complete: bool = False,
) -> Plan:
    """What the statements would change.

    The statements about one entity together describe it from the earliest of their start dates on. A statement
    without start date holds from ``effective_on``. With ``complete``, the validated entities of the same
    establishments and kinds that are not named close on ``effective_on``.
    """
    by_key: dict[Key, list[Statement]] = defaultdict(list)
    for statement in statements:
        by_key[statement.key].append(statement)
    problems: list[Problem] = []
    changes: list[Change] = []
    for key, said in by_key.items():
        change, found = _change(key, said, known.get(key, ()), effective_on)
        problems += found
        if change is not None:
            changes.append(change)
    if complete:
        changes += _unnamed(by_key, known, provisional, effective_on)
    return _compare(changes, known, provisional, {key: said[0].place for key, said in by_key.items()}, problems)


def _unnamed(named: Mapping[Key, object], known: Timelines, provisional: frozenset[Key], day: date) -> list[Change]:
    """Closures of what a complete file does not name."""
    scopes = {(key.establishment, key.kind) for key in named if key.kind not in (Kind.GHT, Kind.EJ)}
    found = []
    for key, timeline in known.items():
        if key in named or key in provisional or (key.establishment, key.kind) not in scopes:
            continue
        end = closes_on(timeline)
        if timeline and (end is None or end > day):
            found.append(Change(key, day, ()))
    return found


def _change(
    key: Key, said: list[Statement], timeline: Timeline, effective_on: date
) -> tuple[Change | None, list[Problem]]:
    closing = [statement for statement in said if statement.closes]
    if closing:
        return _closure(key, closing[-1], timeline, effective_on)
    stated: list[Stated] = []
    problems: list[Problem] = []
    for statement in said:
        start = _start(statement, timeline, effective_on)
        if statement.valid_to is not None and statement.valid_to <= start:
            problems.append(_backwards(statement, start))
        else:
            stated.append((statement, start, statement.valid_to))
    stated.sort(key=lambda row: row[1])
    problems += [_overlap(a, b) for a, b in pairwise(stated) if a[2] is None or a[2] > b[1]]
    if problems or not stated:
        return None, problems
    pieces: list[Piece] = []
    previous: Content | None = None
    for statement, start, end in stated:
        base = at(timeline, start) or previous or _last_before(timeline, start)
        previous = _content(statement, base)
        pieces.append(Piece(start, end, previous))
    flags = [statement.provisional for statement in said if statement.provisional is not None]
    return Change(key, stated[0][1], tuple(pieces), flags[-1] if flags else None), []


def _closure(
    key: Key, statement: Statement, timeline: Timeline, effective_on: date
) -> tuple[Change | None, list[Problem]]:
    day = statement.valid_to or effective_on
    if not timeline:
        return None, [
            Problem(
                "fermeture-inconnu",
                f"{key} est à fermer, mais la structure ne le connaît pas.",
                place=statement.place,
                column="code",
                found=key.code,
                expected="un code connu",
            ),
        ]
    return Change(key, day, ()), []


def _start(statement: Statement, timeline: Timeline, effective_on: date) -> date:
    if statement.valid_from is not None:
        return statement.valid_from
    if statement.valid_to is not None and statement.valid_to <= effective_on and timeline:
        return timeline[0].valid_from
    return effective_on


def _last_before(timeline: Timeline, day: date) -> Content | None:
    past = [piece.content for piece in timeline if piece.valid_from < day]
    if past:
        return past[-1]
    return timeline[0].content if timeline else None


def _content(statement: Statement, base: Content | None) -> Content:
    kept = base.attributes if base else {}
    return Content(
        name=statement.name or (base.name if base else "") or statement.key.code.rsplit("/", 1)[-1],
        attributes=canonical(statement.key.kind, {**kept, **statement.attributes}),
        parent=statement.parent or (base.parent if base else None),
        site=statement.site if statement.site is not None else (base.site if base else ""),
    )


def _backwards(statement: Statement, start: date) -> Problem:
    return Problem(
        "fin-avant-debut",
        f"{statement.key} fermerait le {french(statement.valid_to)}, avant ou le jour de son ouverture "
        f"({french(start)}).",
        place=statement.place,
        column="date_fermeture",
        found=french(statement.valid_to),
        expected=f"une date après le {french(start)}",
    )


def _overlap(first: Stated, second: Stated) -> Problem:
    same = first[1] == second[1]
    key = second[0].key
    where = f" (ligne {first[0].place.line})" if first[0].place.line else ""
    if same:
        return Problem(
            "code-en-double",
            f"{key} est décrit deux fois pour la même date{where}.",
            place=second[0].place,
            column="code",
            found=key.code,
            expected="une seule ligne par code et date",
        )
    return Problem(
        "dates-chevauchantes",
        f"{key} : sa période commence le {french(second[1])} alors que la "
        f"précédente{where} va jusqu'au {french(first[2])}.",
        place=second[0].place,
        column="date_ouverture",
        found=french(second[1]),
        expected="des périodes qui ne se recouvrent pas",
    )


def _compare(
    changes: Iterable[Change],
    known: Timelines,
    provisional: frozenset[Key],
    places: Mapping[Key, Place],
    problems: list[Problem],
) -> Plan:
    after = dict(known)
    unsure = set(provisional)
    kept: list[Change] = []
    diff: list[DiffLine] = []
    closing: list[tuple[Key, date]] = []
    unchanged = 0
    for change in changes:
        key, old = change.key, known.get(change.key, ())
        after[key] = new = apply(old, change)
        flag = change.provisional
        turned = flag is not None and flag is not (key in provisional)
        if flag is not None:
            (unsure.add if flag else unsure.discard)(key)
        if new == old and not turned:
            unchanged += 1
            continue
        kept.append(change)
        diff.append(_line(change, old, new, turned, places))
        end = closes_on(new)
        if old and _ends_sooner(closes_on(old), end or change.since, bool(new) and end is None):
            closing.append((key, end or change.since))
    problems += check(after, [change.key for change in kept], frozenset(unsure), places)
    order = {key: rank for rank, key in enumerate(sorted(places, key=lambda k: (places[k].line, k)))}
    diff.sort(key=lambda line: (order.get(line.key, len(order)), line.key))
    return Plan(tuple(kept), tuple(diff), tuple(problems), unchanged, tuple(closing))


def _ends_sooner(old_end: date | None, new_end: date, goes_on: bool) -> bool:
    return not goes_on and (old_end is None or new_end < old_end)


def _line(change: Change, old: Timeline, new: Timeline, turned: bool, places: Mapping[Key, Place]) -> DiffLine:
    key = change.key
    name = (new[-1] if new else old[-1]).content.name
    fields = _fields(key.kind, old, new)
    if turned:
        fields.append(
            FieldChange("provisoire", "non" if change.provisional else "oui", "oui" if change.provisional else "non")
        )
    old_end, new_end = closes_on(old), closes_on(new)
    since = change.since
    if not old:
        action = Action.CREE
        since = new[0].valid_from if new else since
    elif not new or (new_end is not None and (old_end is None or new_end < old_end)):
        action, since = Action.FERME, new_end or change.since
    elif old_end is not None and (new_end is None or new_end > old_end):
        action = Action.ROUVERT
    else:
        action = Action.MODIFIE
    return DiffLine(action, key, name, since, tuple(fields), places.get(key, Place()))


def _fields(kind: Kind, old: Timeline, new: Timeline) -> list[FieldChange]:
    """Field by field, on the first day when they differ; then the dates of opening and closing."""
    found: list[FieldChange] = []
    for piece in new:
        before = at(old, piece.valid_from) or (_last_before(old, piece.valid_from) if old else None)
        if before is not None and before != piece.content:
            found = _content_fields(kind, before, piece.content)
            break
    if old and new:
        if old[0].valid_from != new[0].valid_from:
            found.append(FieldChange("date_ouverture", french(old[0].valid_from), french(new[0].valid_from)))
        if closes_on(old) != closes_on(new):
            found.append(FieldChange("date_fermeture", french(closes_on(old)), french(closes_on(new))))
    return found


def _content_fields(kind: Kind, before: Content, after: Content) -> list[FieldChange]:
    found = []
    if before.name != after.name:
        found.append(FieldChange("libelle", before.name, after.name))
    if before.parent != after.parent:
        found.append(FieldChange("rattachement", str(before.parent or "(aucun)"), str(after.parent or "(aucun)")))
    if before.site != after.site:
        found.append(FieldChange("eg", before.site or "(vide)", after.site or "(vide)"))
    names = sorted({*before.attributes, *after.attributes})
    for name in names:
        if before.attributes.get(name) != after.attributes.get(name):
            column = column_of(kind, name)
            found.append(FieldChange(column, shown(kind, before.attributes, name), shown(kind, after.attributes, name)))
    return found
