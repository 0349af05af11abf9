"""One field of many applications changed at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils import timezone

from archipel.domains.systems.models import Statement
from archipel.domains.systems.queries.store import inventory
from archipel.domains.systems.rules.cells import Wrong, read_cell
from archipel.domains.systems.rules.checks import check
from archipel.domains.systems.rules.model import function_words
from archipel.domains.systems.rules.planning import merged
from archipel.domains.systems.services.ledger import New, append, require_keeper, restoring
from archipel.domains.systems.values.files import Line
from archipel.domains.systems.values.records import Key
from archipel.domains.systems.values.schema import fields
from archipel.foundation.scope import Scope
from archipel.kernel.errors import Conflict, Invalid, NotFound

TOGETHER = "Modification groupée"
"""What begins the reason of a change made to many records at once."""


def change_field(*, scope: Scope, keys: Sequence[Key], field: str, text: str, since: date | None = None) -> int:
    """Give one field the same value in many records of a kind; returns how many changed.

    Args:
        scope: keeps the inventory of all their establishments.
        keys: the records, of one kind.
        field: its name.
        text: the value as people write it; "-" erases it.
        since: from when; today by default.

    Raises:
        Denied. NotFound: a record that is not there. Invalid: unreadable value, or one that cannot hold for a record.
    """
    if not keys or len({key.kind for key in keys}) != 1:
        raise Invalid("Cochez au moins une ligne.", code="selection")
    known_field = fields(keys[0].kind).get(field)
    if known_field is None or field in ("code", "etablissement"):
        raise Invalid("Choisissez un champ à changer.", code="champ", field="champ")
    value = None if text.strip() == "-" else read_cell(known_field, text, function_words())
    if isinstance(value, Wrong) or (value is None and text.strip() != "-"):
        expected = value.expected if isinstance(value, Wrong) else "une valeur, ou - pour effacer"
        raise Invalid(f"« {text[:40]} » trouvé, {expected} attendu.", code="valeur", field="valeur")
    require_keeper(scope, keys)
    day = since or timezone.localdate()
    known = inventory(day)
    held = {one.key: one for one in known.records}
    lost = next((key for key in keys if key not in held), None)
    if lost is not None:
        raise NotFound(f"La fiche « {lost.code} » n'existe pas, ou pas pour vous.", code="fiche")
    lines = [Line("", 1, key, merged(held[key].content, {field: value})) for key in keys]
    stand, problems = check(lines, [one for one in known.records if one.key not in set(keys)])
    if problems:
        raise Invalid(f"{problems[0].message} Attendu : {problems[0].expected}.", code="fiche", field=field)
    news = [New(line.key, day, line.content) for line in stand if dict(held[line.key].content) != dict(line.content)]
    return append(scope=scope, news=news, reason=f"{TOGETHER} : {known_field.label}")


def take_back_all(*, scope: Scope, number: int, reason: str) -> int:
    """Undo a change made to many records at once, whole; returns how many.

    Args:
        scope: keeps the inventory of all their establishments.
        number: one of its statements.
        reason: why.

    Raises:
        Denied. NotFound: no such change. Conflict: something was said of one of the records since.
    """
    one = Statement.objects.filter(pk=number, reason__startswith=TOGETHER).first()
    if one is None:
        raise NotFound("Cette modification groupée n'existe pas, ou pas pour vous.", code="enonce")
    same = Statement.objects.filter(recorded_at=one.recorded_at, actor=one.actor, reason=one.reason, kind=one.kind)
    rows = list(same.order_by("pk"))
    later = Statement.objects.filter(kind=one.kind, pk__gt=rows[-1].pk).values_list("establishment", "code")
    moved = sorted({(row.establishment, row.code) for row in rows} & set(later))
    if moved:
        names = ", ".join(code for _, code in moved[:3])
        raise Conflict(
            f"{len(moved)} fiche(s) ont changé depuis ({names}) : annulez d'abord ces changements.",
            code="enonce-depasse",
        )
    return append(scope=scope, news=[restoring(row) for row in rows], reason=reason or "Annulation")
