"""What a structure must respect, whoever changes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from archipel.kernel.errors import Invalid
from archipel.kernel.finess import Finess
from archipel.territory.rules.timeline import covered
from archipel.territory.values import (
    LEVEL,
    NOWHERE,
    PARENTS,
    Key,
    Kind,
    Piece,
    Place,
    Problem,
    Severity,
    Timeline,
)

Places = Mapping[Key, Place]


def french(day: date | None) -> str:
    """``dd/mm/yyyy``, or « sans fin »."""
    return day.strftime("%d/%m/%Y") if day else "sans fin"


def finess_problem(key: Key, place: Place = NOWHERE, column: str = "code") -> Problem | None:
    """What is wrong with the FINESS number of an EJ or EG; provisional codes (``~…``) are left alone."""
    if key.kind not in (Kind.EJ, Kind.EG) or key.code.startswith("~"):
        return None
    try:
        value = Finess.parse(key.code).value
    except Invalid as error:
        return Problem(
            "finess-invalide",
            error.message,
            place=place,
            column=column,
            found=key.code,
            expected="un numéro FINESS de 9 caractères dont la clé est juste",
        )
    if key.kind is Kind.EG and value == key.establishment:
        return Problem(
            "finess-ej-pour-eg",
            f"Le FINESS {value} est celui de l'entité juridique : un site a le sien (FINESS géographique).",
            place=place,
            column=column,
            found=key.code,
            expected="le FINESS géographique du site",
        )
    return None


def check(
    after: Mapping[Key, Timeline], touched: Iterable[Key], provisional: frozenset[Key], places: Places
) -> list[Problem]:
    """Problems of the touched entities and of those attached to them, once the changes are made.

    Args:
        after: every timeline of the establishments concerned, changes applied.
        touched: the entities that change.
        provisional: those that are not validated yet (a UF may then be attached to the EJ itself).
        places: where each was stated, for the report.
    """
    concerned = set(touched)
    attached: dict[Key, list[Key]] = defaultdict(list)
    for key, timeline in after.items():
        for piece in timeline:
            if piece.content.parent is not None:
                attached[piece.content.parent].append(key)
            if piece.content.site:
                attached[Key(Kind.EG, key.establishment, piece.content.site)].append(key)
    for key in list(concerned):
        concerned.update(attached.get(key, ()))
    problems: list[Problem] = []
    for key in sorted(concerned):
        place = places.get(key, NOWHERE)
        if found := finess_problem(key, place):
            problems.append(found)
        for piece in after.get(key, ()):
            problems += _attachment(key, piece, after, provisional, place)
    return problems


def _attachment(
    key: Key, piece: Piece, after: Mapping[Key, Timeline], provisional: frozenset[Key], place: Place
) -> list[Problem]:
    parent = piece.content.parent
    problems: list[Problem] = []
    if piece.content.site:
        problems += _site(key, piece, after, place)
    if parent is None:
        if key.kind is Kind.GHT or key in provisional or key.kind is Kind.EJ:
            return problems
        return [*problems, _orphan(key, place)]
    if parent == key or LEVEL[parent.kind] >= LEVEL[key.kind]:
        return [
            *problems,
            Problem(
                "cycle",
                f"{key} serait rattaché à {parent}, qui n'est pas au-dessus de lui.",
                place=place,
                column="parent",
                found=str(parent),
                expected=_expected(key.kind),
            ),
        ]
    unsure = key in provisional and parent.kind is Kind.EJ
    if parent.kind not in PARENTS[key.kind] and not unsure:
        if key.kind is Kind.UF and parent.kind is Kind.EJ:
            return [*problems, _orphan(key, place)]
        return [
            *problems,
            Problem(
                "parent-interdit",
                f"{key} ne peut pas être rattaché à {parent}.",
                place=place,
                column="parent",
                found=parent.kind.value,
                expected=_expected(key.kind),
            ),
        ]
    return [*problems, *_lifetime(key, piece, parent, after, place)]


def _expected(kind: Kind) -> str:
    return "un rattachement à " + " ou ".join(parent.value for parent in PARENTS.get(kind, ()))


def _orphan(key: Key, place: Place) -> Problem:
    what = "UF orpheline" if key.kind is Kind.UF else "sans rattachement"
    return Problem(
        "uf-orpheline" if key.kind is Kind.UF else "sans-parent",
        f"{key} : {what} : ni service, ni pôle, ni site ne la porte." if key.kind is Kind.UF else f"{key} : {what}.",
        place=place,
        column="parent",
        expected=_expected(key.kind),
    )


def _site(key: Key, piece: Piece, after: Mapping[Key, Timeline], place: Place) -> list[Problem]:
    site = Key(Kind.EG, key.establishment, piece.content.site)
    if after.get(site):
        return []
    return [
        Problem(
            "site-inconnu",
            f"{key} travaille sur le site {site.code}, qui n'est pas un site de l'entité "
            f"juridique {key.establishment}.",
            place=place,
            column="eg",
            found=site.code,
            expected=f"un site (EG) de l'entité juridique {key.establishment}",
        ),
    ]


def _lifetime(key: Key, piece: Piece, parent: Key, after: Mapping[Key, Timeline], place: Place) -> list[Problem]:
    timeline = after.get(parent)
    if not timeline:
        return [
            Problem(
                "parent-inconnu",
                f"{key} est rattaché à {parent}, qui n'existe pas.",
                place=place,
                column=parent.kind.value.lower(),
                found=parent.code,
                expected=f"un code de {parent.kind.value} connu",
            ),
        ]
    start = max(piece.valid_from, timeline[0].valid_from)
    if piece.valid_to is not None and start >= piece.valid_to:
        start = piece.valid_from
    problems = []
    if not covered(timeline, start, piece.valid_to):
        problems.append(
            Problem(
                "enfant-survit",
                f"{key} est ouvert jusqu'au {french(piece.valid_to)} alors que {parent} ferme le "
                f"{french(timeline[-1].valid_to)}.",
                place=place,
                column="valide_jusqu_au",
                found=french(piece.valid_to),
                expected=f"une fin au plus tard le {french(timeline[-1].valid_to)}",
            ),
        )
    elif piece.valid_from < timeline[0].valid_from:
        problems.append(
            Problem(
                "enfant-precede",
                f"{key} commence le {french(piece.valid_from)}, avant {parent} ({french(timeline[0].valid_from)}).",
                Severity.AVERTISSEMENT,
                place,
                "valide_du",
                french(piece.valid_from),
                f"au plus tôt le {french(timeline[0].valid_from)}",
            ),
        )
    return problems
