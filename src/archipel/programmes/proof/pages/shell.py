"""What the pages of proof share: who is looked at, at which moment, with which words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import is_fragment, is_htmx, scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel import clock
from archipel.kernel.errors import Invalid, NotFound
from archipel.programmes.packs.public import Pack
from archipel.programmes.proof.queries.packs import followed
from archipel.programmes.proof.queries.packs import pack as find_pack
from archipel.programmes.proof.queries.subjects import parse_key, require_seen, visible
from archipel.programmes.proof.values import Level, Status, Subject

__all__ = ["is_fragment", "is_htmx", "scope_of", "table_response"]
PARIS = ZoneInfo("Europe/Paris")
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
CHIPS = {status: status.value for status in Status}
SHOWN = (Status.PROUVE, Status.DECLARE, Status.EN_COURS, Status.PERIME, Status.CONTREDIT, Status.MANQUANT)
"""The statuses in the order of the screens: what is established first."""


def seeing(view: View[P]) -> View[P]:
    """Let in connected accounts that see programmes somewhere; others log in, or are refused."""

    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        scope_of(request).require(Capability.VOIR_PROGRAMMES)
        return view(request, *args, **kwargs)

    return inner


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment looked at: now, or a day past, as known now or then."""

    at: datetime
    known_at: datetime
    day: date
    past: bool
    query: str
    """The part of the address that keeps it, empty for now."""


def moment_of(request: HttpRequest) -> Moment:
    """``?au=2026-11-22&connu=2026-11-22``: the end of that day, as known at the end of the other; now without them.

    Raises:
        Invalid: not a date, or a date to come.
    """
    now = clock.now()
    asked = {name: request.GET.get(name, "").strip() for name in ("au", "connu")}
    at, known = (_end_of(asked[name], now) for name in ("au", "connu"))
    query = urlencode({name: value for name, value in asked.items() if value})
    return Moment(at, known, at.astimezone(PARIS).date(), bool(query), query)


def _end_of(text: str, now: datetime) -> datetime:
    if not text:
        return now
    day = day_of(text)
    if day > now.astimezone(PARIS).date():
        raise Invalid(f"Le {day:%d/%m/%Y} est à venir : choisissez une date passée.", code="date-future")
    return min(now, datetime.combine(day, time.max, PARIS))


def end_of_day(text: str) -> datetime | None:
    """The end of a day written in a form, now when it is today; None when nothing is written. Raises Invalid."""
    return _end_of(text.strip(), clock.now()) if text.strip() else None


def day_of(text: str) -> date:
    """A day written ``2026-11-22`` or ``22/11/2026``.

    Raises:
        Invalid: neither.
    """
    for shape in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip(), shape).date()  # noqa: DTZ007 - a day, not a moment
        except ValueError:
            continue
    raise Invalid(f"« {text[:30]} » n'est pas une date (jj/mm/aaaa).", code="date-impossible", field="date")


def optional_day(text: str) -> date | None:
    """A day, or None when nothing is written. Raises Invalid."""
    return day_of(text) if text.strip() else None


def choices(scope: Scope) -> dict[str, tuple[Subject, ...]]:
    """The subjects that may be chosen: groups, then establishments."""
    return {"GHT": visible(scope, Level.GHT), "Établissements": visible(scope, Level.EJ)}


def subject_of(request: HttpRequest, scope: Scope, day: date) -> Subject:
    """``?sujet=ej-210780581``; by default the group whose every member is seen, else the first establishment.

    Raises:
        NotFound: not seen, or nothing to see. Invalid: not a key.
    """
    asked = request.GET.get("sujet", "").strip()
    if asked:
        return require_seen(scope, parse_key(asked, day))
    offered = choices(scope)
    whole = [one for one in offered["GHT"] if set(one.establishments) <= scope.programmes]
    found = next(iter([*whole, *offered["Établissements"]]), None)
    if found is None:
        raise NotFound(
            "Aucun établissement connu n'est dans la portée de votre compte : chargez d'abord le périmètre.",
            code="sans-sujet",
        )
    return found


def pack_of(pack_id: str, request: HttpRequest, day: date) -> Pack:
    """The pack of the address, in the version asked for (``?version=``) or in force that day. Raises NotFound."""
    return find_pack(pack_id, request.GET.get("version", ""), day)


def packs_on(day: date) -> tuple[Pack, ...]:
    """The packs that have requirements, those kept as history last."""
    return followed(day)


def frame(request: HttpRequest, scope: Scope, seen: Subject, moment: Moment) -> dict[str, Any]:
    """What every page of the room needs: the picker of subject and date, the second line of tabs."""
    kept = urlencode({"sujet": seen.key}) + (f"&{moment.query}" if moment.query else "")
    return {
        "sujet": seen,
        "sujets": choices(scope),
        "moment": moment,
        "suite": kept,
        "aujourdhui": clock.now().astimezone(PARIS).date(),
        "gere": all(scope.may(Capability.GERER_PROGRAMMES, one) for one in seen.establishments),
        "valide": all(scope.may(Capability.VALIDER_PROGRAMMES, one) for one in seen.establishments),
        "salles": [
            (label, f"{reverse(name)}?{kept}", request.path.startswith(reverse(name)) if rank else _home(request))
            for rank, (label, name) in enumerate(
                (
                    ("Exigences", "proof:accueil"),
                    ("Pièces", "proof:pieces"),
                    ("Mesures", "proof:mesures"),
                    ("Archives", "proof:archives"),
                    ("Clés", "proof:cles"),
                )
            )
        ],
    }


def _home(request: HttpRequest) -> bool:
    here = reverse("proof:accueil")
    return request.path == here or request.path.startswith(f"{here}exigences/")


def trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    """The breadcrumb: programmes, proof, then the steps."""
    return [("Programmes", "/programmes/"), ("Preuves", reverse("proof:accueil")), *steps]


def soon(day: date | None, today: date, within: int = 60) -> bool:
    """Whether a day comes within so many days (or is past)."""
    return day is not None and day <= today + timedelta(days=within)
