"""From a received MFN^M05 to a proposal that waits for approval, or to a publication where the profile says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from archipel.connectors.hl7v2_pam.structure.codec import SERVICES, TYPES, MfnProfile, mfn_changes
from archipel.foundation.scope import Scope
from archipel.kernel.errors import Invalid
from archipel.kernel.hl7v2.charset import decode
from archipel.kernel.hl7v2.er7 import parse
from archipel.kernel.hl7v2.problems import CodecError
from archipel.territory import public as territory
from archipel.territory.values import FILIERE_LABELS, Kind

_KEYS = frozenset({"types", "services", "characteristics", "automatic"})


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a structure message; ``publication`` is None while it waits."""

    proposal: int
    publication: int | None
    entities: int
    problems: int
    reason: str


def mfn_profile(establishment: str, value: Mapping[str, Any] | None = None) -> MfnProfile:
    """Read the ``structure`` part of a sender's stored profile.

    Raises:
        Invalid: an unknown key, kind or filière, so that a misspelling is noticed.
    """
    value = value or {}
    if unknown := set(value) - _KEYS:
        raise Invalid(f"Profil de structure : clé « {sorted(unknown)[0]} » inconnue.", code="profil-invalide")
    kinds = {kind.value: kind for kind in Kind}
    types, services = dict(TYPES), dict(SERVICES)
    for code, name in value.get("types", {}).items():
        if name not in kinds:
            raise Invalid(f"Profil de structure : type « {name} » inconnu.", code="profil-invalide")
        types[code] = kinds[name]
    for code, filiere in value.get("services", {}).items():
        if filiere not in FILIERE_LABELS:
            raise Invalid(f"Profil de structure : filière « {filiere} » inconnue.", code="profil-invalide")
        services[code] = filiere
    return MfnProfile(
        establishment, types, services, dict(value.get("characteristics", {})), bool(value.get("automatic", False))
    )


def receive(*, scope: Scope, raw: bytes, profile: MfnProfile, charset: str = "8859/1") -> Received:
    """Keep what a structure message says as a proposal; publish it when the profile is automatic and nothing forbids.

    Args:
        scope: the system's, with the structure capability for the profile's establishment.
        raw: the content of the frame.
        profile: how this structure master writes.
        charset: the sender's, where MSH-18 is empty.

    Raises:
        Denied: the scope may not propose.
    """
    text = decode(raw, charset).text
    statements, problems = mfn_changes(text, profile)
    try:
        control = parse(text).get("MSH", 10)
    except CodecError:
        control = ""
    info = territory.propose(
        scope=scope, kind="mfn", name=control or "sans identifiant", raw=raw, statements=statements,
        problems=problems, effective_on=timezone.localdate(),
    )  # fmt: skip
    waiting = "il attend une décision sur la page « Structure », propositions."
    if not profile.automatic:
        return Received(info.id, None, len(statements), len(problems), f"MFN^M05 : {waiting}")
    _, run = territory.examine(scope=scope, proposal=info.id)
    if not run.publishable:
        why = "des problèmes empêchent de le publier" if run.blocking else "il ne change rien"
        return Received(info.id, None, len(statements), len(run.problems), f"MFN^M05 : {why} ; {waiting}")
    done = territory.publish_proposal(
        scope=scope, proposal=info.id, expected=run.digest, reason="Publication automatique (profil de l'émetteur)"
    )
    reason = f"MFN^M05 : structure publiée (publication n° {done.id})."
    return Received(info.id, done.id, len(statements), len(run.problems), reason)
