"""The words of a rule: a tree of conditions with three values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from archipel.programmes.packs.values.base import Line, Maille, Number, Source, Value


class TypeFait(StrEnum):
    """What a fact may hold."""

    BOOLEEN = "booleen"
    NOMBRE = "nombre"
    DATE = "date"
    CHOIX = "choix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choix(Line):
    """One possible value of a fact of type ``choix``."""

    id: str
    libelle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fait(Line):
    """A fact that rules read. The same id in two packs is the same fact.

    ``min`` and ``max`` bound a number (``min_exclu``: it is always strictly above ``min``); a value outside is
    refused. ``duree_jours`` is the age after which it should be looked at again.
    """

    id: str
    type: TypeFait
    maille: Maille
    libelle: str
    source: Source
    unite: str | None = None
    min: Number | None = None
    max: Number | None = None
    min_exclu: bool = False
    choix: tuple[Choix, ...] = ()
    aide: str | None = None
    preuve: str | None = None
    duree_jours: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Jalon:
    """The day of a calendar line: its date, or its last day."""

    jalon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ecart:
    """So many days after (negative: before) the day of the evaluation."""

    evaluation: int


Jour = date | Jalon | Ecart


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """Comparisons that must all hold; ``entre`` includes its bounds."""

    __test__ = False
    vaut: Value | None = None
    differe: Value | None = None
    lt: Number | None = None
    le: Number | None = None
    gt: Number | None = None
    ge: Number | None = None
    entre: tuple[Number, Number] | None = None
    parmi: tuple[str, ...] = ()
    avant: Jour | None = None
    au_plus_tard: Jour | None = None
    apres: Jour | None = None
    a_partir_du: Jour | None = None


class Sur(StrEnum):
    """The set that an aggregate walks: attached entities, or the FINESS PMSI of the project (or of the applicant)."""

    MEMBRES = "membres"
    PERIMETRE = "perimetre"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tout(Line):
    """All conditions."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Un(Line):
    """At least one condition."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Non(Line):
    """The contrary."""

    item: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class LeFait(Line):
    """A fact of the entity at hand, compared."""

    fait: str
    test: Test = field(default=Test(vaut=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class LaRegle(Line):
    """Another rule of the pack, at the same level."""

    regle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeJour(Line):
    """A condition on the day of the evaluation."""

    test: Test


@dataclass(frozen=True, slots=True, kw_only=True)
class Chez(Line):
    """The condition read at the containing entity of that level, or at the bearer of the project.

    ``absent`` is the answer where there is none; unknown without it.
    """

    chez: str
    si: Expression
    absent: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Existe(Line):
    """The entity has a containing entity of that level."""

    existe: Maille


@dataclass(frozen=True, slots=True, kw_only=True)
class Tous(Line):
    """All members meet the condition."""

    sur: Sur
    si: Expression
    maille: Maille | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuMoinsUn(Line):
    """At least one member meets the condition."""

    sur: Sur
    si: Expression
    maille: Maille | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compte(Line):
    """The number of members that meet the condition, compared."""

    sur: Sur
    si: Expression
    test: Test
    maille: Maille | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Somme(Line):
    """The sum of a number over the members, compared."""

    sur: Sur
    fait: str
    test: Test
    maille: Maille | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartPonderee(Line):
    """The share (0 to 1) of the members that meet the condition, each weighing the fact ``poids``, compared."""

    sur: Sur
    si: Expression
    poids: str
    test: Test
    maille: Maille | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Toujours(Line):
    """The same answer, always."""

    valeur: bool


Expression = (
    Tout | Un | Non | LeFait | LaRegle | LeJour | Chez | Existe | Tous | AuMoinsUn | Compte | Somme | PartPonderee
    | Toujours
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Regle(Line):
    """A named rule, and the condition that it states."""

    id: str
    libelle: str
    maille: Maille
    source: Source
    si: Expression
    note: str | None = None
