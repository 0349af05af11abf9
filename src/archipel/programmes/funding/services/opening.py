"""Opening a funded project, and its perimeter: two projects at most for a FINESS PMSI, as bearer or party."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope, in_scope, system_scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.programmes.funding.models import Line, Project
from archipel.programmes.funding.queries.programme import Programme, programme
from archipel.programmes.funding.queries.projects import facts_of
from archipel.programmes.funding.rules.ledger import perimeter, standing
from archipel.programmes.funding.values import Kind
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Key
from archipel.programmes.perimetre.public import Kind as Level

_LOCK = 7205_401


def open_project(
    *,
    scope: Scope,
    pack: str,
    theme: str,
    title: str,
    perimeter: Sequence[str],
    reference: str = "",
    version: str = "",
    effective_on: date | None = None,
) -> int:
    """Open a project, its perimeter given by FINESS PMSI, the bearer first; returns its number.

    Args:
        scope: must manage the programmes of the bearer's entity.
        pack: the programme; ``version`` defaults to the one in force.
        theme: one of its themes.
        title: in French.
        perimeter: FINESS PMSI, the bearer first.
        reference: who keeps it (``dossier:12``); given by this room when empty.
        effective_on: today by default.

    Raises:
        Denied. Invalid: unknown theme, empty title or perimeter, a third project for one of its establishments.
        Conflict: the reference is taken. NotFound: unknown programme or FINESS.
    """
    day = effective_on or timezone.localdate()
    about, name = _named(pack, version, theme, title)
    members, legal = _members(perimeter, day)
    scope.require(Capability.GERER_PROGRAMMES, legal[0])
    with transaction.atomic():
        _lock(about.id)
        _limit(about, members, 0)
        if reference and Project.objects.filter(reference=reference).exists():
            raise Conflict(f"Un projet financé porte déjà la référence « {reference} ».", code="reference-prise")
        number = _next()
        row = Project.objects.create(
            pk=number,
            reference=reference or f"projet:{number}",
            pack=about.id,
            version=about.version,
            theme=theme,
            title=name[:200],
            establishments=_seen(scope, legal),
            opened_at=timezone.now(),
            actor=scope.actor,
        )
        _say(scope, row, members, day)
        _trace(scope, "financement.ouverture", row, legal[0])
    return row.pk


def _named(pack: str, version: str, theme: str, title: str) -> tuple[Programme, str]:
    """The programme and the title of a project."""
    about = programme(pack, version)
    if theme not in about.themes:
        raise Invalid(f"La thématique « {theme[:40]} » n'est pas de {about.title}.", code="thematique", field="theme")
    name = " ".join(title.split())
    if not name:
        raise Invalid("Donnez un intitulé au projet.", code="intitule", field="titre")
    return about, name


def set_perimeter(*, scope: Scope, project: int, perimeter: Sequence[str], effective_on: date | None = None) -> None:
    """Give a project another perimeter, the bearer first. The former one stays in the ledger.

    Raises:
        Denied, NotFound, Invalid: as :func:`open_project`.
    """
    day = effective_on or timezone.localdate()
    members, legal = _members(perimeter, day)
    with transaction.atomic():
        row = Project.objects.select_for_update().filter(pk=project).first()
        if row is None:
            raise NotFound(f"Le projet financé n° {project} est introuvable.", code="projet-introuvable")
        before = _bearer(row, day)
        scope.require(Capability.GERER_PROGRAMMES, before)
        scope.require(Capability.GERER_PROGRAMMES, legal[0])
        _lock(row.pack)
        _limit(programme(row.pack, row.version), members, row.pk)
        row.establishments = _seen(scope, legal)
        row.save(update_fields=["establishments"])
        _say(scope, row, members, day)
        _trace(scope, "financement.perimetre", row, legal[0])


def bearer_of(project: Project, at: date | None = None) -> str:
    """The FINESS EJ of the bearer of a project."""
    return _bearer(project, at or timezone.localdate())


def _bearer(row: Project, day: date) -> str:
    held = perimeter(facts_of(row.pk))
    found = perimetre.graph(day).ej(Key(Level.PMSI, held[0])) if held else None
    return found.code if found else ""


def _members(codes: Sequence[str], day: date) -> tuple[list[str], list[str]]:
    """The FINESS PMSI, and the FINESS EJ of each, in order."""
    members = ["".join(code.split()) for code in codes if code.strip()]
    if not members:
        raise Invalid("Choisissez au moins un établissement.", code="perimetre", field="perimetre")
    if len(set(members)) != len(members):
        raise Invalid("Un établissement est choisi deux fois.", code="perimetre", field="perimetre")
    known, legal = perimetre.graph(day), []
    for code in members:
        found = known.ej(Key(Level.PMSI, code)) if Key(Level.PMSI, code) in known.nodes else None
        if found is None:
            raise NotFound(f"« {code[:20]} » n'est pas un FINESS PMSI connu du périmètre.", code="finess-inconnu")
        legal.append(found.code)
    return members, legal


def _seen(scope: Scope, legal: Sequence[str]) -> list[str]:
    """The entities that will see the project. One who opens it must see it."""
    if not scope.programmes & set(legal):
        raise Denied("Vous ne verriez pas ce projet : aucun de ses établissements n'est dans votre périmètre.")
    return sorted(set(legal))


def _limit(about: Programme, members: Sequence[str], own: int) -> None:
    """Refuse one project too many. Projects that the caller does not see are counted, and nothing else is told."""
    everyone = system_scope("financement", [node.key.code for node in perimetre.graph().of_kind(Level.EJ)])
    with in_scope(everyone):
        rows = Project.objects.filter(pack=about.id).exclude(pk=own)
        counts = dict.fromkeys(members, 0)
        for row in rows:
            facts = facts_of(row.pk)
            decided = [fact for fact in standing(facts) if fact.kind in (Kind.OCTROI, Kind.REFUS)]
            if decided and decided[-1].kind is Kind.REFUS:
                continue
            for code in set(perimeter(facts)) & set(members):
                counts[code] += 1
    full = [code for code, count in counts.items() if count >= about.limit]
    if full:
        raise Invalid(
            f"{full[0]} est déjà dans {counts[full[0]]} projets de {about.title}, comme porteur ou partie prenante : "
            f"{about.limit} au plus ({about.sources.get('limite', 'règle du programme')}).",
            code="troisieme-projet",
            field="perimetre",
        )


def _say(scope: Scope, row: Project, members: Sequence[str], day: date) -> None:
    Line.objects.create(
        project=row, kind=Kind.PERIMETRE.value, perimeter=list(members), effective_on=day,
        recorded_at=timezone.now(), actor=scope.actor,
    )  # fmt: skip


def _lock(pack: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, pack])


def _next() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('funding_project', 'id'))")
        return int(cursor.fetchone()[0])


def _trace(scope: Scope, action: str, row: Project, establishment: str) -> None:
    record(
        scope=scope, action=action, establishment=establishment, object_type="projet-finance", object_key=str(row.pk),
        details={"pack": row.pack, "reference": row.reference},
    )  # fmt: skip
