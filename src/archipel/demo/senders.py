"""How each member of the GHT writes: every hospital has its own system, some poorer than others. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from archipel.territory.reference_values import RefGht

_SMALL_WORDS = frozenset({"de", "du", "des", "la", "le", "les", "d", "l", "et", "en", "sur", "site", "ch", "chu"})


@dataclass(frozen=True, slots=True)
class Sender:
    """One sending system (the GAM of a legal entity)."""

    finess: str
    """FINESS EJ: universal id of its authorities and of MSH-4."""
    namespace: str
    application: str
    """MSH-3."""
    charset: str
    """MSH-18: 8859/1 or UNICODE UTF-8."""
    codec: str
    """The Python codec of that charset."""
    rooms: bool = True
    """False: PV1-3 names the UF only, and moves within a UF are not sent."""
    expected_exits: bool = True
    """Sends A16 and A25."""
    orientation: bool = True
    """Sends A15 and A26."""
    identities: bool = True
    """Sends A28."""
    fills_zbe3: bool = False
    """Fills ZBE-3, which the profile forbids."""
    venue_is_vn: bool = False
    """PV1-51 = V: the venue is PV1-19, because dossier numbers are used again."""
    wish_as_uf: bool = False
    """A15 asks for a UF code rather than a filière."""
    consents: bool = True
    """Sends ZFA and ZFD."""

    def authority(self, kind: str) -> str:
        """A CX-4: ``N`` for patients and movements, ``M`` for dossiers and places."""
        return f"{self.namespace}&{self.finess}&{kind}"


def _words(name: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    plain = plain.partition("(")[0]
    return "".join(c if c.isalnum() else " " for c in plain).split()


def short_name(name: str) -> str:
    """``CHU Dijon Bourgogne`` → ``CHU-DIJON``; ``CH de la Haute Côte-d'Or`` → ``CH-HAUTE-COTE``."""
    words = _words(name)
    head = words[0].upper() if words and words[0].lower() in ("ch", "chu", "chi", "chs", "ehpad") else "ETS"
    useful = [w.upper() for w in words if w.lower() not in _SMALL_WORDS]
    kept = useful[: 1 if head == "CHU" or (useful and len(useful[0]) > 5) else 2]
    return "-".join([head, *(w for w in kept if w != head)])[:20]


def make_senders(ght: RefGht) -> dict[str, Sender]:
    """The sender of each EJ, by FINESS; the same for every run."""
    senders: dict[str, Sender] = {}
    taken: set[str] = set()
    for index, ej in enumerate(ght.ejs):
        name = short_name(ej.nom)
        if name in taken:
            name = f"{name}-{ej.finess.value[-4:]}"
        taken.add(name)
        small = not any(eg.urgences for eg in ej.egs) and ej.role != "S"
        utf8 = index % 2 == 0
        senders[ej.finess.value] = Sender(
            finess=ej.finess.value,
            namespace=name,
            application=f"GAM-{name.partition('-')[2] or name}"[:20],
            charset="UNICODE UTF-8" if utf8 else "8859/1",
            codec="utf-8" if utf8 else "latin-1",
            rooms=not (small and index % 2 == 1 and ej.lits() < 60),
            expected_exits=not (small and index % 3 == 1),
            orientation=index % 4 != 3,
            identities=index % 3 != 2,
            fills_zbe3=index % 4 == 1,
            venue_is_vn=index % 4 == 2,
            wish_as_uf=index % 3 == 1,
            consents=index % 5 != 4,
        )
    return senders
