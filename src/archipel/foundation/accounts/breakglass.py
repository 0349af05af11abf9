"""Break-glass: reading another establishment's patients when care demands it; reason, expiry, later review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from archipel.foundation.accounts.models import BreakGlass, User
from archipel.foundation.accounts.queries import establishments_of_territory
from archipel.foundation.audit.services import record
from archipel.foundation.scope import EVERYWHERE, Capability, Scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound

MIN_REASON = 10
"""Characters of a reason."""
MAX_HOURS = 4
DEFAULT_HOURS = 1


@dataclass(frozen=True, slots=True)
class BreakGlassRow:
    """One exceptional access."""

    id: int
    username: str
    establishment: str
    reason: str
    opened_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    reviewed_at: datetime | None
    reviewed_by: str
    review: str

    @property
    def ended_at(self) -> datetime:
        """When it stopped, or will stop."""
        return min(self.closed_at or self.expires_at, self.expires_at)

    @property
    def is_open(self) -> bool:
        """Whether it opens the establishment now."""
        return self.closed_at is None and self.expires_at > timezone.now()


def open_break_glass(*, scope: Scope, establishment: str, reason: str, hours: int = DEFAULT_HOURS) -> BreakGlassRow:
    """Open an establishment's patients to the account, for a while.

    Args:
        scope: the account; it needs ``bris_de_glace`` somewhere.
        establishment: FINESS EJ, or a provisional code.
        reason: at least 10 characters, read later by an administrator.
        hours: 1 to 4.

    Raises:
        Denied: no such right. Invalid: reason or duration. NotFound: unknown establishment.
        Conflict: it is readable already, or open already.
    """
    scope.require(Capability.BRIS_DE_GLACE)
    if scope.user_id is None:
        raise Denied("Un bris de glace est demandé par une personne, pas par un automate.", code="bris-personne")
    why = " ".join(reason.split())
    if len(why) < MIN_REASON:
        raise Invalid(f"Le motif doit compter au moins {MIN_REASON} caractères.", code="bris-motif")
    if not 1 <= hours <= MAX_HOURS:
        raise Invalid(f"La durée va de 1 à {MAX_HOURS} heures ; {hours} demandée(s).", code="bris-duree")
    if establishment not in establishments_of_territory():
        raise NotFound(f"L'établissement {establishment} n'est pas du groupement.", code="etablissement-inconnu")
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=scope.user_id)
        now = timezone.now()
        opened = user.break_glasses.filter(
            establishment=establishment, closed_at__isnull=True, expires_at__gt=now
        ).exists()
        if opened:
            raise Conflict("Un accès exceptionnel est déjà ouvert pour cet établissement.", code="bris-ouvert")
        if scope.sees_names(establishment):
            raise Conflict("Votre compte voit déjà les patients de cet établissement.", code="bris-inutile")
        access = BreakGlass.objects.create(
            user=user,
            establishment=establishment,
            reason=why,
            opened_at=now,
            expires_at=now + timedelta(hours=hours),
        )
        record(
            scope=scope,
            action="bris_de_glace.ouverture",
            establishment=establishment,
            object_type="bris_de_glace",
            object_key=str(access.pk),
            reason=why,
            details={"heures": hours},
        )
    return _row(access)


def close_break_glass(*, scope: Scope, break_glass_id: int) -> None:
    """End an exceptional access before its time: by its owner, or by an administrator of the establishment.

    Raises:
        NotFound: none of that number in the caller's reach. Conflict: it is over already.
    """
    with transaction.atomic():
        access = BreakGlass.objects.select_for_update().filter(pk=break_glass_id).first()
        allowed = access is not None and (
            access.user_id == scope.user_id or scope.may(Capability.GERER_COMPTES, access.establishment)
        )
        if access is None or not allowed:
            raise NotFound("Cet accès exceptionnel est introuvable.", code="bris-introuvable")
        if access.closed_at or access.expires_at <= timezone.now():
            raise Conflict("Cet accès exceptionnel est déjà terminé.", code="bris-termine")
        access.closed_at = timezone.now()
        access.save(update_fields=["closed_at"])
        record(
            scope=scope,
            action="bris_de_glace.fermeture",
            establishment=access.establishment,
            object_type="bris_de_glace",
            object_key=str(access.pk),
        )


def review_break_glass(*, scope: Scope, break_glass_id: int, review: str) -> None:
    """Say what an ended access was worth; never by the one who opened it.

    Raises:
        Denied: no right on the establishment, or one's own access. NotFound. Invalid: empty review.
        Conflict: still open, or reviewed already.
    """
    with transaction.atomic():
        access = BreakGlass.objects.select_for_update().filter(pk=break_glass_id).first()
        if access is None:
            raise NotFound("Cet accès exceptionnel est introuvable.", code="bris-introuvable")
        scope.require(Capability.VOIR_AUDIT, access.establishment)
        if access.user_id == scope.user_id:
            raise Denied("On ne relit pas son propre accès exceptionnel.", code="bris-soi-meme")
        if access.reviewed_at:
            raise Conflict("Cet accès exceptionnel a déjà été relu.", code="bris-relu")
        if access.closed_at is None and access.expires_at > timezone.now():
            raise Conflict("Cet accès exceptionnel est encore ouvert.", code="bris-ouvert")
        if len(review.strip()) < 3:
            raise Invalid("Écrivez un avis.", code="bris-avis")
        access.reviewed_at = timezone.now()
        access.reviewed_by = scope.actor
        access.review = review.strip()
        access.save(update_fields=["reviewed_at", "reviewed_by", "review"])
        record(
            scope=scope,
            action="bris_de_glace.relecture",
            establishment=access.establishment,
            object_type="bris_de_glace",
            object_key=str(access.pk),
            reason=access.review,
        )


def open_accesses(user_id: int) -> list[BreakGlassRow]:
    """The exceptional accesses open now for an account: what the banner says."""
    now = timezone.now()
    opened = BreakGlass.objects.filter(user_id=user_id, closed_at__isnull=True, expires_at__gt=now)
    return [_row(access) for access in opened.select_related("user").order_by("expires_at")]


def accesses_to_review(*, scope: Scope, limit: int = 200) -> list[BreakGlassRow]:
    """The accesses of the establishments whose trail the account may read: to review first, then the newest.

    Raises:
        Denied: the account reads no trail.
    """
    scope.require(Capability.VOIR_AUDIT)
    rows = BreakGlass.objects.select_related("user").order_by("-opened_at")
    if not scope.may(Capability.VOIR_AUDIT, EVERYWHERE):
        places = [place for place, held in scope.grants.items() if Capability.VOIR_AUDIT in held]
        rows = rows.filter(establishment__in=places)
    waiting = [_row(access) for access in rows.filter(reviewed_at__isnull=True)[:limit]]
    done = [_row(access) for access in rows.filter(reviewed_at__isnull=False)[: limit - len(waiting)]]
    return waiting + done


def _row(access: BreakGlass) -> BreakGlassRow:
    return BreakGlassRow(
        id=access.pk,
        username=access.user.get_username(),
        establishment=access.establishment,
        reason=access.reason,
        opened_at=access.opened_at,
        expires_at=access.expires_at,
        closed_at=access.closed_at,
        reviewed_at=access.reviewed_at,
        reviewed_by=access.reviewed_by,
        review=access.review,
    )
