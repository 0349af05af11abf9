"""Where a document goes: consent and masking first, then the combinations that the platform accepts.

A mask asked for is never lifted, an objection never overruled; what remains is the widest allowed combination.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from archipel.passages.documents.values.routing import Flags, Situation, Wishes

ANY = frozenset({False, True})
NO, YES = frozenset({False}), frozenset({True})

MSSANTE_ROWS: tuple[Mapping[str, frozenset[bool]], ...] = (
    {
        "masque_ps": NO, "invisible_patient": NO, "invisible_rep_legaux": NO, "connexion_secrete": ANY,
        "dest_dmp": ANY, "dest_mss_ps": YES, "dest_mss_patient": YES,
    },
    {
        "masque_ps": NO, "invisible_patient": YES, "invisible_rep_legaux": NO, "connexion_secrete": ANY,
        "dest_dmp": ANY, "dest_mss_ps": YES, "dest_mss_patient": NO,
    },
    {
        "masque_ps": ANY, "invisible_patient": NO, "invisible_rep_legaux": ANY, "connexion_secrete": NO,
        "dest_dmp": NO, "dest_mss_ps": NO, "dest_mss_patient": YES,
    },
)  # fmt: skip
"""Every combination that sends mail (CI-SIS, volet 2.1, « règles de gestion MSSanté », exhaustive: any other is an
error of the platform). What a row does not name may be either."""


def allowed(flags: Flags) -> bool:
    """Whether the platform takes this combination: a row of :data:`MSSANTE_ROWS`, or the DMP alone."""
    if not flags.anywhere:
        return False
    if not (flags.dest_mss_ps or flags.dest_mss_patient):
        return flags.dest_dmp
    return any(all(getattr(flags, name) in values for name, values in row.items()) for row in MSSANTE_ROWS)


@dataclass(frozen=True, slots=True)
class Routing:
    """The decision: flags, and why each destination was kept or left out (French)."""

    flags: Flags
    reasons: tuple[str, ...]


def decide(situation: Situation, wishes: Wishes) -> Routing:
    """The widest combination that the patient's choices, the masks and the platform allow.

    The DMP counts before the professionals, and they before the patient's own box. ``flags.anywhere`` is false when
    the document may go nowhere: the reasons say why.
    """
    may, reasons = _may(situation, wishes)
    masks = Flags(
        masque_ps=wishes.masque_ps,
        invisible_patient=wishes.invisible_patient or situation.deceased or situation.secret_stay,
        invisible_rep_legaux=wishes.invisible_rep_legaux and situation.minor,
        connexion_secrete=situation.secret_stay,
    )
    best = max((one for one in _candidates(masks, may) if allowed(one)), key=_width, default=None)
    if best is None:
        return Routing(masks, (*reasons, *_lost(masks, may)))
    return Routing(best, (*reasons, *_lost(best, may)))


def _may(situation: Situation, wishes: Wishes) -> tuple[Flags, tuple[str, ...]]:
    """The destinations that consent and identity leave open."""
    reasons: list[str] = []
    dmp, professionals, patient = wishes.dmp, wishes.professionals, wishes.patient
    if not situation.ins_qualified:
        reasons.append("L'identité n'est pas qualifiée : sans INS, le document ne part pas.")
        return Flags(), tuple(reasons)
    if situation.dmp_feeding == "IO":
        if dmp:
            reasons.append("Le patient, informé, s'oppose à l'alimentation de son DMP (ZFA-9 : IO).")
        dmp = False
    elif dmp and situation.dmp_feeding in ("", "NA"):
        reasons.append("L'information sur le DMP n'est pas tracée (ZFA-9) : pas d'opposition connue.")
    if situation.deceased:
        if patient or dmp:
            reasons.append("Le patient est décédé : ni DMP ni messagerie citoyenne.")
        dmp = patient = False
    if situation.secret_stay:
        if patient:
            reasons.append("Séjour secret : rien n'est adressé à la messagerie citoyenne.")
        patient = False
    if wishes.invisible_patient and patient:
        reasons.append("Document non visible par le patient : rien n'est adressé à sa messagerie.")
        patient = False
    return Flags(dest_dmp=dmp, dest_mss_ps=professionals, dest_mss_patient=patient), tuple(reasons)


def _candidates(masks: Flags, may: Flags) -> Iterator[Flags]:
    choices = ((False, True) if open_ else (False,) for open_ in (may.dest_dmp, may.dest_mss_ps, may.dest_mss_patient))
    for dmp, professionals, patient in product(*choices):
        yield replace(masks, dest_dmp=dmp, dest_mss_ps=professionals, dest_mss_patient=patient)


def _width(flags: Flags) -> tuple[bool, bool, bool]:
    return flags.dest_dmp, flags.dest_mss_ps, flags.dest_mss_patient


def _lost(chosen: Flags, may: Flags) -> list[str]:
    """What was open and that no accepted combination keeps."""
    words = {
        "dest_dmp": "Avec ce masquage, la plateforme n'accepte pas le DMP en plus des autres destinations.",
        "dest_mss_ps": "La plateforme n'envoie aux professionnels que si le patient reçoit aussi le document, ou s'il "
        "ne lui est pas visible, et sans masquage aux professionnels (règles MSSanté du CI-SIS).",
        "dest_mss_patient": "La plateforme n'accepte la messagerie citoyenne en plus du DMP que si un professionnel "
        "reçoit aussi le document (règles MSSanté du CI-SIS).",
    }
    return [text for name, text in words.items() if getattr(may, name) and not getattr(chosen, name)]
