"""The builder of documents that the room of documents asks for: CDA R2 with its PDF, our checks, the official rules."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from archipel.connectors.cda.codec import build, check
from archipel.connectors.cda.official import OfficialRules
from archipel.connectors.cda.pdf import write_pdf
from archipel.passages.documents.public import Built, Content, Inspection, Problem

_RULES: dict[str, OfficialRules] = {}
_LOCK = threading.Lock()


def official_rules() -> OfficialRules | None:
    """The kit named by the settings; None when the site has none."""
    folder = str(settings.CDA_RULES)
    if not folder:
        return None
    with _LOCK:
        if folder not in _RULES:
            _RULES[folder] = OfficialRules(Path(folder))
        return _RULES[folder]


class CdaBuilder:
    """See :class:`archipel.passages.documents.values.ports.Builder`."""

    def build(self, content: Content) -> Built:
        """The document and its readable page."""
        pdf = write_pdf(content, synthetic=bool(settings.SYNTHETIC))
        return Built(build(content, pdf), pdf)

    def check(self, cda: bytes, content: Content) -> Sequence[Problem]:
        """Our own checks."""
        return check(cda, content.kind, settings.INS_ENVIRONMENT)

    def inspect(self, cda: bytes, content: Content) -> Inspection:
        """The official rules, where the site has them."""
        rules = official_rules()
        if rules is None:
            return Inspection((), ())
        verdicts = rules.inspect(cda, content.kind)
        problems = tuple(problem for one in verdicts for problem in one.problems)
        return Inspection(tuple(one.name for one in verdicts), problems)
