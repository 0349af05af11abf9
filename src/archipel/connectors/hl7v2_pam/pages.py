"""Addresses of the pages of messages and senders."""

from __future__ import annotations

from django.urls import URLPattern, path

from archipel.connectors.hl7v2_pam.screens import browser, inbox, senders

app_name = "messages"
urlpatterns: list[URLPattern] = [
    path("messages/", browser.journal, name="journal"),
    path("messages/export", browser.export, name="journal-export"),
    path("messages/attente/", inbox.inbox, name="boite"),
    path("messages/attente/export", inbox.export, name="boite-export"),
    path("messages/attente/rejouer/", inbox.replay_group, name="rejouer-groupe"),
    path("messages/emetteurs/", senders.listing, name="emetteurs"),
    path("messages/emetteurs/<int:number>/", senders.sender, name="emetteur"),
    path("messages/emetteurs/<int:number>/rattacher/", senders.attach, name="emetteur-rattacher"),
    path("messages/emetteurs/<int:number>/uf", senders.uf_export, name="emetteur-uf"),
    path("messages/emetteurs/<int:number>/uf/import/", senders.uf_import, name="emetteur-uf-import"),
    path("messages/<int:number>/", inbox.message, name="message"),
    path("messages/<int:number>/brut", inbox.raw, name="brut"),
]
