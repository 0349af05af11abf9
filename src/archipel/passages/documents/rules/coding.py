"""A content as JSON, and back: what was built is kept beside the bytes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from archipel.passages.documents.values.content import (
    Content,
    Kind,
    Organisation,
    PassageFacts,
    PatientIdentity,
    Physician,
    Recipient,
)


def content_to_json(content: Content) -> dict[str, Any]:
    """Plain values only; :func:`content_from_json` gives the same content."""
    return dict(_plain(asdict(content)))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def content_from_json(told: dict[str, Any]) -> Content:
    """The content that :func:`content_to_json` wrote."""
    patient = {**told["patient"], "naissance": _day(told["patient"]["naissance"])}
    passage = dict(told["passage"])
    for name in ("arrived_at", "left_at", "care_at"):
        passage[name] = _moment(passage[name])
    return Content(
        **{
            **told,
            "kind": Kind(told["kind"]),
            "created_at": _moment(told["created_at"]),
            "patient": PatientIdentity(**patient),
            "author": Physician(**told["author"]),
            "organisation": Organisation(**told["organisation"]),
            "passage": PassageFacts(**passage),
            "recipients": tuple(Recipient(**one) for one in told["recipients"]),
        }
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str | None) -> Any:
    return datetime.fromisoformat(text) if text else None
