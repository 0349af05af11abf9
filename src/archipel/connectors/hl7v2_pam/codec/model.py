"""What the translator is given about a sender, and what it gives back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from archipel.connectors.hl7v2_pam.codec.times import zone
from archipel.domains.flow.values import MovementFact, VenueOwnerFact
from archipel.identity.values import IdentityAssertion, MergeAssertion
from archipel.kernel.errors import Invalid
from archipel.kernel.ins import allowed_oids

_EMPTY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Profile:
    """How one sender writes.

    Raises:
        Invalid: unknown time zone or INS environment.
    """

    timezone: str = "Europe/Paris"
    charset: str = "8859/1"
    """HL7 name of the charset used when MSH-18 is empty."""
    strict: bool = False
    """True: a departure from PAM France parks the message; False: it is accepted with a warning."""
    authority: str = ""
    """Assigning authority of identifiers that carry none; when empty, MSH-4."""
    authorities: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    """Received authority (universal id or namespace) → the establishment's own name for it."""
    uf_map: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    """Received UF code → code in the structure."""
    ins_environment: str = "test"

    def __post_init__(self) -> None:
        allowed_oids(self.ins_environment)
        try:
            zone(self.timezone)
        except (ValueError, KeyError, OSError) as error:
            raise Invalid(f"Fuseau horaire « {self.timezone[:40]} » inconnu.") from error


@dataclass(frozen=True, slots=True)
class Translation:
    """What one message says, in the vocabulary of flow and identity."""

    event: str
    outcome: Literal["translated", "ignored"]
    reason: str = ""
    """French sentence, when ignored."""
    movements: tuple[MovementFact, ...] = ()
    owners: tuple[VenueOwnerFact, ...] = ()
    identities: tuple[IdentityAssertion, ...] = ()
    merges: tuple[MergeAssertion, ...] = ()
    attributes: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """Other facts, all texts or booleans: DMP consents, PMSI modes, expected admission …"""
    warnings: tuple[str, ...] = ()
    """French sentences naming segment and field."""
