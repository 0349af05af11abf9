"""Entering the items of the RPU that movements do not hold; each act adds facts, leaves a trace and can be undone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from archipel.domains.flow.models import PassageFact as FactRow
from archipel.domains.flow.models import Venue
from archipel.domains.flow.queries import ed_rows
from archipel.domains.flow.queries.ed import ed_ufs
from archipel.domains.flow.queries.passages import entries, stretches_of, venue_passages
from archipel.domains.flow.rules import standing
from archipel.domains.flow.rules.passage_checks import badly_written
from archipel.domains.flow.rules.passages import moment_for
from archipel.domains.flow.values.passages import ENTERED, ITEM_LABELS, MANY, EdRun, Item, Passage
from archipel.foundation.audit.services import record
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid, NotFound

LIST_LIMIT = 20
"""Associated diagnoses, or acts, of one passage at the most."""
_CODES = frozenset({Item.DP, Item.DA, Item.ACTES})


@dataclass(frozen=True, slots=True)
class PassageAct:
    """What was written: the facts, to undo them, and a French sentence."""

    venue: int
    rank: int
    facts: tuple[int, ...]
    message: str


def clean(item: Item, values: Sequence[str]) -> tuple[str, ...]:
    """The values as they are kept: codes in capitals without a point, texts without needless blanks.

    Raises:
        Invalid: a value that does not follow the nomenclature; the sentence says what was expected.
    """
    found: list[str] = []
    for given in values:
        text = " ".join(given.split())
        if item in _CODES:
            text = re.sub(r"[.\s]", "", text).upper()
        if text and text not in found:
            found.append(text)
    if len(found) > (LIST_LIMIT if item in MANY else 1):
        raise Invalid(f"{ITEM_LABELS[item]} : {len(found)} valeurs, c'est trop.", code="rpu-trop", field=item.value)
    for text in found:
        wanted = badly_written(item, text)
        if wanted:
            sentence = f"{ITEM_LABELS[item]} : trouvé « {text[:30]} », attendu {wanted}."
            raise Invalid(sentence, code="rpu-format", field=item.value)
    return tuple(found)


def enter_items(*, scope: Scope, venue: int, rank: int, items: Mapping[Item, Sequence[str]]) -> PassageAct:
    """Enter items of one passage; those whose value does not change are left alone. Possible after the exit.

    Args:
        scope: who enters; ``rpu.saisir`` on the establishment.
        venue: number of the venue.
        rank: which passage of the venue, from 1.
        items: item → values; an empty list says that there is none.

    Raises:
        Denied, NotFound: no right, or the passage is out of the scope.
        Invalid: an item that is mended elsewhere, or a value out of its nomenclature; ``field`` names the item.
        Conflict: nothing changes.
    """
    wrong = [item for item in items if item not in ENTERED]
    if wrong:
        label = ITEM_LABELS[wrong[0]]
        raise Invalid(f"{label} se corrige dans le dossier de l'établissement, pas ici.", code="rpu-source")
    wanted = {item: clean(item, values) for item, values in items.items()}
    with _acting(scope, venue) as (row, at):
        passage = _passage(scope, venue, rank, at)
        changed = {item: value for item, value in wanted.items() if value != passage.values.get(item, ())}
        if not changed:
            raise Conflict("Rien n'a changé dans ce passage.", code="rpu-inchange")
        moment = moment_for(_run(row, rank, at), at)
        facts = tuple(_add(scope, row, item.value, list(value), moment, at) for item, value in changed.items())
        record(
            scope=scope,
            action="rpu.saisie",
            establishment=row.establishment,
            object_type="venue",
            object_key=row.key,
            details={"faits": list(facts), "items": sorted(item.value for item in changed)},
        )
        _tell(passage)
        many = len(facts)
        words = f"{many} items enregistrés." if many > 1 else f"{ITEM_LABELS[next(iter(changed))]} : enregistré."
        return PassageAct(venue, rank, facts, words)


def undo_items(*, scope: Scope, venue: int, facts: Sequence[int]) -> PassageAct:
    """Take back entries of a venue, all or none.

    Raises:
        Denied, NotFound: no right, or an entry that is not of this venue.
        Conflict: one of them was already taken back.
    """
    with _acting(scope, venue) as (row, at):
        known = entries([(row.establishment, row.key)]).get((row.establishment, row.key), [])
        by_id = {fact.fact_id: fact for fact in known}
        if not facts or not set(facts) <= set(by_id):
            raise NotFound("Cette saisie n'existe pas, ou n'est pas visible par votre compte.", code="fait-inconnu")
        holding_now = {fact.fact_id for fact in standing(known, at)}
        if not set(facts) <= holding_now:
            raise Conflict("Cette saisie est déjà annulée.", code="deja-annule")
        done = tuple(_add(scope, row, "", [], by_id[fact].effective_at, at, undoes=fact) for fact in facts)
        record(
            scope=scope,
            action="rpu.annulation",
            establishment=row.establishment,
            object_type="venue",
            object_key=row.key,
            details={"faits": list(done), "annule": list(facts)},
        )
        moments = [by_id[fact].effective_at for fact in facts]
        passages = venue_passages(scope=scope, venue=venue, at=at)
        passage = next((p for p in reversed(passages) if p.arrived_at <= moments[0]), passages[0])
        _tell(passage)
        return PassageAct(venue, passage.rank, done, "Saisie annulée.")


# --- what the acts share ------------------------------------------------------------------------------


@contextmanager
def _acting(scope: Scope, number: int) -> Iterator[tuple[Venue, datetime]]:
    """Transaction, right, lock: one writer at a time on each venue."""
    with in_scope(scope):
        row = Venue.objects.filter(id=number, cancelled=False).first()
        if row is None:
            raise NotFound("Cette venue n'existe pas, ou n'est pas visible par votre compte.", code="venue-inconnue")
        scope.require(Capability.SAISIR_RPU, row.establishment)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7208, hashtext(%s))", [str(number)])
        yield row, clock.now()


def _passage(scope: Scope, venue: int, rank: int, at: datetime) -> Passage:
    found = venue_passages(scope=scope, venue=venue, at=at)
    if not 1 <= rank <= len(found):
        raise NotFound(f"Cette venue n'a pas de passage n° {rank}.", code="passage-inconnu")
    return found[rank - 1]


def _run(row: Venue, rank: int, at: datetime) -> EdRun:
    stay = ed_rows.stay(row.pk)
    if stay is None:  # the passage was just read: it cannot be gone in the same transaction
        raise NotFound("Cette venue n'a plus de passage.", code="passage-inconnu")
    codes = [uf.code for uf in ed_ufs() if uf.establishment == row.establishment]
    return stretches_of(stay, codes, at)[rank - 1]


def _add(
    scope: Scope, row: Venue, item: str, value: list[str], moment: datetime, at: datetime, *, undoes: int | None = None
) -> int:
    fact = FactRow.objects.create(
        establishment=row.establishment,
        venue=row.key,
        item=item,
        value=value,
        effective_at=moment,
        recorded_at=at,
        actor=scope.actor,
        undoes=undoes,
    )
    return int(fact.pk)


def _tell(passage: Passage) -> None:
    publish("flow.rpu", {"sites": [passage.site]}, establishment=passage.establishment)
