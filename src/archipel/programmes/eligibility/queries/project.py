"""A project of several establishments: who of them is eligible, and what the rules ask of the project itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Invalid, NotFound
from archipel.programmes.eligibility.queries.ground import Ground, ground
from archipel.programmes.eligibility.queries.projects import projects_of
from archipel.programmes.eligibility.queries.verdicts import answer, explain, rows
from archipel.programmes.eligibility.rules.questions import admissibility_of, questions_of
from archipel.programmes.eligibility.values import Answer, Explained, ProjectLink
from archipel.programmes.facts.public import Subject
from archipel.programmes.packs.public import Cellule, Donnee, Fait, Maille, Pack, Projet, Value, Verdict
from archipel.programmes.packs.public import packs as packs_in_force
from archipel.programmes.perimetre.public import Key, Kind

CODE = "projet"
COUNTED = "nombre-projets-"
"""The fact of a FINESS PMSI that counts its projects in a programme, the one asked about included."""


@dataclass(frozen=True, slots=True)
class Perimeter:
    """A project asked about: the FINESS PMSI that bears it, those of its parties, and what is known of it.

    ``dossier`` is its number where it exists, so that it is not counted twice among the projects of its establishments.
    """

    pack: str
    theme: str
    bearer: str
    parties: tuple[str, ...] = ()
    facts: Mapping[str, Value] = field(default_factory=dict)
    source: str = "dit pour ce projet"
    dossier: str = ""

    @property
    def members(self) -> tuple[str, ...]:
        """Every FINESS PMSI, the bearer first, each once."""
        return tuple(dict.fromkeys((self.bearer, *self.parties)))


@dataclass(frozen=True, slots=True)
class PartyAnswer:
    """One establishment of the perimeter: its own eligibility, and its projects, this one excepted."""

    code: str
    name: str
    bearer: bool
    answers: tuple[Answer, ...]
    projects: tuple[ProjectLink, ...] | None
    """None: nobody tells which projects it has."""


@dataclass(frozen=True, slots=True)
class ProjectAnswer:
    """What the rules say of a project."""

    ground: Ground
    pack: Pack
    verdict: Verdict
    """Of all that is asked of the project together: yes when every rule is met, no when one is not."""
    rules: tuple[Explained, ...]
    parties: tuple[PartyAnswer, ...]
    asked: tuple[Fait, ...]
    """The facts of the project itself that its rules read."""
    weight: Fait | None = None
    """The number that is summed over the perimeter (it decides of the ceiling)."""
    total: Decimal | None = None
    """Its sum; None when one of them is unknown or contradicted."""
    missing: tuple[str, ...] = ()
    """The establishments for which it is."""


def project(*, scope: Scope, at: date, perimeter: Perimeter, known_at: datetime | None = None) -> ProjectAnswer:
    """What the rules of a programme say of a project, at a date.

    Args:
        scope: facts of establishments out of it are unknown.
        at: the date.
        perimeter: the project.
        known_at: as it was known at that moment.

    Raises:
        Denied: no such right anywhere. NotFound: unknown pack, theme or FINESS PMSI. Invalid: nobody bears it.
    """
    scope.require(Capability.VOIR_PROGRAMMES)
    pack = next((one for one in packs_in_force(at=at) if one.pack == perimeter.pack), None)
    if pack is None or (perimeter.theme and pack.theme(perimeter.theme) is None):
        raise NotFound("Ce programme ou ce thème n'existe pas.", code="question-inconnue")
    if not perimeter.bearer:
        raise Invalid("Choisissez l'établissement porteur.", code="porteur-absent", field="porteur")
    here = ground(scope=scope, at=at, known_at=known_at, packs=[pack])
    members = [_pmsi(here, code) for code in perimeter.members]
    told = projects_of(scope, pack.pack, [key.code for key in members], at, perimeter.dossier)
    key = ("projet", perimeter.dossier or CODE)
    _complete(here, pack, perimeter, key, members, told)
    parties = tuple(_party(here, pack, perimeter, one, told) for one in members)
    questions = admissibility_of(pack, at, perimeter.theme)
    found = [answer(here, question, _project_key(key)) for question in questions]
    rules = tuple(explain(here, one) for one in found)
    weight, total, missing = _sum(here, pack, members)
    return ProjectAnswer(
        here,
        pack,
        _together([one.verdict for one in found]),
        rules,
        parties,
        project_facts(pack),
        weight,
        total,
        missing,
    )


def project_facts(pack: Pack) -> tuple[Fait, ...]:
    """The facts of a project that a pack's rules read."""
    return tuple(fact for fact in pack.faits if fact.maille is Maille.PROJET)


def _project_key(key: tuple[str, str]) -> Key:
    return Key(key[0], key[1])  # type: ignore[arg-type]  # a project is no node: it is only an entity of the rules


def _pmsi(here: Ground, code: str) -> Key:
    key = Key(Kind.PMSI, code.strip())
    if key not in here.graph.nodes:
        (row,) = rows(here.graph, [code.strip()])[:1] or (None,)
        if row is None or row.key.kind is not Kind.PMSI:
            raise NotFound(f"« {code[:20]} » n'est pas un FINESS PMSI du périmètre.", code="finess-inconnu")
        return row.key
    return key


def _complete(
    here: Ground,
    pack: Pack,
    perimeter: Perimeter,
    key: tuple[str, str],
    members: Sequence[Key],
    told: Mapping[str, Sequence[ProjectLink]] | None,
) -> None:
    """Draw the project over the graph, and add what is known of it to the facts."""
    entities = [(one.kind.value, one.code) for one in members]
    facts: dict[Cellule, tuple[Donnee, ...]] = dict(here.facts)
    for fact, value in perimeter.facts.items():
        facts[fact, key] = (Donnee(value, perimeter.source, here.at),)
    counted = COUNTED + pack.pack
    if told is not None and pack.fact(counted):
        for one, entity in zip(members, entities, strict=True):
            count = len(told.get(one.code, ())) + 1
            facts[counted, entity] = (Donnee(count, "dossiers de projets, celui-ci compris", here.at),)
    here.facts = facts
    here.runs[pack.pack] = here.run(pack.pack).engine.run(
        here.run(pack.pack).network.with_projects([Projet(key, entities[0], tuple(entities))]), facts, here.at
    )


def _party(
    here: Ground,
    pack: Pack,
    perimeter: Perimeter,
    key: Key,
    told: Mapping[str, Sequence[ProjectLink]] | None,
) -> PartyAnswer:
    asked = [q for q in questions_of(pack, here.at) if q.theme == perimeter.theme or not q.theme]
    answers = [
        answer(here, question, target)
        for question in asked
        for target in here.graph.at_level(key, Kind(question.maille.value))
    ]
    links = None if told is None else tuple(told.get(key.code, ()))
    name = here.name(Subject(Maille.FINESS_PMSI, key.code))
    return PartyAnswer(key.code, name, key.code == perimeter.bearer, tuple(answers), links)


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    if Verdict.NON in verdicts:
        return Verdict.NON
    return Verdict.INCONNU if Verdict.INCONNU in verdicts else Verdict.OUI


def _sum(here: Ground, pack: Pack, members: Sequence[Key]) -> tuple[Fait | None, Decimal | None, tuple[str, ...]]:
    caps = pack.financement.plafonds if pack.financement else None
    fact = pack.fact(caps.fait) if caps else None
    if fact is None:
        return None, None, ()
    values, missing = [], []
    for key in members:
        reading = here.ledger.reading(Subject(fact.maille, key.code), fact.id)
        if reading.known and isinstance(reading.value, int | Decimal):
            values.append(Decimal(reading.value))
        else:
            missing.append(here.name(Subject(Maille.FINESS_PMSI, key.code)))
    return fact, (None if missing else sum(values, Decimal(0))), tuple(missing)
