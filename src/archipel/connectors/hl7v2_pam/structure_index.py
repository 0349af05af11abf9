"""What the structure knows, kept in memory while messages stream: which UF and beds exist, and where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from archipel.connectors.hl7v2_pam.codec import Rejected
from archipel.domains.flow import public as flow
from archipel.domains.flow.values import MovementFact
from archipel.foundation.bulk import raw_cursor
from archipel.territory import public as territory

Bed = tuple[str, str, str]


class StructureIndex:
    """The known UF and beds of each establishment, read once and after each change seen."""

    def __init__(self) -> None:
        self._ufs: dict[str, set[str]] = {}
        self._beds: dict[str, set[Bed]] = {}
        self._sites: dict[tuple[str, str], str] = {}
        self._rejected: dict[str, frozenset[str]] = {}

    def forget(self) -> None:
        """Read everything again at the next question."""
        self._ufs.clear()
        self._beds.clear()
        self._sites.clear()
        self._rejected.clear()

    def _load(self, establishment: str) -> None:
        cursor = raw_cursor()
        cursor.execute("SELECT code, site FROM territory_uf WHERE establishment = %s", [establishment], prepare=True)
        rows = cursor.fetchall()
        self._ufs[establishment] = {row[0] for row in rows}
        self._sites.update({(establishment, row[0]): row[1] for row in rows})
        cursor.execute(
            "SELECT uf, chambre, lit FROM territory_lit WHERE establishment = %s", [establishment], prepare=True
        )
        self._beds[establishment] = {(row[0], row[1], row[2]) for row in cursor.fetchall()}

    def unknown(self, establishment: str, facts: Iterable[MovementFact]) -> tuple[set[str], set[Bed]]:
        """The UF and beds that the facts name and the structure does not know."""
        if establishment not in self._ufs:
            self._load(establishment)
        ufs, beds = self._ufs[establishment], self._beds[establishment]
        new_ufs: set[str] = set()
        new_beds: set[Bed] = set()
        for fact in facts:
            place = fact.place
            for uf in (fact.uf_medicale, fact.uf_soins, place.uf if place else ""):
                if uf and uf not in ufs:
                    new_ufs.add(uf)
            if place and place.uf and (place.chambre or place.lit):
                bed = (place.uf, place.chambre, place.lit)
                if bed not in beds:
                    new_beds.add(bed)
        return new_ufs, new_beds

    def require_known(self, establishment: str, facts: Sequence[MovementFact]) -> None:
        """Strict profile: refuse what the structure does not know.

        Raises:
            Rejected: naming the segment and field.
        """
        ufs, beds = self.unknown(establishment, facts)
        if ufs or beds:
            self._load(establishment)
            ufs, beds = self.unknown(establishment, facts)
        if ufs:
            raise Rejected("PV1", "3.1", sorted(ufs)[0], "une UF de la structure (profil strict)")
        if beds:
            raise Rejected("PV1", "3", "^".join(sorted(beds)[0]), "un lit de la structure (profil strict)")

    def refuse_rejected(self, establishment: str, facts: Sequence[MovementFact]) -> None:
        """Tolerant profile: a UF that somebody said is a mistake parks the message rather than come back.

        Raises:
            Rejected: naming the segment and field.
        """
        if establishment not in self._rejected:
            self._rejected[establishment] = territory.rejected_codes(establishment)
        rejected = self._rejected[establishment]
        if not rejected:
            return
        for fact in facts:
            place = fact.place.uf if fact.place else ""
            for field, uf in (("PV1-3.1", place), ("ZBE-7", fact.uf_medicale), ("ZBE-8", fact.uf_soins)):
                if uf in rejected:
                    segment, _, number = field.partition("-")
                    raise Rejected(segment, number, uf, "une UF qui n'a pas été rejetée lors de la validation")

    def create_unknown(self, received: Sequence[flow.Received[MovementFact]]) -> None:
        """Tolerant profile: create what is unknown as provisional, listed for validation."""
        by_place: dict[str, list[flow.Received[MovementFact]]] = defaultdict(list)
        for item in received:
            by_place[item.establishment].append(item)
        for establishment, items in by_place.items():
            ufs, beds = self.unknown(establishment, (item.fact for item in items))
            if not ufs and not beds:
                continue
            territory.ensure_provisional(
                establishment=establishment,
                name="",
                ufs=ufs | {bed[0] for bed in beds if bed[0] not in self._ufs[establishment]},
                beds=beds,
                source=f"message:{items[0].message_id}",
            )
            self._load(establishment)
            self._beds[establishment] |= beds  # a room without a bed is known too

    def sites_of(self, places: Iterable[tuple[str, str]]) -> set[str]:
        """The sites (FINESS EG) on which the given UF work."""
        return {site for place in places if (site := self._sites.get(place, ""))}
