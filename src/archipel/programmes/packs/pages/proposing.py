"""Proposing a version, reviewing it, publishing or setting it aside, withdrawing one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.foundation.web.asking import scope_of
from archipel.kernel.errors import ArchipelError, Denied, Invalid, NotFound
from archipel.programmes.packs.pages.common import proposing, trail
from archipel.programmes.packs.pages.compare import KINDS
from archipel.programmes.packs.queries import store
from archipel.programmes.packs.rules.problems import PackInvalid
from archipel.programmes.packs.rules.reading import MAX_BYTES
from archipel.programmes.packs.services import rights
from archipel.programmes.packs.services.versions import propose, publish, refuse, restore, review, withdraw
from archipel.programmes.packs.values.versions import Status, VersionInfo


@require_http_methods(["GET", "HEAD", "POST"])
@proposing
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file, or paste it; what it would change is shown next, nothing is published here."""
    error, problems = "", []
    if request.method == "POST":
        try:
            return redirect("packs:proposition", version_id=_received(request).id)
        except PackInvalid as found:
            error, problems = "Ce fichier n'est pas un référentiel valable.", list(found.problems)
        except ArchipelError as found:
            error = found.message
    context = {
        "titre": "Proposer un référentiel",
        "fil": trail(("Proposer", "")),
        "error": error,
        "problemes": problems,
        "texte": request.POST.get("texte", ""),
    }
    return render(request, "packs/proposer.html", context, status=422 if error else 200)


def _received(request: HttpRequest) -> VersionInfo:
    file = request.FILES.get("fichier")
    if file is None or isinstance(file, list):
        text = request.POST.get("texte", "")
        if not text.strip():
            raise Invalid("Choisissez un fichier YAML, ou collez son texte.", code="fichier-absent")
        return propose(scope=scope_of(request), text=text.replace("\r\n", "\n"), file="texte collé")
    if (file.size or 0) > MAX_BYTES:
        raise Invalid(f"Fichier de {file.size} octets : {MAX_BYTES} au plus.", code="fichier-trop-grand")
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"Le fichier n'est pas en UTF-8 (octet {error.start + 1}).", code="encodage") from None
    return propose(scope=scope_of(request), text=text, file=(file.name or "fichier")[:120])


@require_safe
@proposing
def listing(request: HttpRequest) -> HttpResponse:
    """The versions that wait for a decision, then those set aside."""
    rows = sorted(store.infos(), key=lambda one: one.proposed_at, reverse=True)
    context = {
        "titre": "Propositions de référentiels",
        "fil": trail(("Propositions", "")),
        "attente": [one for one in rows if one.status is Status.PROPOSEE],
        "decidees": [one for one in rows if one.status in (Status.REFUSEE, Status.RETIREE)][:50],
    }
    return render(request, "packs/propositions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@proposing
def examine(request: HttpRequest, version_id: int) -> HttpResponse:
    """What a version would change and for whom; its publication, or its refusal."""
    error = ""
    if request.method == "POST":
        try:
            return _decided(request, version_id)
        except (Denied, NotFound):
            raise
        except ArchipelError as found:
            error = found.message
    scope = scope_of(request)
    found_review = review(scope=scope, version_id=version_id)
    info = found_review.info
    context = {
        "titre": f"Relire : {info.title}",
        "fil": trail(("Propositions", reverse("packs:propositions")), (f"{info.pack} {info.version}", "")),
        "relecture": found_review,
        "info": info,
        "erreurs": [one for one in found_review.problems if not one.warning],
        "avertissements": [one for one in found_review.problems if one.warning],
        "changements": [(KINDS[one.kind], one) for one in found_review.changes],
        "publie": rights.may_publish(scope),
        "error": error,
        "motif": request.POST.get("motif", ""),
    }
    return render(request, "packs/proposition.html", context, status=422 if error else 200)


def _decided(request: HttpRequest, version_id: int) -> HttpResponse:
    act, reason = request.POST.get("acte", ""), request.POST.get("motif", "")
    if act == "publier":
        info = publish(scope=scope_of(request), version_id=version_id, reason=reason)
        messages.success(request, f"Version {info.version} publiée.")
        return redirect("packs:pack", pack=info.pack)
    if act == "refuser":
        refuse(scope=scope_of(request), version_id=version_id, reason=reason)
        messages.success(request, "Proposition refusée ; son fichier est gardé.")
        return redirect("packs:propositions")
    raise Invalid("Dites s'il faut publier ou refuser.", code="acte-inconnu")


@require_POST
@proposing
def turn(request: HttpRequest, version_id: int) -> HttpResponse:
    """Withdraw a published version, or put it back."""
    act = restore if request.POST.get("acte") == "remettre" else withdraw
    info = act(scope=scope_of(request), version_id=version_id, reason=request.POST.get("motif", ""))
    done = "remise en vigueur" if info.status is Status.PUBLIEE else "retirée"
    messages.success(request, f"Version {info.version} {done}.")
    return (
        redirect(reverse("packs:pack", args=[info.pack]) + "?vue=versions")
        if store.published(pack=info.pack, region="")
        else redirect("packs:propositions")
    )
