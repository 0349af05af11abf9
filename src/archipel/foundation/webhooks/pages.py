"""The screen of subscriptions: make, try, suspend, renew, remove; what was not delivered, and sending it again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from archipel.foundation.web.asking import scope_of
from archipel.foundation.webhooks import services
from archipel.foundation.webhooks.models import Delivery
from archipel.foundation.webhooks.queries import SHOWN, deliveries, subscriptions
from archipel.foundation.webhooks.topics import OFFERED, TOPICS
from archipel.kernel.errors import Conflict, Invalid, NotFound

STATES = {Delivery.WAITING: "En attente", Delivery.DONE: "Livrée", Delivery.DEAD: "Abandonnée"}


@never_cache
@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The subscriptions and the deliveries; a new subscription shows its secret once."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    scope = scope_of(request)
    services.require(scope)
    shown: dict[str, Any] = {"saisi": request.POST if request.method == "POST" else {}}
    status = 200
    if request.method == "POST":
        post = request.POST
        try:
            made = services.subscribe(
                scope=scope, name=post.get("nom", ""), url=post.get("url", ""), topics=post.getlist("sujets")
            )
            shown = {"secret": made.secret, "saisi": {}}
        except (Invalid, Conflict) as refusal:
            shown["probleme"], status = refusal.message, refusal.http_status
    state = request.GET.get("etat", "")
    return _shown(request, state if state in STATES else "", shown, status)


def _shown(request: HttpRequest, state: str, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    scope = scope_of(request)
    rows = subscriptions(scope)
    context = {
        "titre": "Abonnements aux événements",
        "abonnements": rows,
        "livraisons": [(one, STATES[one.state]) for one in deliveries(scope, state)],
        "abandonnees": sum(one.dead for one in rows),  # type: ignore[attr-defined]
        "sujets": [(topic, TOPICS[topic]) for topic in OFFERED],
        "noms": TOPICS,
        "etats": STATES.items(),
        "etat": state,
        "montrees": SHOWN,
        "reseaux": settings.WEBHOOKS_NETWORKS,
        "fil": [("Administration", "/comptes/"), ("Abonnements", "")],
        **shown,
    }
    return render(request, "webhooks/abonnements.html", context, status=status)


@never_cache
@require_POST
def act(request: HttpRequest, number: int) -> HttpResponse:
    """Try, suspend, resume, renew the secret of or remove a subscription."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    scope, action = scope_of(request), request.POST.get("action", "")
    if action == "secret":
        return _shown(request, "", {"secret": services.renew_secret(scope=scope, number=number), "saisi": {}})
    try:
        if action == "essayer":
            services.try_out(scope=scope, number=number)
            messages.success(request, "Essai en route : son issue paraît dans les livraisons.")
        elif action in ("suspendre", "reprendre"):
            services.suspend(scope=scope, number=number, active=action == "reprendre")
            messages.success(request, "Abonnement repris." if action == "reprendre" else "Abonnement suspendu.")
        elif action == "supprimer":
            services.unsubscribe(scope=scope, number=number)
            messages.success(request, "Abonnement supprimé, avec ce qui attendait.")
        else:
            services.require(scope)
            raise NotFound("Cette action n'existe pas.", code="action")
    except Conflict as refusal:
        messages.error(request, refusal.message)
    return redirect("webhooks")


@never_cache
@require_POST
def replay(request: HttpRequest, delivery: UUID) -> HttpResponse:
    """Send again."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    try:
        services.replay(scope=scope_of(request), delivery=delivery)
        messages.success(request, "Livraison remise en attente.")
    except Conflict as refusal:
        messages.error(request, refusal.message)
    return redirect("webhooks")


urlpatterns: list[URLPattern | URLResolver] = [
    path("abonnements/", home, name="webhooks"),
    path("abonnements/<int:number>/", act, name="webhook"),
    path("abonnements/livraisons/<uuid:delivery>/rejouer", replay, name="webhook-rejouer"),
]
