"""The pure codec of CDA R2: a content in, bytes out, and what our own checks say of them. No Django, no I/O."""

from archipel.connectors.cda.codec.checks import check
from archipel.connectors.cda.codec.document import build

__all__ = ["build", "check"]
