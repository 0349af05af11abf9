"""What these pages share: who is let in, the pack, version, region and day of the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from archipel.foundation.scope import Scope
from archipel.foundation.web.asking import scope_of
from archipel.kernel.errors import Invalid
from archipel.programmes.packs.queries import store
from archipel.programmes.packs.services import rights
from archipel.programmes.packs.values.pack import Pack
from archipel.programmes.packs.values.versions import Status, VersionInfo

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def allowed(test: Callable[[Scope], bool], act: str) -> Callable[[View[P]], View[P]]:
    """Let in connected accounts that pass the test; others log in, or are refused the act."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            rights.require(test(scope_of(request)), act)
            return view(request, *args, **kwargs)

        return inner

    return decorate


reading = allowed(rights.may_read, "voir les référentiels")
proposing = allowed(rights.may_propose, "proposer un référentiel")


def day_in(query: Mapping[str, str]) -> date:
    """The day of the address (``le``); today when absent.

    Raises:
        Invalid: it is not a date.
    """
    text = query.get("le", "").strip()
    if not text:
        return timezone.localdate()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"« {text[:30]} » n'est pas une date : AAAA-MM-JJ attendu.", code="date-impossible") from None


@dataclass(frozen=True, slots=True)
class Asked:
    """The pack that a page shows: which version, as which region has it, on which day.

    ``query`` is what the links of the page carry on; ``regions`` are those that change this pack.
    """

    info: VersionInfo
    pack: Pack
    region: str
    day: date
    query: str
    regions: tuple[str, ...]
    current: bool


def asked(request: HttpRequest, pack: str) -> Asked:
    """The pack of the address: ``version`` (the one in force otherwise), ``region``, ``le``.

    Raises:
        NotFound: no such pack or version.
    """
    day = day_in(request.GET)
    version, region = request.GET.get("version", ""), request.GET.get("region", "")
    info = store.version_of(pack, version, day)
    overlays = [one for one in store.published(pack=pack) if one.region]
    regions = tuple(sorted({one.region for one in overlays}))
    shown = store.pack(pack, info.version, region) if region in regions else store.pack(pack, info.version)
    query = request.GET.copy()
    for name in list(query):
        if name not in ("version", "region", "le") or not query[name]:
            del query[name]
    alive = [one for one in store.versions(pack) if one.status is Status.PUBLIEE]
    in_force = store.in_force(alive, day).get(pack)
    return Asked(info, shown, region if region in regions else "", day, query.urlencode(), regions,
                 in_force is not None and in_force.id == info.id)  # fmt: skip


def trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to the page."""
    return [("Programmes", "/programmes/"), ("Référentiels", reverse("packs:accueil")), *steps]
