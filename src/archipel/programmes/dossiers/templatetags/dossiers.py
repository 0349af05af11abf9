"""Template tags of dossiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from archipel.programmes.dossiers.rules.documents import cell
from archipel.programmes.dossiers.values.content import Column

register = template.Library()


@register.simple_tag
def cellule(row: Mapping[str, Any], column: Column) -> str:
    """A cell of a rubric's table, as it is read: ``{% cellule ligne colonne %}``."""
    return cell(column, row.get(column.id))
