"""Which funded projects and searches keep a version of a pack: what the review of a new version must know."""

from __future__ import annotations

from archipel.programmes.funding.models import Project, Run
from archipel.programmes.packs.public import Use


def uses(pack: str, version: str) -> list[Use]:
    """The projects and the searches of a version, counted; those that the scope sees."""
    return [
        Use("projets financés", Project.objects.filter(pack=pack, version=version).count(), "/programmes/financement/"),
        Use("recherches de portefeuille", Run.objects.filter(pack=pack, version=version).count(),
            "/programmes/financement/portefeuille/"),
    ]  # fmt: skip
