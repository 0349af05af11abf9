"""The plan of a unit and the sheet of a bed: look, then act; every act by drag, by keyboard or by a plain form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from archipel.domains.flow import public as flow
from archipel.domains.flow.pages import shell
from archipel.domains.flow.public import BedAct, BedKey, UnitBoard
from archipel.domains.flow.queries.bed_sheet import bed_history
from archipel.domains.flow.queries.unit_values import Bed
from archipel.foundation.audit.services import record_many
from archipel.foundation.scope import Scope
from archipel.kernel.errors import ArchipelError, Invalid, NotFound
from archipel.territory.values import FILIERE_LABELS

_WORDS = (
    ("libre", "libre", "libres"),
    ("reserve", "réservé", "réservés"),
    ("occupe", "occupé", "occupés"),
    ("a_nettoyer", "à nettoyer", "à nettoyer"),
    ("ferme", "fermé", "fermés"),
    ("non_arme", "non armé", "non armés"),
)
_SEEN = "flow_lectures"
_SEEN_LIMIT = 400


def _trace_reading(request: HttpRequest, board: UnitBoard, fresh: bool) -> None:
    """One entry per venue whose name is shown: at each opening of the page, then for who appears while it is open."""
    if not board.keys or shell.names_hidden(request):
        return
    page = f"{board.unit.establishment}:{board.unit.code}"
    seen: dict[str, list[str]] = request.session.get(_SEEN, {})
    known = set() if fresh else set(seen.get(page, ()))
    new = [key for key in board.keys if key not in known]
    if not new:
        return
    record_many(
        scope=shell.scope_of(request),
        action="lits.lecture",
        establishment=board.unit.establishment,
        object_type="venue",
        object_keys=new,
        details={"unite": board.unit.code},
    )
    request.session[_SEEN] = {page: sorted(known | set(new))[:_SEEN_LIMIT]}


def _board(request: HttpRequest, ej: str, uf: str) -> UnitBoard:
    return flow.unit_board(scope=shell.scope_of(request), establishment=ej, uf=uf)


def _counted(board: UnitBoard) -> list[tuple[str, str]]:
    """(state, words) of the states that have beds: ``("libre", "3 libres")``."""
    counts = [(state, board.count(state), one, many) for state, one, many in _WORDS]
    return [(state, f"{count} {many if count > 1 else one}") for state, count, one, many in counts if count]


def _context(board: UnitBoard) -> dict[str, Any]:
    return {
        "titre": board.unit.name,
        "plan": board,
        "etats": _counted(board),
        "disponibles": sum(1 for bed in board.beds if bed.state.available and not bed.blocked),
        "conflits": sum(1 for bed in board.beds if bed.state.conflict),
        "filiere": FILIERE_LABELS.get(board.unit.filiere, board.unit.filiere),
        "fil": [("Lits", reverse("flow:lits")), (board.unit.name, "")],
        "sujet": f"flow.uf:{board.unit.establishment}:{board.unit.code}",
    }


@login_required
@require_safe
def unit(request: HttpRequest, ej: str, uf: str) -> HttpResponse:
    """Who is in which bed, and which bed is free? The plan of the unit."""
    board = _board(request, ej, uf)
    fragment = shell.is_fragment(request)
    _trace_reading(request, board, fresh=not fragment)
    return render(request, "flow/_unite.html" if fragment else "flow/unite.html", _context(board))


def _find(board: UnitBoard, text: str) -> Bed:
    chambre, _, lit = text.partition("/")
    for bed in board.beds:
        if (bed.chambre, bed.lit) == (chambre, lit):
            return bed
    raise NotFound(f"Le lit « {text[:40]} » n'existe pas dans l'unité {board.unit.code}.", code="lit-inconnu")


@login_required
@require_safe
def sheet(request: HttpRequest, ej: str, uf: str) -> HttpResponse:
    """What is this bed, and what can be done with it? Forms that work without a script, and its history."""
    board = _board(request, ej, uf)
    bed = _find(board, request.GET.get("lit", ""))
    _trace_reading(request, board, fresh=False)
    context = {
        **_context(board),
        "titre": f"Lit {bed.label}",
        "lit": bed,
        "libres": sorted(
            (b for b in board.beds if b.state.available and b.label != bed.label), key=lambda b: b.blocked
        ),
        "patients": [(b, stay) for b in board.beds for stay in b.stays if b.label != bed.label]
        + [(None, stay) for stay in board.without_bed],
        "historique": bed_history(
            scope=shell.scope_of(request), establishment=ej, uf=uf, chambre=bed.chambre, lit=bed.lit
        ),
        "isolements": flow.ISOLATIONS,
        "fermetures": flow.CLOSURE_KINDS.items(),
        "fil": [
            ("Lits", reverse("flow:lits")),
            (board.unit.name, reverse("flow:unite", args=[ej, uf])),
            (f"Lit {bed.label}", ""),
        ],
    }
    return render(request, "flow/_lit.html" if shell.is_htmx(request) else "flow/lit.html", context)


# --- acts ---------------------------------------------------------------------------------------------


def _moment(request: HttpRequest, name: str) -> datetime | None:
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    try:
        return timezone.make_aware(datetime.fromisoformat(text)) if "T" in text else None
    except ValueError:
        raise Invalid(f"« {text[:30]} » n'est pas une date et une heure.", code="date", field=name) from None


def _venue(request: HttpRequest) -> int | None:
    text = request.POST.get("venue", "").strip()
    if text and not text.isdigit():
        raise Invalid("Patient inconnu : choisissez-le dans la liste.", code="venue", field="venue")
    return int(text) if text else None


def _reserve(request: HttpRequest, scope: Scope, bed: BedKey) -> BedAct:
    return flow.reserve_bed(
        scope=scope,
        bed=bed,
        venue=_venue(request),
        text=request.POST.get("text", ""),
        expected_at=_moment(request, "expected_at"),
        until=_moment(request, "until"),
        reason=request.POST.get("reason", ""),
        force=_forced(request),
    )


def _move(request: HttpRequest, scope: Scope, bed: BedKey) -> BedAct:
    venue = _venue(request)
    if venue is None:
        raise Invalid("Choisissez le patient à déplacer.", code="venue", field="venue")
    return flow.plan_move(
        scope=scope, bed=bed, venue=venue, reason=request.POST.get("reason", ""), force=_forced(request)
    )


def _forced(request: HttpRequest) -> bool:
    return request.POST.get("force") == "1"


def _close(request: HttpRequest, scope: Scope, bed: BedKey) -> BedAct:
    return flow.close_bed(
        scope=scope,
        bed=bed,
        reason=request.POST.get("reason", ""),
        kind=request.POST.get("kind", "01"),
        until=_moment(request, "until"),
        force=_forced(request),
    )


def _unstaff(request: HttpRequest, scope: Scope, bed: BedKey) -> BedAct:
    reason = request.POST.get("reason", "")
    until = _moment(request, "until")
    return flow.set_staffed(scope=scope, bed=bed, staffed=False, reason=reason, until=until, force=_forced(request))


def _room(request: HttpRequest, scope: Scope, bed: BedKey) -> BedAct:
    reason = request.POST.get("reason", "")
    return flow.set_room_sex(
        scope=scope, bed=bed, sexe=request.POST.get("sexe", ""), reason=reason, force=_forced(request)
    )


Act = Callable[[HttpRequest, Scope, BedKey], BedAct]
ACTS: dict[str, Act] = {
    "reserver": _reserve,
    "deplacer": _move,
    "liberer": lambda r, s, b: flow.cancel_reservation(scope=s, bed=b, reason=r.POST.get("reason", "")),
    "nettoyer": lambda r, s, b: flow.mark_cleaned(scope=s, bed=b),
    "salir": lambda r, s, b: flow.mark_to_clean(scope=s, bed=b, reason=r.POST.get("reason", "")),
    "fermer": _close,
    "rouvrir": lambda r, s, b: flow.reopen_bed(scope=s, bed=b, reason=r.POST.get("reason", "")),
    "desarmer": _unstaff,
    "armer": lambda r, s, b: flow.set_staffed(scope=s, bed=b, staffed=True, reason=r.POST.get("reason", "")),
    "isoler": lambda r, s, b: flow.set_isolation(scope=s, bed=b, isolation=r.POST.get("isolement", "")),
    "sexe_chambre": _room,
}


@login_required
@require_POST
def act(request: HttpRequest, ej: str, uf: str) -> HttpResponse:
    """Do one of :data:`ACTS` on a bed; answers with a notice that can undo it, or goes back to the plan."""
    action = request.POST.get("action", "")
    if action not in ACTS:
        raise Invalid(f"Action « {action[:30]} » inconnue.", code="action")
    chambre, _, lit = request.POST.get("lit", "").partition("/")
    key = BedKey(ej, uf, chambre, lit)
    return _answer(request, key, lambda: ACTS[action](request, shell.scope_of(request), key))


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back an act: ``faits`` names its facts."""
    text = request.GET.get("faits", "") or request.POST.get("faits", "")
    numbers = [int(part) for part in text.split(",") if part.isdigit()]
    reason = request.POST.get("reason", "")
    return _answer(request, None, lambda: flow.undo(scope=shell.scope_of(request), facts=numbers, reason=reason))


def _answer(request: HttpRequest, key: BedKey | None, do: Callable[[], BedAct]) -> HttpResponse:
    try:
        done = do()
    except ArchipelError as error:
        if shell.is_htmx(request) or key is None or error.http_status not in (409, 422):
            raise
        messages.error(request, error.message)
        target = reverse("flow:lit", args=[key.establishment, key.uf])
        return HttpResponseRedirect(f"{target}?{urlencode({'lit': f'{key.chambre}/{key.lit}'})}")
    undo_url = f"{reverse('flow:annuler')}?{urlencode({'faits': ','.join(map(str, done.facts))})}"
    if shell.is_htmx(request):
        answer = render(request, "ui/_toast.html", {"message": done.message, "undo_url": undo_url})
        answer.headers["HX-Trigger"] = "archipel:lits"
        return answer
    messages.success(request, done.message)
    return HttpResponseRedirect(reverse("flow:unite", args=[done.key.establishment, done.key.uf]))


urlpatterns = [
    path("lits/annuler", undo, name="annuler"),
    path("lits/<str:ej>/<str:uf>/", unit, name="unite"),
    path("lits/<str:ej>/<str:uf>/lit", sheet, name="lit"),
    path("lits/<str:ej>/<str:uf>/agir", act, name="agir"),
]
