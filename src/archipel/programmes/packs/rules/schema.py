"""What the JSON Schema refuses, in French. The schema itself is ``reference/packs/pack.schema.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from rapidfuzz.process import extractOne

from archipel.foundation.files import reference_dir
from archipel.programmes.packs.rules.problems import Problem, path_text
from archipel.programmes.packs.rules.reading import Table, place

Violation = Any
"""An error of jsonschema: its attributes are what the schema and the document hold, of any type."""

_KINDS = {
    "string": "un texte",
    "number": "un nombre",
    "integer": "un entier",
    "boolean": "true ou false",
    "array": "une liste",
    "object": "des « clé: valeur »",
}
_MISSING = re.compile(r"^'(.*)' is a required property$", re.DOTALL)


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The schema of the files, draft 2020-12."""
    with (reference_dir() / "packs" / "pack.schema.json").open(encoding="utf-8") as handle:
        return json.load(handle)  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def violations(document: Table, file: str = "") -> list[Problem]:
    """Everything that the schema refuses in the document, each at its line."""
    found: dict[tuple[str, int, str, str], Problem] = {}
    for error in _validator().iter_errors(document):
        for problem in _problems(error, document, file):
            found.setdefault((problem.code, problem.line, problem.path, problem.sentence), problem)
    return list(found.values())


def _problems(error: Violation, document: Table, file: str) -> Iterator[Problem]:
    if error.validator == "oneOf" and error.context:
        branch = _branch(error)
        if branch is not None:
            for inner in error.context:
                if inner.schema_path[0] == branch:
                    yield from _problems(inner, document, file)
            return
    path = tuple(error.absolute_path)
    line, column = _where(error, document, path)
    yield Problem(str(error.validator), _sentence(error), file, line, column, path_text(path, document))


def _where(error: Violation, document: Table, path: tuple[str | int, ...]) -> tuple[int, int]:
    if error.validator == "additionalProperties" and isinstance(error.instance, Table):
        return error.instance.keys_at[_extra(error)[0]]
    return place(document, path)


def _branch(error: Violation) -> int | None:
    """The alternative that the author meant: the one whose first key is there, else that of the same kind of value."""
    instance = error.instance
    for index, branch in enumerate(error.validator_value):
        required = branch.get("required")
        if required and isinstance(instance, dict) and all(key in instance for key in required):
            return index
    for index, branch in enumerate(error.validator_value):
        required = branch.get("required")
        if required and isinstance(instance, dict) and required[-1] in instance:
            return index
    if isinstance(instance, str):
        dated = [index for index, branch in enumerate(error.validator_value) if branch.get("$ref", "").endswith("date")]
        return dated[0] if dated else None
    return None


def _extra(error: Violation) -> list[str]:
    return [key for key in error.instance if key not in error.schema.get("properties", {})]


def _sentence(error: Violation) -> str:
    """What was found and what was expected, as the end of a French sentence."""
    maker = _SENTENCES.get(str(error.validator))
    return maker(error) if maker else f"{shown(error.instance)} ne convient pas ici."


def shown(value: Any) -> str:
    """A value as it is quoted in a sentence."""
    if isinstance(value, bool):
        return "« true »" if value else "« false »"
    if value is None:
        return "rien"
    if isinstance(value, dict):
        return "des « clé: valeur »"
    if isinstance(value, list):
        return "une liste"
    text = str(value)
    return f"« {text[:60]}… »" if len(text) > 60 else f"« {text} »"


def _required(error: Violation) -> str:
    matched = _MISSING.match(error.message)
    key = matched.group(1) if matched else ""
    if key == "source":
        return "cette ligne n'a pas de source : ajoutez « source: {ref: …, paragraphe: … } »."
    told = error.schema.get("properties", {}).get(key, {}).get("description", "")
    return f"la clé « {key} » manque{f' ({told[0].lower()}{told[1:].rstrip(chr(46))})' if told else ''}."


def _additional(error: Violation) -> str:
    extra, known = _extra(error), list(error.schema.get("properties", {}))
    guess = extractOne(extra[0], known, score_cutoff=70)
    hint = f" Vouliez-vous dire « {guess[0]} » ?" if guess else f" Clés admises : {', '.join(known)}."
    return f"clé inconnue : {', '.join(f'« {key} »' for key in extra)}.{hint}"


def _type(error: Violation) -> str:
    wanted = error.validator_value
    kinds = [wanted] if isinstance(wanted, str) else wanted
    expected = " ou ".join(_KINDS.get(kind, kind) for kind in kinds)
    quote = ""
    if "string" in kinds and isinstance(error.instance, int | Decimal) and not isinstance(error.instance, bool):
        quote = " Mettez-le entre guillemets."
    return f"{shown(error.instance)} trouvé, {expected} attendu.{quote}"


def _pattern(error: Violation) -> str:
    if error.validator_value == "^[0-9]{2}$":
        return f"{shown(error.instance)} n'est pas un code INSEE de région (deux chiffres)."
    return f"{shown(error.instance)} n'est pas un identifiant : minuscules sans accent, chiffres et tirets."


def _enum(error: Violation) -> str:
    choices = ", ".join(map(str, error.validator_value))
    return f"{shown(error.instance)} trouvé, attendu l'un de : {choices}."


def _one_of(error: Violation) -> str:
    keys: list[str] = []
    kinds: list[str] = []
    for branch in error.validator_value:
        if "required" in branch:
            keys.append(" + ".join(branch["required"]))
        elif "type" in branch:
            kinds.append(_KINDS[branch["type"]])
        elif "const" in branch:
            kinds.append(f"« {branch['const']} »")
        else:
            kinds.append("une date AAAA-MM-JJ" if branch.get("$ref", "").endswith("date") else "une valeur")
    if isinstance(error.instance, dict) and keys:
        return f"aucune des formes connues : la clé attendue est l'une de : {', '.join(keys)}."
    expected = " ou ".join([*kinds, *(["une condition"] if keys else [])])
    return f"{shown(error.instance)} trouvé, {expected} attendu."


_SENTENCES: dict[str, Callable[[Violation], str]] = {
    "required": _required,
    "additionalProperties": _additional,
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "oneOf": _one_of,
    "const": lambda error: f"{shown(error.instance)} trouvé, « {error.validator_value} » attendu.",
    "format": lambda error: f"{shown(error.instance)} n'est pas une date AAAA-MM-JJ.",
    "minLength": lambda _: "ce texte est vide.",
    "minItems": lambda error: f"cette liste compte {len(error.instance)} ligne(s), au moins {error.validator_value}.",
    "maxItems": lambda error: f"cette liste compte {len(error.instance)} ligne(s), au plus {error.validator_value}.",
    "minimum": lambda error: f"{shown(error.instance)} est trop petit : au moins {error.validator_value}.",
    "exclusiveMinimum": lambda error: f"{shown(error.instance)} est trop petit : plus de {error.validator_value}.",
    "maximum": lambda error: f"{shown(error.instance)} est trop grand : au plus {error.validator_value}.",
    "minProperties": lambda error: f"au moins une clé parmi : {', '.join(error.schema.get('properties', {}))}.",
}


def known_keys(definition: str) -> Sequence[str]:
    """The keys that a definition of the schema admits, in its order (for the documentation and the checks)."""
    return tuple(schema()["$defs"][definition]["properties"])
