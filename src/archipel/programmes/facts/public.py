"""What the layers above may use of facts."""

from archipel.programmes.facts.queries.history import FactLine, history
from archipel.programmes.facts.queries.ledger import Ledger, facts_at
from archipel.programmes.facts.queries.payments import payments
from archipel.programmes.facts.queries.providers import observed_ids, register_provider
from archipel.programmes.facts.queries.vocabulary import Vocabulary, vocabulary
from archipel.programmes.facts.rules.typed import day_of, expected, parse, shown, to_text
from archipel.programmes.facts.services.payments import record_payment, retract_payment
from archipel.programmes.facts.services.recording import (
    Draft,
    correct_fact,
    end_fact,
    record_fact,
    retract_fact,
    undo,
)
from archipel.programmes.facts.services.subjects import may_write, place, resolve, subject_of
from archipel.programmes.facts.values import (
    MODE_LABELS,
    Fact,
    Mode,
    Observation,
    Payment,
    PaymentKind,
    Reading,
    State,
    Subject,
)

__all__ = [
    "MODE_LABELS",
    "Draft",
    "Fact",
    "FactLine",
    "Ledger",
    "Mode",
    "Observation",
    "Payment",
    "PaymentKind",
    "Reading",
    "State",
    "Subject",
    "Vocabulary",
    "correct_fact",
    "day_of",
    "end_fact",
    "expected",
    "facts_at",
    "history",
    "may_write",
    "observed_ids",
    "parse",
    "payments",
    "place",
    "record_fact",
    "record_payment",
    "register_provider",
    "resolve",
    "retract_fact",
    "retract_payment",
    "shown",
    "subject_of",
    "to_text",
    "undo",
    "vocabulary",
]
