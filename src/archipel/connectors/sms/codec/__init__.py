"""The body asked by the operator's interface: a JSON template of the site, with two places to fill."""

from __future__ import annotations

import json
from typing import Any

from archipel.kernel.errors import Invalid

DEFAULT_BODY = '{"to": "{numero}", "text": "{texte}"}'


def body(template: str, number: str, text: str) -> Any:
    """The template with ``{numero}`` and ``{texte}`` filled, wherever they stand in it.

    Raises:
        Invalid: the template is not JSON, or has no place for the number or the text.
    """
    try:
        shape = json.loads(template or DEFAULT_BODY)
    except json.JSONDecodeError as error:
        raise Invalid(f"ARCHIPEL_SMS_BODY n'est pas du JSON (caractère {error.pos}).", code="reglage") from error
    if any(f'"{place}"' not in (template or DEFAULT_BODY) for place in ("{numero}", "{texte}")):
        raise Invalid("ARCHIPEL_SMS_BODY : {numero} et {texte} sont attendus.", code="reglage")
    return _filled(shape, {"{numero}": number, "{texte}": text})


def _filled(shape: Any, places: dict[str, str]) -> Any:
    if isinstance(shape, dict):
        return {name: _filled(value, places) for name, value in shape.items()}
    if isinstance(shape, list):
        return [_filled(value, places) for value in shape]
    if isinstance(shape, str):
        for place, value in places.items():
            if shape == place:
                return value
    return shape
