"""The navigation: what people do. One list; what cannot be reached yet, or not by this account, is not shown."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from archipel.foundation.scope import Capability, Scope


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the navigation; ``capability`` None: every signed-in account."""

    label: str
    url_name: str
    icon: str
    capability: Capability | None = None


@dataclass(frozen=True, slots=True)
class NavLink:
    """An entry that this account can follow."""

    label: str
    url: str
    icon: str
    current: bool


NAVIGATION: tuple[NavItem, ...] = (
    NavItem("Territoire", "flow:territoire", "map", Capability.VOIR_CAPACITE),
    NavItem("Urgences", "flow:urgences", "ambulance", Capability.VOIR_CAPACITE),
    NavItem("RPU", "flow:rpu-qualite", "checklist", Capability.SAISIR_RPU),
    NavItem("Tension", "flow:tension", "trending-up", Capability.VOIR_CAPACITE),
    NavItem("Lits", "flow:lits", "bed", Capability.VOIR_CAPACITE),
    NavItem("Prévisions", "forecast:accueil", "chart-line", Capability.VOIR_CAPACITE),
    NavItem("Demandes", "flow:demandes", "mail", Capability.DEMANDER_LIT),
    NavItem("ROR", "ror:accueil", "send", Capability.VOIR_CAPACITE),
    NavItem("Documents", "documents:liste", "file-text", Capability.VOIR_DOCUMENTS),
    NavItem("Patients", "flow:patients", "users", Capability.VOIR_PATIENTS),
    NavItem("Programmes", "steering:accueil", "target", Capability.VOIR_PROGRAMMES),
    NavItem("Systèmes", "systems:accueil", "server", Capability.VOIR_SYSTEMES),
    NavItem("Messages", "messages:boite", "inbox", Capability.GERER_MESSAGES),
    NavItem("Émetteurs", "messages:emetteurs", "heartbeat", Capability.GERER_MESSAGES),
    NavItem("Structure", "structure", "sitemap", Capability.VOIR_CAPACITE),
    NavItem("Administration", "comptes", "settings", Capability.GERER_COMPTES),
    NavItem("Traces", "traces", "shield-lock", Capability.VOIR_AUDIT),
)


def links(scope: Scope, path: str) -> list[NavLink]:
    """The entries that exist and that the scope may see; the one that holds ``path`` is current."""
    found: list[NavLink] = []
    for item in NAVIGATION:
        if item.capability is not None and not scope.may(item.capability):
            continue
        try:
            url = reverse(item.url_name)
        except NoReverseMatch:
            continue
        found.append(NavLink(item.label, url, item.icon, False))
    current = max((link.url for link in found if path.startswith(link.url)), key=len, default="")
    return [NavLink(link.label, link.url, link.icon, link.url == current) for link in found]
