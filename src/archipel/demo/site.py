"""Making the demonstration's site ready: the real structure, the made-up units, one account per role."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from archipel.demo import inventory, trajectories
from archipel.demo.structure import DemoBed, DemoStructure, DemoUf
from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.accounts.roles import LABELS, Role
from archipel.foundation.scope import EVERYWHERE, Scope, in_scope, system_scope
from archipel.kernel.errors import Conflict
from archipel.territory import public as territory
from archipel.territory.reference_values import RefGht
from archipel.territory.values import Change, Content, Key, Kind, Piece, join_code

_SINCE = date(2024, 1, 1)
_WORDS = ("goéland", "cormoran", "phare", "amer", "balise", "chenal", "récif", "lagune", "estran", "vigie", "marée")


@dataclass(frozen=True, slots=True)
class Login:
    """An account of the demonstration."""

    username: str
    role: Role
    where: str

    @property
    def label(self) -> str:
        """The role, in French."""
        return LABELS[self.role]


def scope_for(ght: RefGht) -> Scope:
    """The scope of the demonstration itself: every establishment of the group."""
    return system_scope("démonstration", [ej.finess.value for ej in ght.ejs])


def refuse_inhabited() -> None:
    """A demonstration begins in an empty database: it would hand real accounts its own password.

    Raises:
        Conflict: somebody already has an account there.
    """
    if User.objects.exists():
        raise Conflict(
            "La base de DATABASE_URL contient déjà des comptes : la démonstration en veut une vide. "
            "Sans DATABASE_URL, elle se fait la sienne.",
            code="demo-base-occupee",
        )


def prepare(ght: RefGht, structure: DemoStructure) -> None:
    """Load the real group, then publish its made-up units, rooms and beds; safe to run again."""
    scope = scope_for(ght)
    with in_scope(scope):
        territory.load_reference(scope=scope, ght_code=ght.code)
        if not territory.ufs([ej.finess.value for ej in ght.ejs]):
            territory.publish(
                scope=scope,
                changes=_changes(structure),
                source="démonstration",
                effective_on=_SINCE,
                reason="Unités, chambres et lits fictifs de la démonstration",
            )
    inventory.prepare(scope, ght, structure)
    trajectories.prepare(scope, ght)


def _changes(structure: DemoStructure) -> list[Change]:
    wanted: dict[Key, Content] = {}
    for uf in structure.ufs:
        _unit(uf, wanted)
    units = {(uf.establishment, uf.code): uf for uf in structure.ufs}
    for bed in structure.beds:
        _bed(bed, units[bed.establishment, bed.uf], wanted)
    return [Change(key, _SINCE, (Piece(_SINCE, None, content),), provisional=False) for key, content in wanted.items()]


def _unit(uf: DemoUf, wanted: dict[Key, Content]) -> None:
    place = uf.establishment
    legal = Key(Kind.EJ, place, place)
    pole = Key(Kind.POLE, place, uf.pole)
    service = Key(Kind.SERVICE, place, uf.service)
    wanted.setdefault(pole, Content(uf.pole_name, {}, legal))
    wanted.setdefault(service, Content(uf.service_name, {}, pole))
    wanted[Key(Kind.UF, place, uf.code)] = Content(
        uf.name,
        {
            "filiere": uf.filiere,
            "types": ["M", "H", "S"],
            "tracks_cleaning": uf.filiere != "URG",
            "protected_beds": uf.protected_beds,
        },
        service,
        uf.site,
    )


def _bed(bed: DemoBed, uf: DemoUf, wanted: dict[Key, Content]) -> None:
    place = bed.establishment
    unit = Key(Kind.UF, place, uf.code)
    room = Key(Kind.CHAMBRE, place, join_code(bed.uf, bed.chambre))
    wanted.setdefault(room, Content(f"Chambre {bed.chambre}", {}, unit))
    wanted[Key(Kind.LIT, place, join_code(bed.uf, bed.chambre, bed.lit))] = Content(
        bed.name,
        {"usage": bed.usage, "single": bed.single, "isolation": bed.isolation, "position": bed.position},
        room,
    )


def logins(ght: RefGht) -> list[Login]:
    """One account per role, and a bed manager in a second hospital."""
    support = ght.support
    here = support.finess.value
    others = [ej for ej in ght.ejs if ej.finess.value != here and any(eg.urgences for eg in ej.egs)]
    second = max(others, key=lambda ej: ej.lits(), default=support)
    return [
        Login("lits", Role.GESTIONNAIRE_LITS, here),
        Login("urgences", Role.IDE_URGENCES, here),
        Login("medecin", Role.MEDECIN_URGENCES, here),
        Login("dim", Role.DIM, here),
        Login("pharmacie", Role.PHARMACIEN, here),
        Login("direction", Role.DIRECTION, EVERYWHERE),
        Login("cellule", Role.CELLULE_TERRITORIALE, EVERYWHERE),
        Login("admin", Role.ADMINISTRATEUR, EVERYWHERE),
        Login("numerique", Role.SERVICES_NUMERIQUES, f"ght:{ght.code}"),
        Login("pole", Role.REFERENT_POLE, f"ght:{ght.code}"),
        Login("programmes", Role.CHARGE_PROGRAMMES, f"ght:{ght.code}"),
        Login("ars", Role.REFERENT_ARS, "region:27"),
        Login("lits2", Role.GESTIONNAIRE_LITS, second.finess.value),
    ]


def password(folder: Path) -> str:
    """The demonstration's password, drawn once per installation."""
    path = folder / "demo-mot-de-passe.json"
    if path.exists():
        return str(json.loads(path.read_text(encoding="utf-8")))
    drawn = "-".join(secrets.choice(_WORDS) for _ in range(3)) + f"-{secrets.randbelow(90) + 10}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(drawn, ensure_ascii=False), encoding="utf-8")
    path.chmod(0o600)
    return drawn


def create_accounts(ght: RefGht, secret: str) -> list[Login]:
    """Create the accounts, or give them today's password."""
    made = logins(ght)
    with in_scope(scope_for(ght)):
        for login in made:
            user, _ = User.objects.get_or_create(
                username=login.username,
                defaults={"last_name": login.label},
            )
            if not user.check_password(secret):
                user.set_password(secret)
                user.save()
            Grant.objects.get_or_create(user=user, role=login.role.value, establishment=login.where)
    return made
