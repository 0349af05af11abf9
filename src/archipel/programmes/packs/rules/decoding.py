"""From values that the schema accepted to the dataclasses of ``values``, by their own type hints."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from typing import Any, TypeVar

from archipel.programmes.packs.values import expressions as e
from archipel.programmes.packs.values.base import Maille, Value
from archipel.programmes.packs.values.cases import Attendu, FaitPose

Decode = Callable[[Any], Any]
T = TypeVar("T")

_TEST_KEYS = tuple(field.name for field in dataclasses.fields(e.Test))


def decode(kind: type[T], data: Mapping[str, Any]) -> T:
    """Build a dataclass from a mapping that the schema accepted; each line keeps the number of its own."""
    chosen: Any = kind
    return _decoder(chosen)(data)  # type: ignore[no-any-return]


@cache
def _decoder(kind: Any) -> Decode:
    if kind in _SPECIAL:
        return _SPECIAL[kind]
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        item = _decoder(args[0])
        return lambda data: tuple(item(one) for one in data)
    if origin in (typing.Union, types.UnionType):
        chosen = [arg for arg in args if arg is not type(None)]
        return _decoder(chosen[0]) if len(chosen) == 1 else _plain
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _fields(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return _plain


def _plain(data: Any) -> Any:
    return data


def _fields(kind: type) -> Decode:
    hints = typing.get_type_hints(kind)
    decoders = {field.name: _decoder(hints[field.name]) for field in dataclasses.fields(kind) if field.name != "ligne"}

    def build(data: Mapping[str, Any]) -> Any:
        given = {key: decoders[key](value) for key, value in data.items() if value is not None}
        return kind(ligne=_line(data), **given)

    return build


def _line(data: Any) -> int:
    mark = getattr(data, "mark", None)
    return mark[0] if mark else 0


def _test(data: Mapping[str, Any]) -> e.Test:
    given = {key: _TEST_DECODERS.get(key, _plain)(data[key]) for key in _TEST_KEYS if key in data}
    return e.Test(**given)


def _jour(data: Any) -> e.Jour:
    if isinstance(data, str):
        return date.fromisoformat(data)
    if "jalon" in data:
        return e.Jalon(jalon=data["jalon"])
    return e.Ecart(evaluation=data["evaluation"])


_TEST_DECODERS: dict[str, Decode] = {
    "entre": tuple,
    "parmi": tuple,
    **dict.fromkeys(("avant", "au_plus_tard", "apres", "a_partir_du"), _jour),
}


def _expression(data: Mapping[str, Any]) -> e.Expression:
    for key, build in _BUILDERS.items():
        if key in data:
            return build(data, _line(data))
    raise ValueError(f"expression inconnue : {sorted(data)}")


def _fact(data: Mapping[str, Any], line: int) -> e.Expression:
    tested = any(key in data for key in _TEST_KEYS)
    return e.LeFait(fait=data["fait"], ligne=line, **({"test": _test(data)} if tested else {}))


def _chez(data: Mapping[str, Any], line: int) -> e.Expression:
    absent = {"oui": True, "non": False}.get(data.get("absent", ""))
    return e.Chez(chez=data["chez"], si=_expression(data["si"]), absent=absent, ligne=line)


def _walked(data: Mapping[str, Any], line: int) -> e.Expression:
    maille = Maille(data["maille"]) if "maille" in data else None
    where: dict[str, Any] = {"sur": e.Sur(data["sur"]), "maille": maille, "ligne": line}
    if "tous" in data:
        return e.Tous(si=_expression(data["tous"]), **where)
    if "au_moins_un" in data:
        return e.AuMoinsUn(si=_expression(data["au_moins_un"]), **where)
    if "compte" in data:
        return e.Compte(si=_expression(data["compte"]), test=_test(data), **where)
    if "somme" in data:
        return e.Somme(fait=data["somme"], test=_test(data), **where)
    return e.PartPonderee(si=_expression(data["part"]), poids=data["poids"], test=_test(data), **where)


_BUILDERS: dict[str, Callable[[Mapping[str, Any], int], e.Expression]] = {
    "tout": lambda data, line: e.Tout(items=tuple(map(_expression, data["tout"])), ligne=line),
    "un": lambda data, line: e.Un(items=tuple(map(_expression, data["un"])), ligne=line),
    "non": lambda data, line: e.Non(item=_expression(data["non"]), ligne=line),
    "fait": _fact,
    "regle": lambda data, line: e.LaRegle(regle=data["regle"], ligne=line),
    "jour": lambda data, line: e.LeJour(test=_test(data["jour"]), ligne=line),
    "chez": _chez,
    "existe": lambda data, line: e.Existe(existe=Maille(data["existe"]), ligne=line),
    "sur": _walked,
    "toujours": lambda data, line: e.Toujours(valeur=data["toujours"] == "oui", ligne=line),
}


def _posed(data: Mapping[str, Any]) -> FaitPose:
    given = data["vaut"]
    values: tuple[Value, ...] = tuple(given) if isinstance(given, list) else (given,)
    return FaitPose(fait=data["fait"], chez=data.get("chez"), valeurs=values, ligne=_line(data))


@lru_cache(maxsize=1)
def _expected_fields() -> Decode:
    return _fields(Attendu)


def _attendu(data: Mapping[str, Any]) -> Attendu:
    given = dict(data)
    missing = given.pop("manque", None)
    built: Attendu = _expected_fields()(given)
    sets = None if missing is None else tuple(tuple(one) for one in missing)
    return dataclasses.replace(built, manque=sets, ligne=_line(data))


_SPECIAL: dict[Any, Decode] = {
    date: date.fromisoformat,
    Decimal: _plain,
    e.Expression: _expression,
    FaitPose: _posed,
    Attendu: _attendu,
    dict[str, Any]: _plain,
}
