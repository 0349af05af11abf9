"""The five ways an operation can fail, each with a stable code and a French sentence for the user."""

from __future__ import annotations

from typing import ClassVar


class ArchipelError(Exception):
    """Base of every expected failure.

    Args:
        message: a complete French sentence, shown to the user as it is.
        code: a stable machine code; defaults to the class's own.
        context: extra facts for the caller (never personal data).
    """

    code: ClassVar[str] = "erreur"
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, code: str | None = None, **context: object) -> None:
        super().__init__(message)
        self.message = message
        self.error_code = code or self.code
        self.context = context

    def __str__(self) -> str:
        return self.message


class Denied(ArchipelError):
    """The account may not do this, or may not see this."""

    code = "refuse"
    http_status = 403


class Invalid(ArchipelError):
    """The input does not say something that can be accepted."""

    code = "invalide"
    http_status = 422


class Conflict(ArchipelError):
    """The input is well formed but contradicts the present state."""

    code = "conflit"
    http_status = 409


class NotFound(ArchipelError):
    """Nothing of that name exists in the caller's scope."""

    code = "introuvable"
    http_status = 404


class Upstream(ArchipelError):
    """Another system failed; ``permanent`` says whether trying again can help."""

    code = "systeme-distant"
    http_status = 502

    def __init__(self, message: str, *, permanent: bool, code: str | None = None, **context: object) -> None:
        super().__init__(message, code=code, **context)
        self.permanent = permanent
