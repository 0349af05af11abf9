"""Template tags and filters: French numbers, dates, durations and ages."""

from __future__ import annotations

from django import template

register = template.Library()
