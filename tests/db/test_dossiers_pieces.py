"""Attachments: received after a look, downloaded by who may, never shown as a page, withdrawn without being erased."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import in_scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound, Upstream
from archipel.programmes.dossiers.models import Attachment, Blob
from archipel.programmes.dossiers.queries.documents import deposited_document
from archipel.programmes.dossiers.queries.pieces import pieces
from archipel.programmes.dossiers.services import attaching
from tests.factories.accounts import audit_entries
from tests.factories.dossiers import CHU, account, agency, bring, direction, fill, open_one, region, scope

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def establishments() -> None:
    region()


def put(who, dossier: int, raw: bytes = PNG, name: str = "lettre.png", nature: str = "lettre-engagement") -> int:
    return attaching.attach(scope=who, dossier=dossier, nature=nature, name=name, raw=raw)


def test_a_file_is_kept_whole_with_its_hash_and_cannot_be_changed() -> None:
    ours = direction()
    number = open_one(ours)
    piece = put(ours, number, name="../../Lettre d'Émile <x>.png")
    with in_scope(ours):
        (kept,) = pieces(number)
        assert kept.name == "Lettre d'Émile _x_.png" and kept.size == len(PNG) and kept.media_type == "image/png"
        assert kept.scanned == "contenu"
        with pytest.raises(DatabaseError), transaction.atomic():
            Attachment.objects.filter(pk=piece).update(name="autre")
        with pytest.raises(DatabaseError), transaction.atomic():
            Blob.objects.filter(pk=piece).delete()
        found = attaching.read(scope=ours, dossier=number, piece=piece)
    assert found.raw == PNG
    assert [e.action for e in audit_entries(action="dossiers.piece_lue")] == ["dossiers.piece_lue"]
    with pytest.raises(Conflict, match="déjà dans le dossier"):
        put(ours, number, name="copie.png")


def test_a_refused_file_leaves_nothing() -> None:
    ours = direction()
    number = open_one(ours)
    with pytest.raises(Invalid, match="image PNG"):
        put(ours, number, name="lettre.pdf")
    with pytest.raises(Invalid):
        put(ours, number, nature="inconnue")
    with in_scope(ours):
        assert not Attachment.objects.exists() and not Blob.objects.exists()


def test_a_withdrawn_file_is_no_longer_counted_and_comes_back() -> None:
    ours = direction()
    number = open_one(ours)
    piece = put(ours, number)
    with pytest.raises(Invalid, match="pourquoi"):
        attaching.withdraw(scope=ours, dossier=number, piece=piece)
    attaching.withdraw(scope=ours, dossier=number, piece=piece, reason="Mauvaise version")
    with in_scope(ours):
        assert pieces(number)[0].withdrawn
    put(ours, number, name="bonne.png", raw=PNG + b"1")
    with pytest.raises(Conflict):
        attaching.withdraw(scope=ours, dossier=number, piece=piece, reason="encore")
    attaching.withdraw(scope=ours, dossier=number, piece=piece, back=True)
    with in_scope(ours):
        assert [one.withdrawn for one in pieces(number)] == [False, False]


def test_the_agency_reads_what_was_sent_and_what_comes_after() -> None:
    ours, theirs = direction(), agency()
    number = open_one(ours)
    sent, dropped = put(ours, number), put(ours, number, name="brouillon.png", raw=PNG + b"2", nature="devis")
    attaching.withdraw(scope=ours, dossier=number, piece=dropped, reason="inutile")
    fill(ours, number)
    with pytest.raises(NotFound), in_scope(theirs):
        attaching.read(scope=theirs, dossier=number, piece=sent)
    bring(number, "conventionne", writer=ours, judge=theirs)
    proof = put(ours, number, name="preuve.png", raw=PNG + b"3", nature="preuve")
    with in_scope(theirs):
        assert {one.id for one in pieces(number)} == {sent, proof}
        assert attaching.read(scope=theirs, dossier=number, piece=proof).raw == PNG + b"3"
        with pytest.raises(NotFound):
            attaching.read(scope=theirs, dossier=number, piece=dropped)
        frozen = deposited_document(number)
        assert frozen is not None and frozen.attachments == (sent,)
    with pytest.raises(Conflict, match="déposé"):
        attaching.withdraw(scope=ours, dossier=number, piece=sent, reason="trop tard")
    with pytest.raises(Denied):
        put(theirs, number, name="x.png", raw=PNG + b"4", nature="preuve")
    signed = put(theirs, number, name="convention.png", raw=PNG + b"5", nature="convention")
    with pytest.raises(Denied):
        attaching.withdraw(scope=ours, dossier=number, piece=signed, reason="non")


def test_the_page_gives_a_file_to_keep_and_never_shows_it() -> None:
    user = account(Role.CHARGE_PROGRAMMES, CHU)
    number = open_one(scope_of(user))
    client = Client()
    client.force_login(user, backend=BACKEND)
    address = f"/programmes/dossiers/{number}/pieces/"
    file = SimpleUploadedFile("né.txt", "Émile".encode(), content_type="text/html")
    posted = client.post(address, {"fichier": file, "nature": "avis", "instance": "CME"}, follow=True)
    assert "est ajouté au dossier" in posted.content.decode() and "CME" in posted.content.decode()
    with in_scope(scope_of(user)):
        piece = Attachment.objects.get().pk
    answer = client.get(f"{address}{piece}/")
    assert answer.content == "Émile".encode()
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    bad = client.post(address, {"fichier": SimpleUploadedFile("a.pdf", b"<html>"), "nature": "avis"}, follow=True)
    assert "est refusé" in bad.content.decode()
    assert "Choisissez un fichier" in client.post(address, {"nature": "avis"}, follow=True).content.decode()


# --- the antivirus


@pytest.fixture
def clamd(settings: Any) -> Iterator[list[bytes]]:
    """Something that speaks clamd's protocol; answers FOUND for what holds « mauvais »."""
    server, heard = socket.create_server(("127.0.0.1", 0)), []

    def serve() -> None:
        while True:
            try:
                link, _ = server.accept()
            except OSError:
                return
            with link, link.makefile("rb") as reader:
                assert reader.read(10) == b"zINSTREAM\0"
                body = b""
                while size := struct.unpack("!L", reader.read(4))[0]:
                    body += reader.read(size)
                heard.append(body)
                link.sendall(b"stream: Essai.Mauvais FOUND\0" if b"mauvais" in body else b"stream: OK\0")

    threading.Thread(target=serve, daemon=True).start()
    settings.CLAMD = f"127.0.0.1:{server.getsockname()[1]}"
    yield heard
    server.close()


def test_the_antivirus_is_asked_and_obeyed(clamd: list[bytes]) -> None:
    ours = scope(Role.CHARGE_PROGRAMMES, CHU)
    number = open_one(ours)
    put(ours, number, raw=PNG * 5000)
    assert clamd == [PNG * 5000]
    with pytest.raises(Invalid, match="Essai"):
        put(ours, number, name="a.txt", raw=b"mauvais")
    with in_scope(ours):
        assert [one.scanned for one in pieces(number)] == ["contenu+antivirus"]


def test_a_silent_antivirus_lets_nothing_in(settings: Any) -> None:
    settings.CLAMD = "/nulle/part/clamd.sock"
    ours = scope(Role.CHARGE_PROGRAMMES, CHU)
    number = open_one(ours)
    with pytest.raises(Upstream, match="ne répond pas"):
        put(ours, number)
    with in_scope(ours):
        assert not Attachment.objects.exists()
