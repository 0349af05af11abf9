"""The agency's acts besides the steps: notes under the criteria, review of the proofs, payments."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from archipel.foundation.scope import Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid
from archipel.programmes.dossiers.models import Dossier, Note
from archipel.programmes.dossiers.queries import store, templates
from archipel.programmes.dossiers.rules.completeness import amount
from archipel.programmes.dossiers.rules.documents import euros
from archipel.programmes.dossiers.rules.reading import clean
from archipel.programmes.dossiers.services import ledger, notifying
from archipel.programmes.dossiers.values.states import LABELS, EventKind, Side, Status

SCORES = range(5)
"""From 0 (insufficient) to 4 (exemplary); ours, the sources give no scale."""
OPINIONS: dict[str, str] = {"atteint": "Atteint", "partiel": "Partiellement atteint", "non": "Non atteint"}
REVIEWED = frozenset({Status.CONVENTIONNE, Status.PREUVES})


def note(*, scope: Scope, dossier: int, criterion: str, score: int | None, text: str) -> None:
    """Write under a criterion of selection or modulation; the former notes stay.

    Raises:
        Denied, NotFound: the account does not instruct this dossier. Invalid: criterion, score, nothing said.
        Conflict: it is not being instructed.
    """
    said = clean(text).strip()[:4000]
    if score is not None and score not in SCORES:
        raise Invalid(f"La note va de 0 à 4 ; {score} donné.", code="note", field="note")
    if score is None and not said:
        raise Invalid("Donnez une note ou une appréciation.", code="note-vide", field="note")
    with in_scope(scope):
        row = ledger.locked(dossier)
        ledger.require(scope, row, Side.ARS)
        made = templates.of(row)
        if criterion not in {one.id for one in (*made.selection, *made.modulation)}:
            raise Invalid("Ce critère n'est pas dans le référentiel.", code="critere-inconnu")
        if not row.deposited:
            raise Conflict("Ce dossier n'est pas déposé.", code="non-depose")
        Note.objects.create(
            dossier=row, bearer_ej=row.bearer_ej, criterion=criterion, score=score, text=said, actor=scope.actor,
            recorded_at=clock.now(),
        )  # fmt: skip
        ledger.trace(scope, row, "dossiers.note", details={"critere": criterion})


def pay(*, scope: Scope, dossier: int, instalment: str, amount_said: str, at: datetime | None, reason: str = "") -> str:
    """Record a payment; a correction is a negative one, with its reason. Returns the sentence to show.

    Raises:
        Denied, NotFound: the account does not instruct this dossier.
        Invalid: instalment, amount, a date to come, a correction without reason.
        Conflict: nothing was granted; more would be paid than granted, or less than nothing; the instalment of the
            result before the proofs are judged (S4: 50 % once the objectives are reached, as the ARS validates).
    """
    value = amount(amount_said)
    if value is None or value == 0:
        raise Invalid("Dites le montant versé, en euros.", code="montant-absent", field="montant")
    if value < 0 and not reason.strip():
        raise Invalid("Dites pourquoi ce versement est corrigé.", code="motif-absent", field="motif")
    now = clock.now()
    if at is not None and at > now:
        raise Invalid("La date du versement est à venir.", code="date-a-venir", field="date")
    with in_scope(scope):
        row = ledger.locked(dossier)
        ledger.require(scope, row, Side.ARS)
        _payable(row, instalment, value)
        data = {"echeance": instalment, "montant": str(value.quantize(Decimal("0.01")))}
        ledger.append(
            scope, row, EventKind.VERSEMENT, code=instalment, effective_at=at or now, reason=reason, data=data
        )
        notifying.tell_all(
            row, f"versement:{now.isoformat()}", "versement", f"« {row.title} » : {euros(value)} versés."
        )
    return f"Versement de {euros(value)} enregistré."


def _payable(row: Dossier, instalment: str, value: Decimal) -> None:
    made = templates.of(row)
    known = [one.id for one in made.instalments]
    if instalment not in known:
        raise Invalid("Choisissez l'échéance de ce versement.", code="echeance-inconnue", field="echeance")
    life = store.life(row.pk)
    if life.granted is None:
        raise Conflict("Rien n'est accordé à ce dossier.", code="rien-accorde")
    total = life.paid + value
    if total > life.granted or total < 0:
        raise Conflict(
            f"{euros(total)} seraient versés en tout, pour {euros(life.granted)} accordés.", code="versement-trop-grand"
        )
    last = len(known) > 1 and instalment == known[-1]
    judged = any(fact.data.get("avis") in ("atteint", "partiel") for fact in life.reviews)
    if last and value > 0 and not judged:
        raise Conflict("La dernière part se verse après la revue des preuves.", code="preuves-non-revues")


def review(*, scope: Scope, dossier: int, objective: str, opinion: str, text: str) -> None:
    """Judge whether an objective was reached, from the proofs; the former opinions stay.

    Raises:
        Denied, NotFound: the account does not instruct this dossier. Invalid: objective or opinion unknown.
        Conflict: no proof is expected now.
    """
    if opinion not in OPINIONS:
        raise Invalid(
            "Dites si l'objectif est atteint, partiellement atteint ou non atteint.", code="avis", field="avis"
        )
    with in_scope(scope):
        row = ledger.locked(dossier)
        ledger.require(scope, row, Side.ARS)
        if Status(row.status) not in REVIEWED:
            raise Conflict(f"Ce dossier est « {LABELS[Status(row.status)].lower()} » : rien à revoir.", code="revue")
        theme = templates.of(row).theme(row.theme)
        labels = {one.id: one.label for one in theme.objectives} if theme else {}
        if objective not in labels and objective != "ensemble":
            raise Invalid("Choisissez un objectif du thème, ou l'ensemble du projet.", code="objectif-inconnu")
        said = clean(text).strip()[:2000]
        data = {"objectif": objective, "nom": labels.get(objective, "Ensemble du projet"), "avis": opinion}
        ledger.append(scope, row, EventKind.REVUE, code=objective, reason=said, data=data)
