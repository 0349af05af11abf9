"""`GET /moi`: who calls, with what rights."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from archipel.api.access import scope_of_request
from archipel.foundation.accounts.queries import grants_of

router = Router(tags=["compte"])


class RoleOut(Schema):
    """A role held by the account."""

    role: str
    libelle: str
    etablissement: str
    nom_etablissement: str


class MoiOut(Schema):
    """The account behind the call; with a token, ``droits`` are the token's, narrower than the roles'."""

    identifiant: str
    nom: str
    roles: list[RoleOut]
    droits: dict[str, list[str]]
    etablissements_nominatifs: list[str]
    bris_de_glace: list[str]
    jeton: bool


@router.get("/moi", response=MoiOut, summary="Le compte, ses rôles et ce qu'il voit")
def me(request: HttpRequest) -> Any:
    """Ce que l'appel peut faire, établissement par établissement (`*` : tout le territoire)."""
    scope = scope_of_request(request)
    user: Any = request.user
    return MoiOut(
        identifiant=user.get_username(),
        nom=user.get_full_name(),
        roles=[
            RoleOut(role=g.role, libelle=g.label, etablissement=g.establishment, nom_etablissement=g.place)
            for g in grants_of(user.pk)
        ],
        droits={place: sorted(c.value for c in held) for place, held in sorted(scope.grants.items())},
        etablissements_nominatifs=sorted(scope.establishments),
        bris_de_glace=sorted(scope.break_glass),
        jeton=bool(getattr(request, "api_token", None)),
    )
