"""Who is asking, and for which establishments: the scope that every service, query and database row obeys.

An *establishment* is a legal entity (entité juridique) of the GHT, named by its FINESS number, or by a provisional
code beginning with ``~`` until somebody says which one a new sender belongs to.

PostgreSQL enforces the scope: the application works under a role without BYPASSRLS, each row that belongs to an
establishment is filtered on ``archipel.establishments``, and an unset scope sees nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from archipel.kernel.errors import Denied

APP_ROLE = "archipel_app"
EVERYWHERE = "*"


class Capability(StrEnum):
    """What a role may do; roles are sets of these (foundation/accounts/roles.py)."""

    VOIR_CAPACITE = "capacite.voir"
    VOIR_PATIENTS = "patients.voir"
    GERER_LITS = "lits.gerer"
    GERER_URGENCES = "urgences.gerer"
    SAISIR_RPU = "rpu.saisir"
    TRANSMETTRE_RPU = "rpu.transmettre"
    DECLARER_TENSION = "tension.declarer"
    VOIR_DOCUMENTS = "documents.voir"
    VALIDER_DOCUMENTS = "documents.valider"
    DEMANDER_LIT = "demandes.creer"
    RECEVOIR_DEMANDE = "demandes.recevoir"
    GERER_MESSAGES = "messages.gerer"
    GERER_STRUCTURE = "structure.gerer"
    GERER_IDENTITES = "identites.gerer"
    GERER_COMPTES = "comptes.gerer"
    VOIR_AUDIT = "audit.voir"
    BRIS_DE_GLACE = "bris_de_glace"
    VOIR_PROGRAMMES = "programmes.voir"
    GERER_PROGRAMMES = "programmes.gerer"
    VALIDER_PROGRAMMES = "programmes.valider"
    INSTRUIRE_PROGRAMMES = "programmes.instruire"
    VOIR_SYSTEMES = "systemes.voir"
    VOIR_PRIX = "systemes.prix"
    GERER_SYSTEMES = "systemes.gerer"


@dataclass(frozen=True, slots=True)
class Scope:
    """The account, what it may do and where.

    ``grants`` maps an establishment (or ``*`` for the whole territory) to its capabilities.
    ``establishments`` are those whose patient data may be read in this transaction. ``programmes`` and ``systems`` are
    those whose steering data (facts, dossiers, evidence) and inventory of applications may be. ``drafts`` are those
    whose unfinished dossiers may be read (by who writes or validates them), ``instructed`` those whose dossiers the
    account instructs for the regional agency. ``prices`` are those whose prices (costs of applications, amounts of
    contracts) may be read: by who holds that right there, who keeps the inventory, and who works there by name.
    """

    actor: str
    establishments: frozenset[str]
    grants: dict[str, frozenset[Capability]] = field(default_factory=dict)
    user_id: int | None = None
    session: str = ""
    break_glass: frozenset[str] = frozenset()
    """The establishments seen only through an open break-glass; part of ``establishments``."""
    programmes: frozenset[str] = frozenset()
    systems: frozenset[str] = frozenset()
    prices: frozenset[str] = frozenset()
    drafts: frozenset[str] = frozenset()
    instructed: frozenset[str] = frozenset()

    def may(self, capability: Capability, establishment: str | None = None) -> bool:
        """Whether the capability is held for the establishment (for any one, when None)."""
        if establishment is None:
            return any(capability in held for held in self.grants.values())
        held = self.grants.get(establishment, frozenset()) | self.grants.get(EVERYWHERE, frozenset())
        return capability in held

    def require(self, capability: Capability, establishment: str | None = None) -> None:
        """Raise Denied unless :meth:`may`."""
        if not self.may(capability, establishment):
            where = f" pour l'établissement {establishment}" if establishment else ""
            raise Denied(f"Votre compte n'a pas le droit « {capability.value} »{where}.", capability=capability.value)

    def sees_names(self, establishment: str) -> bool:
        """Whether the patients of the establishment may be read."""
        return establishment in self.establishments


NOBODY = Scope(actor="", establishments=frozenset())


def system_scope(actor: str, establishments: Iterable[str]) -> Scope:
    """The scope of a process (worker, import, rebuild) acting on the given establishments."""
    codes = frozenset(establishments)
    everything = frozenset(Capability)
    return Scope(
        actor=f"système:{actor}",
        establishments=codes,
        grants={EVERYWHERE: everything},
        programmes=codes,
        systems=codes,
        prices=codes,
        drafts=codes,
        instructed=codes,
    )


def guc_values(scope: Scope) -> dict[str, str]:
    """The PostgreSQL settings that carry the scope into row-level security."""
    return {
        "archipel.establishments": ",".join(sorted(scope.establishments)),
        "archipel.capacity": "on" if scope.may(Capability.VOIR_CAPACITE) else "off",
        "archipel.actor": scope.actor,
        "archipel.audit": _audit(scope),
        "archipel.programmes": ",".join(sorted(scope.programmes)),
        "archipel.systems": ",".join(sorted(scope.systems)),
        "archipel.prices": ",".join(sorted(scope.prices & scope.systems)),
        "archipel.drafts": ",".join(sorted(scope.drafts)),
        "archipel.instructed": ",".join(sorted(scope.instructed)),
    }


def _audit(scope: Scope) -> str:
    """Whose trail may be read: ``on`` for the whole of it, else the establishments, comma-separated."""
    if scope.may(Capability.VOIR_AUDIT, EVERYWHERE):
        return "on"
    return ",".join(sorted(place for place, held in scope.grants.items() if Capability.VOIR_AUDIT in held))


@contextmanager
def in_scope(scope: Scope) -> Iterator[None]:
    """Open a transaction in which PostgreSQL shows what the scope may see, and nothing else.

    Nested use narrows or widens for the inner block and restores the outer scope after it.
    """
    from django.db import connection, transaction  # noqa: PLC0415 - scope.py is also read by settings

    names = list(guc_values(scope))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join("coalesce(current_setting(%s, true), '')" for _ in names), names)
            outer = cursor.fetchone()
            _set(cursor, guc_values(scope))
        yield
        # After an exception the transaction, or its savepoint, is rolled back, and the outer scope with it: to set it
        # back by hand on a transaction that failed would hide the failure behind « current transaction is aborted ».
        if not connection.needs_rollback and outer is not None:
            with connection.cursor() as cursor:
                _set(cursor, dict(zip(names, outer, strict=True)))


def _set(cursor: object, values: dict[str, str]) -> None:
    sql = "SELECT " + ", ".join("set_config(%s, %s, true)" for _ in values)
    cursor.execute(sql, [part for item in values.items() for part in item])  # type: ignore[attr-defined]
