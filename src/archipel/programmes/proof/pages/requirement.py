"""One requirement: what it asks, what establishes it here, its value with the way down, its history, its ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse
from django.views.decorators.http import require_POST, require_safe

from archipel.foundation.scope import Scope
from archipel.foundation.web.charts import Chart, Mark, Series
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.programmes.packs.public import Pack
from archipel.programmes.proof import registry
from archipel.programmes.proof.pages import shell
from archipel.programmes.proof.pages.shell import trail
from archipel.programmes.proof.queries import entries, readings
from archipel.programmes.proof.queries.requirements import requirement as find
from archipel.programmes.proof.queries.statuses import RequirementStatus, statuses
from archipel.programmes.proof.queries.subjects import parse_key, require_seen
from archipel.programmes.proof.queries.trend import steps
from archipel.programmes.proof.rules.files import EXTENSIONS, LIMIT
from archipel.programmes.proof.rules.ledger import binding_at, standing
from archipel.programmes.proof.rules.status import wanted
from archipel.programmes.proof.services import deposits
from archipel.programmes.proof.services.deposits import Deposited
from archipel.programmes.proof.services.following import follow
from archipel.programmes.proof.services.readings import take, told
from archipel.programmes.proof.values import (
    ANSWERS,
    ENTRY_LABELS,
    LEVEL_LABELS,
    NATURE_LABELS,
    OPINIONS,
    STATUS_LABELS,
    Binding,
    Comparison,
    Condition,
    Entry,
    EntryKind,
    Nature,
    Origin,
    Subject,
)
from archipel.programmes.proof.values.metric import Metric

HISTORY_DAYS = 365
INSTANCES = (
    "Comité stratégique", "Comité territorial des élus locaux", "CME", "Collège médical", "CTE", "CSIRMT",
    "Comité des usagers", "Directoire", "Conseil de surveillance", "F3SCT",
)  # fmt: skip


@shell.seeing
@require_safe
def detail(request: HttpRequest, pack_id: str, chemin: str) -> HttpResponse:
    """What does it ask, where does it stand, and on what grounds?"""
    return _page(request, pack_id, chemin)


def _page(
    request: HttpRequest, pack_id: str, chemin: str, *, error: str = "", field: str = "", status: int = 200
) -> HttpResponse:
    scope, moment = shell.scope_of(request), shell.moment_of(request)
    seen = shell.subject_of(request, scope, moment.day)
    chosen = shell.pack_of(pack_id, request, moment.day)
    asked = find(chosen, chemin)
    every = [
        one
        for one in statuses(scope=scope, pack=chosen, subject=seen, at=moment.at, known_at=moment.known_at)
        if one.requirement.path == asked.path
    ]
    own = next((one for one in every if one.subject == seen), None) or (every[0] if len(every) == 1 else None)
    context = shell.frame(request, scope, own.subject if own else seen, moment) | {
        "sujet": seen,
        "titre": asked.label,
        "fil": trail(
            (chosen.titre, f"{reverse('proof:pack', args=[chosen.pack])}?sujet={seen.key}"), (asked.result, "")
        ),
        "pack": chosen,
        "exigence": asked,
        "maille": LEVEL_LABELS[asked.level] if asked.level else "",
        "entites": every,
        "etat": own,
        "erreur": error,
        "champ": field,
        "saisi": request.POST if error else {},
        "natures": NATURE_LABELS,
    }
    if own is not None:
        context |= _about(scope, chosen, own) | _ledger(chosen, own)
    return render(request, "proof/exigence.html", context, status=status)


def _about(scope: Scope, chosen: Pack, own: RequirementStatus) -> dict[str, Any]:
    """The value, the way down to the facts, the history."""
    metric = registry.known(own.binding.metric)
    told_steps = steps(chosen.pack, own.requirement.path, own.subject)
    return {
        "metrique": metric,
        "tableau": _board(metric, own.subject) if metric else None,
        "cible": " et ".join(wanted(one, own.measure.unit if own.measure else "") for one in own.binding.conditions),
        "mesures": own.reading.measures if own.reading else (),
        "etapes": [(one, STATUS_LABELS[one.status]) for one in reversed(told_steps)][:30],
        "courbe": _curve(scope, metric, own) if metric else None,
        "metriques": registry.metrics(),
        "comparaisons": [("ge", "au moins"), ("le", "au plus"), ("gt", "plus de"), ("lt", "moins de")],
        "instances": INSTANCES,
        "avis": OPINIONS,
        "reponses": ANSWERS,
        "extensions": EXTENSIONS,
        "limite": LIMIT >> 20,
        "local": own.binding.origin is Origin.LOCAL,
        "repli": own.binding.origin is Origin.REPLI,
    }


def _board(metric: Metric, subject: Subject) -> tuple[str, str] | None:
    """(label, address) of the page that shows the facts behind."""
    if not metric.board:
        return None
    try:
        address = reverse(metric.board)
    except NoReverseMatch:
        return None
    if metric.board_filter and len(subject.establishments) == 1:
        address += f"?{metric.board_filter}={subject.establishments[0]}"
    return metric.board_label, address


def _curve(scope: Scope, metric: Metric, own: RequirementStatus) -> Chart | None:
    found = readings.history(metric.id, own.subject, since=own.at - timedelta(days=HISTORY_DAYS), until=own.at)
    measures = [(one.at, told(scope, own.subject, one).measure(own.binding.measure)) for one in found]
    points = [(at, one.value, one) for at, one in measures if one is not None]
    if len(points) < 2:
        return None
    last = points[-1][2]
    return Chart(
        "mesure",
        last.label,
        "Lecture",
        tuple(at.astimezone(shell.PARIS) for at, _, _ in points),
        (Series(last.label, tuple(value for _, value, _ in points)),),
        kind="line",
        unit=last.unit,
        source=metric.source,
        at=found[-1].at,
        maximum=100 if last.unit == "%" else None,
        marks=tuple(Mark(float(one.value), f"Cible {wanted(one, last.unit)}") for one in own.binding.conditions),
        folded=True,
    )


def _ledger(chosen: Pack, own: RequirementStatus) -> dict[str, Any]:
    every = entries.ledger(chosen.pack, [own.subject], own.requirement.path)
    lines = every.get((own.subject, own.requirement.path), ())
    stands = {entry.entry_id for entry in standing(lines, own.known_at)}
    taken = {one.undoes: one for one in lines if one.kind is EntryKind.RETRAIT}
    shown = [_shown(entry, entry.entry_id in stands, taken.get(entry.entry_id)) for entry in reversed(lines)]
    comments = [one for one in shown if one["nature"] is EntryKind.COMMENTAIRE and one["tient"]]
    return {
        "lignes": [one for one in shown if one["nature"] not in (EntryKind.COMMENTAIRE, EntryKind.RETRAIT)],
        "commentaires": comments,
    }


def _shown(entry: Entry, stands: bool, taken: Entry | None) -> dict[str, Any]:
    details = entry.details
    words = {
        EntryKind.DECLARATION: ANSWERS.get(details.get("reponse", ""), ""),
        EntryKind.DECISION: OPINIONS.get(details.get("avis", ""), ""),
        EntryKind.LIAISON: NATURE_LABELS.get(Nature(details["nature"]), "") if "nature" in details else "",
    }
    return {
        "e": entry,
        "nature": entry.kind,
        "label": ENTRY_LABELS[entry.kind],
        "dit": words.get(entry.kind, details.get("attendue", "")),
        "voix": [details.get(name, "") for name in ("pour", "contre", "abstention")],
        "instance": details.get("instance", ""),
        "reference": details.get("reference", ""),
        "tient": stands,
        "retrait": taken,
    }


# --- acts ---------------------------------------------------------------------------------------------


def _piece(request: HttpRequest, scope: Scope, chosen: Pack, chemin: str, whom: Subject) -> Deposited:
    file = request.FILES.get("fichier")
    if file is None or isinstance(file, list):
        raise Invalid("Choisissez le fichier à déposer.", code="fichier-absent", field="fichier")
    if (file.size or 0) > LIMIT:
        raise Invalid(
            f"« {file.name} » fait {(file.size or 0) >> 20} Mio : {LIMIT >> 20} Mio au plus.",
            code="fichier-trop-grand",
            field="fichier",
        )
    return deposits.deposit_piece(
        scope=scope, pack=chosen, path=chemin, subject=whom, title=request.POST.get("titre", ""),
        effective_on=shell.day_of(request.POST.get("date", "")),
        expires_on=shell.optional_day(request.POST.get("fin", "")), expected=request.POST.get("attendue", ""),
        name=file.name or "fichier", content=file.read(),
    )  # fmt: skip


def _decision(request: HttpRequest, scope: Scope, chosen: Pack, chemin: str, whom: Subject) -> Deposited:
    votes = tuple(_whole(request.POST.get(name, ""), name) for name in ("pour", "contre", "abstention"))
    return deposits.record_decision(
        scope=scope, pack=chosen, path=chemin, subject=whom, instance=request.POST.get("instance", ""),
        held_on=shell.day_of(request.POST.get("date", "")), opinion=request.POST.get("avis", ""),
        votes=(votes[0], votes[1], votes[2]), reference=request.POST.get("reference", ""),
        expires_on=shell.optional_day(request.POST.get("fin", "")),
    )  # fmt: skip


def _whole(text: str, field: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or len(text) > 6:
        raise Invalid(f"« {text[:20]} » n'est pas un nombre de voix.", code="voix", field=field)
    return int(text)


def _declaration(request: HttpRequest, scope: Scope, chosen: Pack, chemin: str, whom: Subject) -> Deposited:
    return deposits.declare(
        scope=scope, pack=chosen, path=chemin, subject=whom, answer=request.POST.get("reponse", ""),
        effective_on=shell.day_of(request.POST.get("date", "")), note=request.POST.get("note", ""),
    )  # fmt: skip


def _comment(request: HttpRequest, scope: Scope, chosen: Pack, chemin: str, whom: Subject) -> Deposited:
    return deposits.comment(scope=scope, pack=chosen, path=chemin, subject=whom, text=request.POST.get("texte", ""))


def _binding(request: HttpRequest, scope: Scope, chosen: Pack, chemin: str, whom: Subject) -> Deposited:
    nature = request.POST.get("nature", "")
    if nature not in set(Nature):
        raise Invalid("Dites ce qui établira cette exigence.", code="nature", field="nature")
    metric, _, measure = request.POST.get("mesure", "").partition(".")
    conditions: tuple[Condition, ...] = ()
    if nature == Nature.METRIQUE and request.POST.get("valeur", "").strip():
        conditions = (Condition(_comparison(request), _number(request.POST["valeur"])),)
    freshness = _whole(request.POST.get("fraicheur", ""), "fraicheur")
    binding = Binding(
        nature=Nature(nature),
        metric=metric if nature == Nature.METRIQUE else "",
        measure=measure if nature == Nature.METRIQUE else "",
        conditions=conditions,
        freshness_days=freshness,
        pieces=tuple(line.strip() for line in request.POST.get("pieces", "").splitlines() if line.strip())[:20],
        instance=request.POST.get("instance", "").strip()[:200],
    )
    return deposits.bind(
        scope=scope, pack=chosen, path=chemin, subject=whom, binding=binding, reason=request.POST.get("raison", ""),
        effective_on=shell.day_of(request.POST.get("date", "")),
    )  # fmt: skip


def _comparison(request: HttpRequest) -> Comparison:
    test = request.POST.get("comparaison", "ge")
    if test not in set(Comparison):
        raise Invalid(f"Comparaison « {test[:20]} » inconnue.", code="comparaison", field="comparaison")
    return Comparison(test)


def _number(text: str) -> Decimal:
    plain = text.strip().replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        found = Decimal(plain)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > 1_000_000:
        raise Invalid(f"« {text[:20]} » n'est pas une cible : un nombre attendu.", code="cible", field="valeur")
    return found


def _take_back(request: HttpRequest, scope: Scope, chosen: Pack, chemin: str, whom: Subject) -> Deposited:
    number = _whole(request.POST.get("ligne", ""), "ligne")
    if number is None:
        raise Invalid("Dites quelle ligne retirer.", code="ligne-absente", field="ligne")
    return deposits.take_back(scope=scope, pack=chosen, entry=number, reason=request.POST.get("raison", ""))


def _read_again(request: HttpRequest, scope: Scope, chosen: Pack, chemin: str, whom: Subject) -> Deposited:
    asked = find(chosen, chemin)
    ledger = entries.ledger(chosen.pack, [whom], chemin).get((whom, chemin), ())
    now = clock.now()
    binding = binding_at(asked.binding, standing(ledger, now), now.astimezone(shell.PARIS).date())
    take(scope=scope, metric=binding.metric, subject=whom)
    follow(scope=scope, pack=chosen, asked=asked, subject=whom)
    return Deposited(0, "Mesure relue à l'instant.")


Act = Callable[[HttpRequest, Scope, Pack, str, Subject], Deposited]
ACTS: dict[str, Act] = {
    "piece": _piece,
    "decision": _decision,
    "declaration": _declaration,
    "commentaire": _comment,
    "liaison": _binding,
    "retrait": _take_back,
    "relire": _read_again,
}


@shell.seeing
@require_POST
def act(request: HttpRequest, pack_id: str, chemin: str) -> HttpResponse:
    """Do one of :data:`ACTS` for the subject of the form; what was typed is kept when it is refused."""
    scope, today = shell.scope_of(request), clock.now().astimezone(shell.PARIS).date()
    chosen = shell.pack_of(pack_id, request, today)
    action = request.POST.get("action", "")
    if action not in ACTS:
        raise Invalid(f"Action « {action[:30]} » inconnue.", code="action")
    whom = require_seen(scope, parse_key(request.POST.get("sujet", ""), today))
    try:
        done = ACTS[action](request, scope, chosen, chemin, whom)
    except ArchipelError as error:
        if error.http_status not in (409, 422):
            raise
        field = str(error.context.get("field") or "")
        return _page(request, pack_id, chemin, error=error.message, field=field, status=error.http_status)
    messages.success(request, done.message)
    back = reverse("proof:exigence", args=[chosen.pack, chemin])
    return HttpResponseRedirect(f"{back}?sujet={whom.key}")


urlpatterns = [
    path("programmes/preuves/exigences/<str:pack_id>/<path:chemin>/agir", act, name="agir"),
    path("programmes/preuves/exigences/<str:pack_id>/<path:chemin>/", detail, name="exigence"),
]
