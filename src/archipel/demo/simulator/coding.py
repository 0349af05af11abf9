"""What the emergency team writes about a passage when it ends: severity, diagnosis, transport. Invented, pure.

Drawn from the number of the venue, never from the dice of the simulation: the same passage is always coded the same,
and coding changes nothing of what happens. Some items are left out and a few contradict another, as in real life.
"""

from __future__ import annotations

from random import Random

_CCMU = {1: "5", 2: "4", 3: "3", 4: "2", 5: "1"}
"""Triage level → usual severity of a patient who stays; one less for a patient who goes home."""
_HOME = {1: "4", 2: "3", 3: "2", 4: "2", 5: "1"}
_CHILD = ("J069", "H669", "J219", "R509", "A099", "S018", "S525", "S602", "R104", "B349", "J459", "S060")
_ADULT_HOME = (
    "S934", "S611", "S602", "M545", "R104", "N23", "R51", "R074", "S018", "S525", "L029", "N390", "F410", "G439",
    "J029", "Z000", "S800", "T784", "A099", "R42",
)  # fmt: skip
_ADULT_KEPT = {
    "MED": ("J189", "I500", "N10", "R55", "K922", "E119", "J441", "I269", "A419", "N179", "R53", "G459"),
    "CHI": ("K358", "K566", "K805", "S826", "S525", "N23", "L029", "S420"),
    "GER": ("S720", "R53", "I500", "J189", "E86", "R55", "N390", "I639"),
    "SCA": ("A419", "J960", "I219", "I639", "I200"),
    "PSY": ("F329", "F430", "F410"),
}
_ACTS = {"S": ("NGQK001", "MGQK001", "MDQK001"), "J": ("ZBQK002",), "I": ("DEQP003", "ZBQK002"), "R": ("DEQP003",),
         "K": ("ZCQM008",), "N": ("ZCQM008",)}  # fmt: skip
_CHRONIC = ("I10", "E119", "I480", "J441")
_TRANSPORT = {
    1: (("SMUR", "MED"), ("SMUR", "MED"), ("HELI", "MED")),
    2: (("VSAB", "PARAMED"), ("AMBU", "PARAMED"), ("SMUR", "MED")),
    3: (("AMBU", "PARAMED"), ("VSAB", "PARAMED"), ("PERSO", "AUCUN")),
    4: (("PERSO", "AUCUN"), ("PERSO", "AUCUN"), ("AMBU", "AUCUN")),
    5: (("PERSO", "AUCUN"),),
}


def summary(number: str, *, triage: int, age: int, need: str, left_unseen: bool = False) -> dict[str, str]:
    """The items that the team enters; a list is separated by spaces.

    Args:
        number: of the venue: what the draw comes from.
        triage: level, 1 to 5.
        age: years.
        need: filière of the bed asked for, empty for a patient who goes home.
        left_unseen: gone without waiting.
    """
    draw = Random(f"rpu|{number}")  # noqa: S311 - a simulation
    transport, care = draw.choice(_TRANSPORT[triage])
    found = {"transport": transport, "transport_pec": care, "provenance": "8" if draw.random() < 0.9 else "5"}
    if left_unseen:
        return found | {"motif": draw.choice(_ADULT_HOME), "orientation": "PSA"}
    pool = _CHILD if age < 16 else _ADULT_KEPT.get(need, _ADULT_KEPT["MED"]) if need else _ADULT_HOME
    main = draw.choice(pool)
    found |= {"motif": main, "gravite": (_CCMU if need else _HOME)[triage], "dp": main}
    if need in ("SCA", "SCP"):
        found["orientation"] = draw.choice(("REA", "SI", "SC"))
    if age > 65 and draw.random() < 0.6:
        found["da"] = " ".join(sorted(set(draw.sample(_CHRONIC, 2)) - {main}))
    if draw.random() < 0.7:
        found["actes"] = draw.choice(_ACTS.get(main[0], ("DEQP003",)))
    for item, share in (("dp", 0.06), ("gravite", 0.03), ("transport", 0.04), ("motif", 0.03)):
        if draw.random() < share:
            found.pop(item, None)
    if draw.random() < 0.01:
        found["transport"], found["transport_pec"] = "PERSO", "MED"
    return found
