"""What is asked: establishments, themes, bands, rules, wishes; its frozen form (JSON) and digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from archipel.kernel.errors import Invalid
from archipel.programmes.funding.rules.caps import checked_bands
from archipel.programmes.funding.values import Band, Party

FORMAT = 1
MOST_ENUMERATED = 20
"""Establishments whose every perimeter is looked at one by one (2 to the power 20 is about a million)."""
MOST = 60
"""Establishments at most, when no option needs every perimeter to be looked at."""


class Whose(StrEnum):
    """Whose eligibility a theme asks for. The source names the applicant; it says nothing of the parties."""

    TOUS = "tous"
    PORTEUR = "porteur"


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme, and the establishments (FINESS PMSI) eligible for it."""

    id: str
    label: str
    eligible: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lock:
    """A project that must be in the plan."""

    theme: str
    perimeter: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits of a plan.

    ``per_finess``: projects of an establishment, as bearer or party. ``distinct_themes``: an establishment takes part
    in one project of a theme at most (the source does not say it; nobody would file twice). ``minimum``: establishments
    of a project at least. ``at_most``: projects of the plan at most.
    """

    per_finess: int = 2
    distinct_themes: bool = True
    whose: Whose = Whose.TOUS
    minimum: int = 1
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """A question to the optimiser. ``spend`` bounds what a project may use by the planned spend of its parties."""

    parties: tuple[Party, ...]
    themes: tuple[Theme, ...]
    bands: tuple[Band, ...]
    rules: Rules = Rules()
    locks: tuple[Lock, ...] = ()
    apart: tuple[frozenset[str], ...] = ()
    """Pairs of establishments that are never in one project."""
    barred: frozenset[tuple[str, str]] = frozenset()
    """(FINESS, theme): not in a project of this theme."""
    spend: Mapping[tuple[str, str], int] | None = None
    """(FINESS, theme) → planned spend in whole euros; nothing planned counts as zero."""
    about: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Where the question comes from: pack, version, date, group."""

    @property
    def known(self) -> tuple[Party, ...]:
        """The establishments whose activity is known: the others cannot be placed."""
        return tuple(party for party in self.parties if party.activity is not None)

    @property
    def unknown(self) -> tuple[Party, ...]:
        """The establishments left aside, for want of their activity."""
        return tuple(party for party in self.parties if party.activity is None)

    @property
    def plain(self) -> bool:
        """Whether no option asks for every perimeter to be looked at."""
        rules = self.rules
        return self.spend is None and rules.minimum == 1 and rules.at_most is None and rules.whose is Whose.TOUS

    def party(self, finess: str) -> Party:
        """The establishment of that number."""
        return next(party for party in self.parties if party.finess == finess)

    def theme(self, theme_id: str) -> Theme:
        """The theme of that id."""
        return next(theme for theme in self.themes if theme.id == theme_id)

    def allowed(self, finess: str, theme: Theme) -> bool:
        """Whether an establishment may take part in a project of a theme."""
        if (finess, theme.id) in self.barred:
            return False
        return finess in theme.eligible or self.rules.whose is Whose.PORTEUR


def checked(instance: Instance) -> Instance:
    """The instance, once it makes sense.

    Raises:
        Invalid: naming what is unknown, written twice, contradictory or too large.
    """
    codes = [party.finess for party in instance.parties]
    themes = [theme.id for theme in instance.themes]
    if not instance.known or not themes:
        raise Invalid(
            "Il faut au moins un établissement dont l'activité combinée est connue, et une thématique.", code="vide"
        )
    _once(codes, "L'établissement")
    _once(themes, "La thématique")
    checked_bands(instance.bands)
    most = MOST if instance.plain else MOST_ENUMERATED
    if len(instance.known) > most:
        raise Invalid(
            f"{len(instance.known)} établissements : {most} au plus"
            f"{'' if instance.plain else ' avec ces options, qui obligent à regarder chaque périmètre'}.",
            code="taille",
        )
    if instance.rules.per_finess < 1 or instance.rules.minimum < 1:
        raise Invalid("Les limites par établissement et par projet valent au moins 1.", code="limites")
    _references(instance, set(codes), set(themes))
    _locks(instance)
    return instance


def _once(values: list[str], what: str) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise Invalid(f"{what} {twice[0]} est donné deux fois.", code="double")


def _references(instance: Instance, codes: set[str], themes: set[str]) -> None:
    named = {code for pair in instance.apart for code in pair} | {code for code, _ in instance.barred}
    named |= {code for lock in instance.locks for code in lock.perimeter}
    named |= {code for code, _ in instance.spend or ()}
    strange = sorted(named - codes)
    if strange:
        raise Invalid(f"L'établissement {strange[0]} n'est pas dans la liste.", code="etablissement")
    told = {lock.theme for lock in instance.locks} | {theme for _, theme in instance.barred}
    told |= {theme for _, theme in instance.spend or ()}
    if told - themes:
        raise Invalid(f"La thématique {sorted(told - themes)[0]} n'est pas dans la liste.", code="thematique")
    if any(amount < 0 for amount in (instance.spend or {}).values()):
        raise Invalid("Une dépense prévue est négative.", code="depense")


def _locks(instance: Instance) -> None:
    taken: dict[str, int] = {}
    pairs: set[tuple[str, str]] = set()
    for lock in instance.locks:
        theme = instance.theme(lock.theme)
        where = f"Projet imposé « {theme.label} » ({', '.join(sorted(lock.perimeter))})"
        if not lock.perimeter:
            raise Invalid(f"{where} : le périmètre est vide.", code="verrou")
        for code in sorted(lock.perimeter):
            if instance.party(code).activity is None:
                raise Invalid(f"{where} : l'activité combinée de {code} est inconnue.", code="verrou")
            if not instance.allowed(code, theme):
                raise Invalid(f"{where} : {code} n'est pas éligible, ou en a été écarté.", code="verrou")
            taken[code] = taken.get(code, 0) + 1
            if taken[code] > instance.rules.per_finess:
                raise Invalid(
                    f"{where} : {code} serait dans {taken[code]} projets, comme porteur ou partie prenante ; "
                    f"{instance.rules.per_finess} au plus.",
                    code="limite",
                )
            if instance.rules.distinct_themes and (code, theme.id) in pairs:
                raise Invalid(f"{where} : {code} a déjà un projet imposé sur cette thématique.", code="verrou")
            pairs.add((code, theme.id))
        if not lock.perimeter & theme.eligible:
            raise Invalid(f"{where} : aucun établissement éligible ne peut le porter.", code="verrou")
    if instance.rules.at_most is not None and len(instance.locks) > instance.rules.at_most:
        raise Invalid(f"{len(instance.locks)} projets imposés pour {instance.rules.at_most} au plus.", code="limite")


def frozen(instance: Instance) -> dict[str, Any]:
    """The instance as JSON, the same whatever the order in which it was built."""
    rules = instance.rules
    return {
        "format": FORMAT,
        "contexte": dict(sorted(instance.about.items())),
        "regles": {
            "projets_par_finess": rules.per_finess,
            "thematiques_distinctes": rules.distinct_themes,
            "eligibles": rules.whose.value,
            "etablissements_min": rules.minimum,
            "projets_max": rules.at_most,
        },
        "tranches": [
            {"categorie": band.category, "a_partir_de": str(band.since), "montant": band.amount}
            for band in instance.bands
        ],
        "etablissements": [
            {
                "finess": party.finess,
                "nom": party.name,
                "ej": party.ej,
                "ac": None if party.activity is None else str(party.activity),
                "source": party.source,
            }
            for party in sorted(instance.parties, key=lambda one: one.finess)
        ],
        "thematiques": [
            {"id": theme.id, "libelle": theme.label, "eligibles": sorted(theme.eligible)} for theme in instance.themes
        ],
        "verrous": sorted(
            ({"thematique": lock.theme, "perimetre": sorted(lock.perimeter)} for lock in instance.locks),
            key=lambda one: (one["thematique"], one["perimetre"]),
        ),
        "interdits": sorted(sorted(pair) for pair in instance.apart),
        "exclusions": [{"finess": code, "thematique": theme} for code, theme in sorted(instance.barred)],
        "depenses": None
        if instance.spend is None
        else [
            {"finess": code, "thematique": theme, "montant": amount}
            for (code, theme), amount in sorted(instance.spend.items())
        ],
    }  # fmt: skip


def digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a frozen instance."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def thawed(body: Mapping[str, Any]) -> Instance:
    """The instance of a frozen one.

    Raises:
        Invalid: when the format is not ours.
    """
    if body.get("format") != FORMAT:
        raise Invalid(f"Format d'entrées {body.get('format')} : {FORMAT} est attendu.", code="format")
    rules, spend = body["regles"], body["depenses"]
    return checked(
        Instance(
            parties=tuple(
                Party(one["finess"], one["nom"], one["ej"], _number(one["ac"]), one["source"])
                for one in body["etablissements"]
            ),
            themes=tuple(Theme(one["id"], one["libelle"], frozenset(one["eligibles"])) for one in body["thematiques"]),
            bands=bands_of(body["tranches"]),
            rules=Rules(
                rules["projets_par_finess"],
                rules["thematiques_distinctes"],
                Whose(rules["eligibles"]),
                rules["etablissements_min"],
                rules["projets_max"],
            ),
            locks=tuple(Lock(one["thematique"], frozenset(one["perimetre"])) for one in body["verrous"]),
            apart=tuple(frozenset(pair) for pair in body["interdits"]),
            barred=frozenset((one["finess"], one["thematique"]) for one in body["exclusions"]),
            spend=None if spend is None else {(one["finess"], one["thematique"]): one["montant"] for one in spend},
            about=MappingProxyType(dict(body["contexte"])),
        )
    )


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def bands_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Band, ...]:
    """The table of bands from its frozen rows: each ends where the next begins."""
    ordered = sorted(rows, key=lambda one: Decimal(one["a_partir_de"]))
    ends = [Decimal(one["a_partir_de"]) for one in ordered[1:]]
    return tuple(
        Band(one["categorie"], one["montant"], Decimal(one["a_partir_de"]), end)
        for one, end in zip(ordered, [*ends, None], strict=True)
    )
