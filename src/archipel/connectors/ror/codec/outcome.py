"""What the ROR answers to a writing, and who must act.

Source: documentation of the ROR's FHIR interface (ANS), « Patch capacitaire », « Gestion des erreurs »: ``replace``
first; 404 ``not-found`` on the capacity extension means ``add``; 404 on ``Location`` goes to the GRADeS; 412
``multiple-matches`` and 400 ``business-rule`` go to the GRADeS and the establishment. ``expression`` is a text in one
official example and a list in the others: both are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from archipel.connectors.ror.codec import names


class Verdict(StrEnum):
    """What to do after an answer."""

    ACCEPTED = "accepte"
    ADD = "ajouter"
    """The indicator does not exist yet."""
    ABSENT = "deja-absent"
    """A deletion found nothing to delete."""
    ESCALATE = "a-traiter"
    """Somebody must act; sending again changes nothing."""
    RETRY = "reessayer"
    """The ROR or the way to it is in trouble."""
    LINK = "acces"
    """The certificate, the token or the rights are refused: nothing passes until somebody acts."""


GRADES = "GRADeS"
ESTABLISHMENT = "Établissement"
SITE = "Équipe informatique"


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of an OperationOutcome."""

    severity: str
    code: str
    diagnostics: str
    expressions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer read: what to do, what it says, who must act."""

    verdict: Verdict
    sentence: str
    """French; empty when accepted."""
    who: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    retry_after: float | None = None
    """Seconds asked for by the ROR."""


def issues(body: object) -> tuple[Issue, ...]:
    """The issues of an OperationOutcome, none when it is not one."""
    if not isinstance(body, Mapping) or body.get("resourceType") != "OperationOutcome":
        return ()
    found = []
    for one in names.objects(body.get("issue")):
        given = one.get("expression")
        told = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        expressions = tuple(expression for expression in told if isinstance(expression, str))
        severity, code, diagnostics = (str(one.get(name) or "") for name in ("severity", "code", "diagnostics"))
        found.append(Issue(severity, code, diagnostics[:1000], expressions))
    return tuple(found)


def read(status: int, body: Any, *, operation: str = "replace", retry_after: str = "") -> Answer:
    """What an answer means.

    Args:
        status: HTTP status.
        body: the JSON received, or None when it was not JSON.
        operation: what had been sent: replace, add or delete.
        retry_after: the header of that name, in seconds; ignored otherwise.
    """
    found = issues(body)
    wait = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
    if 200 <= status < 300:
        return Answer(Verdict.ACCEPTED, "", issues=found)
    said = " ".join(one.diagnostics for one in found if one.diagnostics) or f"réponse HTTP {status} sans explication"
    if status == 404:
        return _not_found(found, said, operation)
    if status == 412:
        return Answer(
            Verdict.ESCALATE, f"Plusieurs lieux du ROR portent ce code : {said}", (GRADES, ESTABLISHMENT), found
        )
    if status in (400, 422):
        return Answer(Verdict.ESCALATE, f"Indicateur refusé par le ROR : {said}", (GRADES, ESTABLISHMENT), found)
    if status in (401, 403):
        return Answer(Verdict.LINK, f"Accès refusé par le ROR ({status}) : {said}", (SITE,), found)
    if status == 429 or status >= 500 or status == 408:
        return Answer(Verdict.RETRY, f"Le ROR ne peut pas répondre ({status}) : {said}", (), found, wait)
    return Answer(Verdict.ESCALATE, f"Réponse inattendue du ROR ({status}) : {said}", (SITE,), found)


def _not_found(found: tuple[Issue, ...], said: str, operation: str) -> Answer:
    about_indicator = any(
        one.code == "not-found" and _same(expression, names.CAPACITY_PATH)
        for one in found
        for expression in one.expressions
    )
    if about_indicator and operation == "replace":
        return Answer(Verdict.ADD, said, (), found)
    if about_indicator and operation == "delete":
        return Answer(Verdict.ABSENT, said, (), found)
    if any(one.code == "not-found" and _same(e, "Location") for one in found for e in one.expressions):
        return Answer(
            Verdict.ESCALATE,
            f"Aucun lieu du ROR ne porte ce code : le GRADeS doit l'attribuer à un lieu. {said}",
            (GRADES,), found,
        )  # fmt: skip
    return Answer(Verdict.ESCALATE, f"Introuvable (404) : {said}", (GRADES, SITE), found)


def _same(expression: str, expected: str) -> bool:
    """Whether two FHIRPath expressions are the same, spaces, quotes and case of the resource's name aside."""

    def plain(text: str) -> str:
        return "".join(text.split()).replace('"', "'").lower()

    return plain(expression) == plain(expected)
