"""The structure of today, for the boards: small frozen rows from the projections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils import timezone

from archipel.territory.models import CodeMapping, Etablissement, Lit, Site, Uf, Version
from archipel.territory.values import FILIERE_LABELS, Kind


@dataclass(frozen=True, slots=True)
class EstablishmentInfo:
    """A legal entity of the group; ``code`` is its FINESS EJ or a provisional ``~code``."""

    code: str
    name: str
    short_name: str
    ght: str
    support: bool
    provisional: bool

    @property
    def label(self) -> str:
        """The short name, else the name."""
        return self.short_name or self.name


@dataclass(frozen=True, slots=True)
class Installed:
    """Beds and places declared for one filière at one site (SAE), and for which year."""

    filiere: str
    lits: int
    places: int
    annee: int

    @property
    def label(self) -> str:
        """The filière in words."""
        return FILIERE_LABELS.get(self.filiere, self.filiere)


@dataclass(frozen=True, slots=True)
class SiteInfo:
    """A geographic site; coordinates are WGS 84 degrees, None when unknown."""

    finess: str
    establishment: str
    name: str
    commune: str
    commune_insee: str
    latitude: float | None
    longitude: float | None
    provisional: bool
    installed: tuple[Installed, ...] = ()
    """Declared capacity; reference figures, not live beds."""
    emergency: tuple[str, ...] = ()
    """GEN and/or PED when the site declares an emergency department."""


@dataclass(frozen=True, slots=True)
class UfInfo:
    """A UF; ``site`` is a FINESS EG ("" when unknown), ``pole`` and ``service`` are names."""

    establishment: str
    code: str
    name: str
    site: str
    pole: str
    service: str
    filiere: str
    types: tuple[str, ...]
    tracks_cleaning: bool
    protected_beds: int
    provisional: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class BedInfo:
    """A bed, or a place of an emergency department (see ``usage``)."""

    establishment: str
    uf: str
    chambre: str
    lit: str
    name: str
    usage: str
    single: bool
    isolation: bool
    position: int
    provisional: bool
    closed: bool


def establishments(ght: str | None = None) -> list[EstablishmentInfo]:
    """The legal entities of the group (or of every group), the supporting one first."""
    rows = Etablissement.objects.order_by("-support", "provisional", "name")
    if ght is not None:
        rows = rows.filter(ght=ght)
    return [
        EstablishmentInfo(*values)
        for values in rows.values_list("code", "name", "short_name", "ght", "support", "provisional")
    ]


def establishment_names() -> dict[str, str]:
    """Code → short name of every establishment."""
    return {row.code: row.label for row in establishments()}


def _declared() -> dict[str, tuple[tuple[Installed, ...], tuple[str, ...]]]:
    today = timezone.localdate()
    rows = Version.objects.filter(entity__kind=Kind.EG.value, superseded_at=None, valid_from__lte=today)
    found: dict[str, tuple[tuple[Installed, ...], tuple[str, ...]]] = {}
    for code, attributes in rows.order_by("valid_from").values_list("entity__code", "attributes"):
        capacity = tuple(
            Installed(filiere, values.get("lits", 0), values.get("places", 0), values.get("annee", 0))
            for filiere, values in sorted(attributes.get("capacites", {}).items())
        )
        found[code] = capacity, tuple(sorted(attributes.get("urgences", {})))
    return found


def sites(establishment: str | None = None) -> list[SiteInfo]:
    """The geographic sites, of one legal entity or of all, with their declared capacity."""
    rows = Site.objects.order_by("establishment", "name")
    if establishment is not None:
        rows = rows.filter(establishment=establishment)
    declared = _declared()
    return [
        SiteInfo(*values, *declared.get(values[0], ((), ())))
        for values in rows.values_list(
            "finess", "establishment", "name", "commune", "commune_insee", "latitude", "longitude", "provisional"
        )
    ]


_UF = (
    "establishment", "code", "name", "site", "pole", "service", "filiere", "types", "tracks_cleaning",
    "protected_beds", "provisional", "closed",
)  # fmt: skip
_BED = (
    "establishment", "uf", "chambre", "lit", "name", "usage", "single", "isolation", "position", "provisional",
    "closed",
)  # fmt: skip


def ufs(establishment_codes: Iterable[str] | None = None) -> list[UfInfo]:
    """The UF of some establishments, or of all; the closed ones too (see ``closed``)."""
    rows = Uf.objects.order_by("establishment", "code")
    if establishment_codes is not None:
        rows = rows.filter(establishment__in=list(establishment_codes))
    return [UfInfo(**{**values, "types": tuple(values["types"])}) for values in rows.values(*_UF)]


def beds(establishment_codes: Iterable[str] | None = None, uf: str | None = None) -> list[BedInfo]:
    """The beds of some establishments (or of all), of one UF where given, in the order to show them."""
    rows = Lit.objects.order_by("establishment", "uf", "position", "chambre", "lit")
    if establishment_codes is not None:
        rows = rows.filter(establishment__in=list(establishment_codes))
    if uf is not None:
        rows = rows.filter(uf=uf)
    return [BedInfo(*values) for values in rows.values_list(*_BED)]


def uf_index(establishment: str) -> dict[str, UfInfo]:
    """Code → UF of one establishment."""
    return {info.code: info for info in ufs([establishment])}


def bed_index(establishment: str) -> dict[tuple[str, str, str], BedInfo]:
    """(uf, chambre, lit) → bed of one establishment."""
    return {(info.uf, info.chambre, info.lit): info for info in beds([establishment])}


def code_mapping(establishment: str, kind: Kind = Kind.UF) -> Mapping[str, str]:
    """Received code → code of the structure, from merges; for the reading profile of the establishment's senders.

    For :attr:`Kind.EJ` the answer has at most one entry: the provisional code and the establishment it became.
    """
    rows = CodeMapping.objects.filter(kind=kind.value, establishment=establishment).exclude(target_code="")
    return MappingProxyType(dict(rows.values_list("code", "target_code")))


def rejected_codes(establishment: str, kind: Kind = Kind.UF) -> frozenset[str]:
    """Received codes that somebody said are mistakes: a message that uses one is parked rather than applied."""
    rows = CodeMapping.objects.filter(kind=kind.value, establishment=establishment, target_code="")
    return frozenset(rows.values_list("code", flat=True))


def provisional_counts() -> dict[str, int]:
    """Establishment → provisional UF and beds that wait for validation."""
    found: dict[str, int] = defaultdict(int)
    for model in (Uf, Lit):
        for code in model._default_manager.filter(provisional=True).values_list("establishment", flat=True):
            found[code] += 1
    return dict(found)
