"""The documents of a scenario, written when they are asked for, from a plan that has just been checked."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.utils import timezone

from archipel.foundation.web.formats import long_date
from archipel.kernel.errors import Conflict, Invalid, NotFound
from archipel.scenarios.trajectory.queries.scenarios import chosen, facts_of, scenario, solution
from archipel.scenarios.trajectory.rules.assumptions import defaults
from archipel.scenarios.trajectory.rules.describing import master_plan
from archipel.scenarios.trajectory.rules.risks import risks
from archipel.scenarios.trajectory.rules.subject import Subject
from archipel.scenarios.trajectory.rules.tendering import specification
from archipel.scenarios.trajectory.rules.writing import write_docx, write_pdf
from archipel.scenarios.trajectory.values.document import Document

DOCUMENTS: dict[str, tuple[str, Callable[[Subject], Document]]] = {
    "schema-directeur": ("Schéma directeur", master_plan),
    "cahier-des-charges": ("Cahier des charges", specification),
}
"""Name → (title, who writes it)."""
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


def document(number: int, name: str, form: str) -> bytes:
    """A document of a scenario.

    Args:
        number: the scenario.
        name: ``schema-directeur`` or ``cahier-des-charges``.
        form: ``docx`` or ``pdf``.

    Raises:
        NotFound: no such scenario or document. Invalid: another format. Conflict: no plan that the checker accepts.
    """
    if name not in DOCUMENTS:
        raise NotFound(f"Document « {name[:30]} » inconnu : {', '.join(DOCUMENTS)}.", code="document")
    if form not in TYPES:
        raise Invalid(f"Format « {form[:20]} » inconnu : docx ou pdf sont attendus.", code="format")
    made = DOCUMENTS[name][1](subject(number))
    return write_docx(made) if form == "docx" else write_pdf(made, timezone.now())


def subject(number: int) -> Subject:
    """What is said of a scenario's plan. Raises NotFound, Conflict."""
    info = scenario(number)
    held = solution(info)
    if held is None or not held.sound or held.results is None:
        raise Conflict("Ce scénario n'a pas encore de plan vérifié : calculez-le d'abord.", code="sans-plan")
    facts, choice = facts_of(info.snapshot), chosen()
    decision = ""
    if choice is not None and choice.info.id == number and choice.run == held.run.id:
        why = f" : {choice.note}" if choice.note else ""
        decision = f"trajectoire du groupement, choisie le {long_date(choice.at)}{why}"
    return Subject(
        group=settings.GHT_NAME, number=number, title=info.title, facts=facts, settings=held.settings,
        built=held.built, choices=held.choices, results=held.results, body=dict(held.body),
        prices=[dict(one) for one in held.prices], risks=risks(facts, held.built, held.choices, held.results),
        defaults=defaults(), answer=held.digest, digest=info.digest, decision=decision, synthetic=settings.SYNTHETIC,
    )  # fmt: skip
