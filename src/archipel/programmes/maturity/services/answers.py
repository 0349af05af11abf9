"""Answering a grid, taking an answer back, stating an effort; each is a fact, traced, that another fact may undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db import connection
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.programmes.maturity.models import Answer, Effort
from archipel.programmes.maturity.queries import entities
from archipel.programmes.maturity.queries.answers import Evidence
from archipel.programmes.maturity.rules.bands import answer_problem
from archipel.programmes.maturity.values import Etat, Grille, Mesure, Saisie

LONGEST_COMMENT, LONGEST_TITLE, MOST_PIECES = 4000, 300, 20
_SIX = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as somebody gives it."""

    indicator: str
    mesure: Mesure
    comment: str = ""
    evidence: tuple[Evidence, ...] = ()
    effective_on: date | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """What was written, and a French sentence."""

    facts: tuple[int, ...]
    message: str


def answer(
    *,
    scope: Scope,
    grid: Grille,
    entity: str,
    given: Sequence[Given],
    campaign: int | None = None,
    source: str = "saisie",
) -> Act:
    """Answer one or several questions of a grid for an entity, or for the group (``ght:code``).

    Args:
        scope: who answers; ``GERER_PROGRAMMES`` for the establishment (for the group: for its supporting one).
        grid: the grid; its version is kept with the answer.
        entity: FINESS number, or ``ght:code``.
        given: the answers; one effective in the future is refused.
        campaign: the campaign that it is an answer to.
        source: ``saisie``, or ``import:<file>``.

    Raises:
        Denied, NotFound: no right, or an entity out of the scope.
        Invalid: a question that is not in the grid, or a value that it does not take; the first one found is told.
    """
    with in_scope(scope):
        who = _answering(scope, grid, entity)
        today = timezone.localdate()
        common = {
            "establishments": list(who.establishments), "entity": who.code, "pack": grid.pack, "version": grid.version,
            "grid": grid.id, "campaign_id": campaign, "source": source, "actor": scope.actor,
            "recorded_at": timezone.now(),
        }  # fmt: skip
        for one in given:
            check(grid, who, one, today)
        facts = tuple(Answer.objects.create(**common, **_told(one, today)).pk for one in given)
        _trace(scope, who, "maturite.repondre", grid, [one.indicator for one in given])
        count = len(facts)
        return Act(facts, "Réponse enregistrée." if count == 1 else f"{count} réponses enregistrées.")


def _told(given: Given, today: date) -> dict[str, object]:
    measure = given.mesure
    return {
        "indicator": given.indicator,
        "state": measure.etat.value,
        "value": _stored(measure.valeur),
        "categories": [list(row) for row in measure.categories],
        "comment": " ".join(given.comment.split())[:LONGEST_COMMENT],
        "evidence": [asdict(piece) for piece in given.evidence],
        "effective_on": given.effective_on or today,
    }


def _fields(row: Answer) -> dict[str, object]:
    return {f.attname: getattr(row, f.attname) for f in Answer._meta.concrete_fields if f.attname != "id"}


def _answering(scope: Scope, grid: Grille, entity: str) -> entities.EntityInfo:
    who = entities.entity(scope, grid, entity)
    support = entities.group(scope, grid, who.ght).support if who.group else ""
    if not entities.may_answer(scope, who, support):
        place = support or ", ".join(who.establishments)
        raise Denied(
            f"Votre compte n'a pas le droit « {Capability.GERER_PROGRAMMES.value} » pour l'établissement {place}.",
            capability=Capability.GERER_PROGRAMMES.value,
        )
    return who


def check(grid: Grille, who: entities.EntityInfo, given: Given, today: date) -> None:
    """Refuse what the question does not take. Raises Invalid."""
    indicator = grid.indicateur(given.indicator)
    if indicator is None:
        raise Invalid(f"La question « {given.indicator[:60]} » n'est pas dans la grille.", code="question")
    if indicator.groupe != who.group and who.ght:
        whose = "le groupement" if indicator.groupe else "chaque établissement"
        raise Invalid(f"{indicator.libelle} : {whose} y répond.", code="question-d-un-autre", field=indicator.id)
    problem = answer_problem(grid, indicator, given.mesure)
    if problem:
        raise Invalid(f"{indicator.libelle} : {problem}", code="valeur", field=indicator.id)
    if given.effective_on is not None and given.effective_on > today:
        raise Invalid("La date de la réponse est dans le futur.", code="date", field="date")
    if len(given.evidence) > MOST_PIECES or any(
        not e.titre.strip() or len(e.titre) > LONGEST_TITLE or len(e.reference) > LONGEST_TITLE for e in given.evidence
    ):
        raise Invalid(
            f"Preuves : {MOST_PIECES} pièces au plus, chacune avec un titre de {LONGEST_TITLE} signes au plus.",
            code="preuve",
            field="preuve",
        )


def _stored(value: Fraction | None) -> Decimal | None:
    """A value as the table keeps it: six decimals, far below what any band can tell apart."""
    if value is None:
        return None
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(_SIX)


def undo_answer(*, scope: Scope, fact: int, reason: str = "") -> Act:
    """Take an answer back (or take back the taking back): what was answered before stands again.

    Raises:
        Denied, NotFound: no right, or no such answer in the scope.
        Conflict: already taken back.
    """
    with in_scope(scope):
        row = Answer.objects.filter(pk=fact).first()
        if row is None:
            raise NotFound("Cette réponse n'existe pas, ou n'est pas visible par votre compte.", code="reponse")
        _may_undo(scope, row.establishments, row.entity)
        _lock(fact)
        if Answer.objects.filter(undoes_id=fact).exists():
            raise Conflict("Cette réponse est déjà annulée.", code="deja-annulee")
        fields = _fields(row) | {
            "undoes_id": fact, "actor": scope.actor, "recorded_at": timezone.now(), "comment": reason[:LONGEST_COMMENT],
        }  # fmt: skip
        made = Answer.objects.create(**fields)
        record(
            scope=scope, action="maturite.annuler", establishment=row.establishments[0], object_type="reponse",
            object_key=str(fact), reason=reason[:300],
        )  # fmt: skip
        return Act((made.pk,), "Réponse annulée : celle d'avant vaut de nouveau.")


def _may_undo(scope: Scope, establishments: Sequence[str], entity: str) -> None:
    if entity.startswith(entities.GROUP):
        held = [code for code in establishments if scope.may(Capability.GERER_PROGRAMMES, code)]
        if not held:
            scope.require(Capability.GERER_PROGRAMMES, establishments[0])
        return
    for code in establishments:
        scope.require(Capability.GERER_PROGRAMMES, code)


def _lock(fact: int) -> None:
    """One undoing of an answer at a time: a ledger's rows cannot be locked for an update that nobody may make."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7205320, %s)", [fact % 2_147_483_647])


def state_effort(
    *, scope: Scope, grid: Grille, entity: str, indicator: str, level: int, days: Decimal | None, reason: str = ""
) -> Act:
    """State the person-days that a step takes; ``level`` 0: every step of the question; ``days`` None: no more said.

    Raises:
        Denied, NotFound: no right, or an entity out of the scope.
        Invalid: a question or a level that is not in the grid, or a number of days out of 0 to 100,000.
    """
    with in_scope(scope):
        who = _answering(scope, grid, entity)
        asked = grid.indicateur(indicator)
        if asked is None or not 0 <= level <= grid.niveau_max:
            raise Invalid("Cette question ou ce niveau n'est pas dans la grille.", code="question")
        if days is not None and not 0 <= days <= 100_000:
            raise Invalid("L'effort est un nombre de jours de 0 à 100 000.", code="effort", field="effort")
        made = Effort.objects.create(
            establishments=list(who.establishments),
            entity=who.code,
            pack=grid.pack,
            grid=grid.id,
            indicator=asked.id,
            level=level if asked.saisie is not Saisie.OUI_NON else 0,
            days=days,
            reason=reason[:300],
            actor=scope.actor,
            effective_on=timezone.localdate(),
            recorded_at=timezone.now(),
        )
        _trace(scope, who, "maturite.effort", grid, [indicator])
        return Act((made.pk,), "Effort enregistré.")


def _trace(scope: Scope, who: entities.EntityInfo, action: str, grid: Grille, indicators: Sequence[str]) -> None:
    record(
        scope=scope,
        action=action,
        establishment=who.establishments[0] if len(who.establishments) == 1 else "",
        object_type="grille",
        object_key=f"{grid.pack}/{grid.id}/{who.code}",
        details={"questions": list(indicators[:50]), "nombre": len(indicators)},
    )


def measure_of(grid: Grille, indicator: str, text: str, categories: Sequence[tuple[str, str, str]] = ()) -> Mesure:
    """What a form, a sheet or the interface says, as an answer.

    ``text``: a number (comma or point), ``oui``/``non``, ``non mesuré``, ``sans objet``. Raises Invalid.
    """
    asked = grid.indicateur(indicator)
    word = " ".join(text.lower().split())
    if word in ("sans objet", "so", "sans_objet"):
        return Mesure(Etat.SANS_OBJET)
    if word in ("non mesuré", "non mesure", "nm", "non_mesuree"):
        return Mesure(Etat.NON_MESUREE)
    if asked is not None and asked.saisie is Saisie.TYPOLOGIE:
        return Mesure(Etat.MESUREE, categories=tuple((n, _count(a, n), _count(b, n)) for n, a, b in categories if b))
    if asked is not None and asked.saisie is Saisie.OUI_NON and word in ("oui", "non"):
        return Mesure(Etat.MESUREE, Fraction(word == "oui"))
    try:
        number = Decimal(
            word.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", ".").rstrip("%")
        )
    except ArithmeticError:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > 10**9:
        expected = "oui, non" if asked is not None and asked.saisie is Saisie.OUI_NON else "un nombre"
        raise Invalid(
            f"{asked.libelle if asked else indicator} : « {text[:40]} » trouvé ; {expected}, « non mesuré » ou "
            "« sans objet » attendu.",
            code="valeur",
            field=indicator,
        )
    return Mesure(Etat.MESUREE, Fraction(number.quantize(_SIX)))


def _count(text: str, name: str) -> int:
    if not text.strip().isdecimal():
        raise Invalid(f"Catégorie « {name} » : « {text[:20]} » trouvé, un nombre entier attendu.", code="valeur")
    return int(text)
