"""Telling a fact, seeing all that was said of it, correcting, ending, withdrawing, taking back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.foundation.scope import Scope
from archipel.kernel.errors import ArchipelError, Invalid, NotFound
from archipel.programmes.facts.pages import shell
from archipel.programmes.facts.pages.listing import CHIPS
from archipel.programmes.facts.queries.history import FactLine, attachment, history, line
from archipel.programmes.facts.queries.ledger import facts_at
from archipel.programmes.facts.queries.table import subjects_in_scope
from archipel.programmes.facts.queries.vocabulary import vocabulary
from archipel.programmes.facts.rules.typed import expected, parse, shown, to_text
from archipel.programmes.facts.services import attachments, recording
from archipel.programmes.facts.services.recording import Draft
from archipel.programmes.facts.services.subjects import may_write, place, resolve
from archipel.programmes.facts.values import MODE_LABELS, Maille, Reading, State, Subject
from archipel.programmes.packs.public import MAILLE_LABELS, Fait, TypeFait
from archipel.programmes.perimetre import public as perimetre


def address(subject: Subject, fact: str) -> str:
    """The page of one fact of one subject."""
    return reverse("facts:fait", args=[subject.maille.value, subject.code, fact])


def _trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Programmes", "/programmes/"), ("Faits", reverse("facts:accueil")), *more]


def _name(subject: Subject, day: date) -> str:
    return place(subject, day).name


# --- telling


def _draft(request: HttpRequest, subject: Subject, fact: Fait) -> Draft:
    """What the form says. Raises Invalid naming the field."""
    post = request.POST
    since = shell.day_in(post, "date_effet")
    until = shell.day_in(post, "valide_jusqu_au") if post.get("valide_jusqu_au", "").strip() else None
    value = parse(fact, post.get("valeur", ""))
    piece = None
    if received := shell.upload(request, "piece", attachments.MAX_BYTES):
        placed = place(subject, since)
        piece = attachments.attach(scope=shell.scope_of(request), placed=placed, name=received[0], content=received[1])
    return Draft(subject, fact.id, value, since, post.get("source", ""), until, post.get("preuve", ""), piece)


def _form(request: HttpRequest, subject: Subject, fact: Fait, given: dict[str, Any], error: str) -> dict[str, Any]:
    """What the form of a fact shows; what was typed is kept."""
    posted = request.POST
    values = {name: posted.get(name, value) for name, value in given.items()} if posted else given
    return {
        "sujet": subject,
        "nom": _name(subject, timezone.localdate()),
        "niveau": MAILLE_LABELS[subject.maille],
        "fait": fact,
        "attendu": expected(fact),
        "valeurs": values,
        "booleen": fact.type is TypeFait.BOOLEEN,
        "date": fact.type is TypeFait.DATE,
        "choix": fact.choix if fact.type is TypeFait.CHOIX else (),
        "error": error,
        "types": ", ".join("." + one for one in attachments.TYPES),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@shell.seeing
def tell(request: HttpRequest) -> HttpResponse:
    """Of whom, which fact, then the fact itself in a form made by its type."""
    source = request.POST if request.method == "POST" else request.GET
    scope, words = shell.scope_of(request), vocabulary()
    fact = words.get(source.get("fait", ""))
    try:
        subject = _chosen(source.get("sujet", ""), fact)
        problem = ""
    except ArchipelError as found:
        subject, problem = None, found.message
    if fact is None or subject is None:
        return _choose(request, scope, fact, problem)
    error = ""
    if request.method == "POST":
        try:
            return _told(request, scope, subject, fact)
        except ArchipelError as found:
            error = found.message
            if found.http_status in (403, 404):
                raise
    given = {"valeur": "", "date_effet": timezone.localdate().isoformat(), "valide_jusqu_au": "", "source": "",
             "preuve": "", "suite": source.get("suite", "")}  # fmt: skip
    context = {
        "titre": fact.libelle,
        **_form(request, subject, fact, given, error),
        "deja": _standing(subject, fact, timezone.localdate()),
        "peut": may_write(scope, place(subject, timezone.localdate())),
        "fil": _trail(("Saisir", "")),
    }
    return render(request, "facts/saisir.html", context, status=422 if error else 200)


def _chosen(text: str, fact: Fait | None) -> Subject | None:
    """The subject asked for, at the level of the fact."""
    if not text or fact is None:
        return None
    level, separator, code = text.partition(":")
    if separator and level == fact.maille.value:
        return shell.subject_in(text)
    return resolve(code if separator else text, fact.maille, timezone.localdate())


def _told(request: HttpRequest, scope: Scope, subject: Subject, fact: Fait) -> HttpResponse:
    with transaction.atomic():
        draft = _draft(request, subject, fact)
        for text in request.POST.getlist("fin"):
            if text.isdecimal():
                recording.end_fact(
                    scope=scope, number=int(text), valid_until=draft.effective_at - timedelta(days=1),
                    reason=f"Remplacé par « {draft.source.strip()} »",
                )  # fmt: skip
        number = recording.record_fact(scope=scope, draft=draft)
    reading = facts_at([subject], draft.effective_at, fact_ids=[fact.id]).reading(subject, fact.id)
    messages.success(request, f"Fait n° {number} enregistré : {fact.libelle}, {shown(fact, draft.value)}.")
    if reading.state is State.CONTREDIT:
        messages.error(request, "Une autre source dit autre chose à cette date : la contradiction est montrée.")
    follow = request.POST.get("suite", "")
    inside = follow.startswith("/programmes/") and "//" not in follow
    return HttpResponseRedirect(follow if inside else address(subject, fact.id))


def _choose(request: HttpRequest, scope: Scope, fact: Fait | None, problem: str) -> HttpResponse:
    subjects = subjects_in_scope(scope, perimetre.graph())
    levels = {Maille.GHT, Maille.EJ, Maille.FINESS_PMSI}
    offered = [
        (str(subject), f"{name} ({MAILLE_LABELS[subject.maille]} {subject.code})")
        for subject, name in subjects.items()
        if subject.maille in levels and (fact is None or fact.maille is subject.maille)
        and may_write(scope, place(subject, timezone.localdate()))
    ]  # fmt: skip
    source = request.POST if request.method == "POST" else request.GET
    context = {
        "titre": "Saisir un fait",
        "sujets": sorted(offered, key=lambda one: one[1]),
        "faits": [(one.id, one.libelle, MAILLE_LABELS[one.maille]) for one in vocabulary().facts.values()
                  if one.maille is not Maille.PROJET],
        "fait_choisi": fact.id if fact else "",
        "sujet_choisi": source.get("sujet", ""),
        "suite": source.get("suite", ""),
        "error": problem,
        "fil": _trail(("Saisir", "")),
    }  # fmt: skip
    return render(request, "facts/choisir.html", context, status=422 if problem else 200)


def _standing(subject: Subject, fact: Fait, at: date) -> list[tuple[Any, str, str]]:
    reading = facts_at([subject], at, fact_ids=[fact.id]).reading(subject, fact.id)
    return [(one, shown(fact, one.value), MODE_LABELS[one.mode]) for one in reading.facts]


# --- one fact, and what was said of it


@require_safe
@shell.seeing
def detail(request: HttpRequest, maille: str, code: str, fait: str) -> HttpResponse:
    """What is known of a fact at a date, from whom; and everything that was ever said of it."""
    scope, at = shell.scope_of(request), shell.day_in(request.GET)
    subject, fact = shell.subject_in(f"{maille}:{code}"), vocabulary()[fait]
    placed = place(subject, at)
    if not placed.establishments & scope.programmes:
        raise NotFound("Cet établissement n'est pas dans votre périmètre.", code="sujet-introuvable")
    known = shell.known_in(request.GET)
    reading: Reading = facts_at([subject], at, fact_ids=[fact.id], known_at=known).reading(subject, fact.id)
    state, word = CHIPS[reading.state]
    context = {
        "titre": fact.libelle,
        "fait": fact,
        "sujet": subject,
        "nom": placed.name,
        "niveau": MAILLE_LABELS[subject.maille],
        "attendu": expected(fact),
        "lecture": reading,
        "puce": state,
        "mot": word,
        "valeur": shown(fact, reading.value),
        "dits": [(one, shown(fact, one.value), MODE_LABELS[one.mode]) for one in reading.facts],
        "perimes": [(one, shown(fact, one.value), MODE_LABELS[one.mode]) for one in reading.expired],
        "histoire": [_shown(one, fact) for one in history(subject, fact.id)],
        "peut": may_write(scope, placed),
        "le": at,
        "packs": sorted(vocabulary().packs[fact.id].values()),
        "fil": _trail((placed.name, f"{reverse('facts:accueil')}?etablissement={code}"), (fact.libelle, "")),
    }
    return render(request, "facts/fait.html", context)


def _shown(one: FactLine, fact: Fait) -> dict[str, Any]:
    return {"h": one, "f": one.fact, "valeur": shown(fact, one.fact.value), "mode": MODE_LABELS[one.fact.mode]}


@require_http_methods(["GET", "HEAD", "POST"])
@shell.seeing
def correct(request: HttpRequest, number: int) -> HttpResponse:
    """Say a fact again, otherwise; the form holds what it says."""
    scope, old = shell.scope_of(request), line(number)
    subject, fact = old.fact.subject, vocabulary()[old.fact.fact]
    error = ""
    if request.method == "POST":
        try:
            with transaction.atomic():
                draft = _draft(request, subject, fact)
                if draft.attachment is None and old.fact.attachment and not request.POST.get("sans_piece"):
                    draft = Draft(**{**_fields(draft), "attachment": old.fact.attachment})
                recording.correct_fact(scope=scope, number=number, draft=draft, reason=request.POST.get("motif", ""))
        except ArchipelError as found:
            if found.http_status in (403, 404):
                raise
            error = found.message
        else:
            messages.success(request, "Fait corrigé ; l'ancien reste dans l'historique.")
            return HttpResponseRedirect(address(subject, fact.id))
    given = {
        "valeur": to_text(old.fact.value), "date_effet": old.fact.effective_at.isoformat(),
        "valide_jusqu_au": old.fact.valid_until.isoformat() if old.fact.valid_until else "",
        "source": old.fact.source, "preuve": old.fact.proof, "motif": "",
    }  # fmt: skip
    context = {
        "titre": f"Corriger : {fact.libelle}",
        **_form(request, subject, fact, given, error),
        "correction": number,
        "ancienne_piece": old.attachment,
        "peut": may_write(scope, place(subject, old.fact.effective_at)) and old.holds,
        "fil": _trail((fact.libelle, address(subject, fact.id)), ("Corriger", "")),
    }
    return render(request, "facts/saisir.html", context, status=422 if error else 200)


def _fields(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in Draft.__dataclass_fields__}


def _end(request: HttpRequest, scope: Scope, number: int) -> int:
    day = shell.day_in(request.POST, "valide_jusqu_au")
    return recording.end_fact(scope=scope, number=number, valid_until=day, reason=request.POST.get("motif", ""))


ACTS: dict[str, tuple[Callable[[HttpRequest, Scope, int], int], str]] = {
    "clore": (_end, "La fin de validité est enregistrée."),
    "retirer": (
        lambda r, s, n: recording.retract_fact(scope=s, number=n, reason=r.POST.get("motif", "")),
        "Le fait est retiré ; il reste dans l'historique.",
    ),
    "annuler": (
        lambda r, s, n: recording.undo(scope=s, number=n),
        "C'est annulé : ce qui valait avant vaut de nouveau.",
    ),
}


@require_POST
@shell.seeing
def act(request: HttpRequest, number: int) -> HttpResponse:
    """End, withdraw or take back; goes back to the page of the fact."""
    action = request.POST.get("action", "")
    if action not in ACTS:
        raise Invalid(f"Action « {action[:30]} » inconnue.", code="action")
    found = line(number).fact
    do, done = ACTS[action]
    try:
        do(request, shell.scope_of(request), number)
    except ArchipelError as error:
        if error.http_status not in (409, 422):
            raise
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return HttpResponseRedirect(address(found.subject, found.fact))


@require_safe
@shell.seeing
def document(request: HttpRequest, number: int) -> HttpResponse:
    """A document that proves, as it was received."""
    name, media, content = attachment(number)
    response = shell.download(content, media, name.replace('"', ""))
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


urlpatterns = [
    path("programmes/faits/saisir/", tell, name="saisir"),
    path("programmes/faits/<int:number>/corriger/", correct, name="corriger"),
    path("programmes/faits/<int:number>/agir", act, name="agir"),
    path("programmes/faits/pieces/<int:number>", document, name="piece"),
    path("programmes/faits/<str:maille>/<str:code>/<slug:fait>/", detail, name="fait"),
]
