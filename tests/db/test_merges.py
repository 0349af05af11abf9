"""Merges told by messages are undone and done again by people, with a reason; a rebuild keeps to it."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test import Client

from archipel.connectors.hl7v2_pam.digest import establishments, state_digest
from archipel.connectors.hl7v2_pam.rebuild import rebuild
from archipel.domains.flow.models import Venue
from archipel.domains.flow.pages.path import encode_key
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.outbox.models import Event
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.identity import public as identity
from archipel.identity.models import MergeDecision, Patient
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from tests.db.test_parked import CHB, CHU, receive
from tests.factories.accounts import audit_entries, make_user
from tests.factories.pam import T0, Move, message
from tests.factories.pam import Patient as Who

LOSER, SURVIVOR = Who("800000001"), Who("900000001", "FICTIF")


def merged() -> tuple[str, str]:
    """An admission, then an A40; the keys of loser and survivor."""
    receive(
        message(Move("A01", "1", patient=LOSER)),
        message(Move("A40", "2", patient=SURVIVOR, former=LOSER, at=T0.replace(hour=8))),
    )
    with in_scope(system_scope("tests", [CHU])):
        keys = {row.number: row.key for row in Patient.objects.all()}
    return keys[LOSER.ipp], keys[SURVIVOR.ipp]


def representative(key: str) -> str:
    with in_scope(system_scope("tests", [CHU])):
        return Patient.objects.get(key=key).representative


def scope(role: str = "dim", establishment: str = CHU) -> Scope:
    return scope_of(make_user(role, establishment))


@pytest.mark.django_db
def test_a_merge_is_undone_and_done_again() -> None:
    loser, survivor = merged()
    who = scope()
    pair = {"establishment": CHU, "loser": loser, "survivor": survivor}
    assert representative(loser) == survivor
    identity.undo_merge(scope=who, **pair, reason="deux homonymes")
    assert representative(loser) == loser
    with pytest.raises(Conflict):
        identity.undo_merge(scope=who, **pair, reason="encore une fois")
    # the sender says it again: the decision holds
    receive(message(Move("A40", "3", patient=SURVIVOR, former=LOSER, at=T0.replace(hour=9))))
    assert representative(loser) == loser
    with in_scope(who):
        (row,) = identity.search.merges(CHU, loser)
    assert (row.undone, row.actor, row.reason) == (True, who.actor, "deux homonymes")
    identity.redo_merge(scope=who, **pair, reason="même personne, vérifié")
    assert representative(loser) == survivor
    assert [e.action for e in audit_entries(actor=who.actor)] == ["identite.defusion", "identite.refusion"]
    assert Event.objects.filter(topic="identity.changed").count() == 2


@pytest.mark.django_db
def test_who_may_not_and_what_may_not() -> None:
    loser, survivor = merged()
    pair = {"establishment": CHU, "loser": loser, "survivor": survivor, "reason": "pour voir"}
    for role in ("gestionnaire_lits", "ide_urgences", "pharmacien"):
        with pytest.raises(Denied):
            identity.undo_merge(scope=scope(role), **pair)
    for who in (scope("dim", CHB), scope("direction"), scope("administrateur")):
        with pytest.raises(NotFound):
            identity.undo_merge(scope=who, **pair)
    for wrong in ({"reason": " "}, {"loser": survivor, "survivor": loser}, {"survivor": "nulle|part"}):
        with pytest.raises((Invalid, NotFound)):
            identity.undo_merge(scope=scope(), **{**pair, **wrong})
    with pytest.raises(Conflict):
        identity.redo_merge(scope=scope(), **pair)
    assert representative(loser) == survivor
    with in_scope(system_scope("tests", [CHU])):
        assert MergeDecision.objects.count() == 0


@pytest.mark.django_db
def test_the_page_undoes_a_merge() -> None:
    loser, survivor = merged()
    with in_scope(system_scope("tests", [CHU])):
        address = f"/venues/{CHU}/{encode_key(Venue.objects.get().key)}/"
    client = Client()
    client.force_login(make_user("dim", CHU))
    page = client.get(address).content.decode()
    assert "IPP 800000001 dans IPP 900000001 (" in page
    assert "Défaire la fusion" in page and "représentée par l'IPP 900000001" in page.replace("&#x27;", "'")
    post = {"acte": "defaire", "perdant": loser, "survivant": survivor, "motif": "deux homonymes"}
    assert client.post(address + "fusion/", {**post, "motif": ""}).status_code == 422
    assert client.post(address + "fusion/", post).status_code == 302
    assert representative(loser) == loser
    assert "Rétablir la fusion" in client.get(address).content.decode()
    other = Client()
    other.force_login(make_user("gestionnaire_lits", CHU))
    assert "Rétablir la fusion" not in other.get(address).content.decode()
    assert other.post(address + "fusion/", {**post, "acte": "refaire"}).status_code == 403
    assert representative(loser) == loser


def test_a_rebuild_keeps_to_the_decision(fresh_database: str) -> None:
    loser, survivor = merged()
    identity.undo_merge(scope=scope(), establishment=CHU, loser=loser, survivor=survivor, reason="deux homonymes")
    with transaction.atomic():
        live = state_digest(establishments())
    done = rebuild()
    assert done.same and done.after == live
    assert representative(loser) == loser
