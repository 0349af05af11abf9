"""What the feed says of a passage reaches the boards at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from archipel.domains.flow import public as flow
from archipel.domains.flow.values.ed import EdStep
from archipel.foundation.outbox.models import Event
from archipel.foundation.scope import in_scope
from tests.db.ingestion import Journal, drain
from tests.db.test_ed import announce, department
from tests.factories.beds import CHU, SITE, make_stay, make_unit, system
from tests.factories.pam import Move, message


def test_a_pending_transfer_and_its_end_are_announced(fresh_database: str) -> None:
    department()
    make_unit("3001")
    journal = Journal(fresh_database)
    now = timezone.localtime().replace(tzinfo=None) - timedelta(minutes=30)
    arrival = Move("A04", "1", now, now, uf="0500", chambre="BOX", lit="1", uf_medicale="0500", patient_class="E")
    later = now + timedelta(minutes=10)
    pending = replace(arrival, event="A15", control="2", movement="M2", effective=later, at=later)
    ended = replace(pending, event="A26", control="3", action="CANCEL", original="A15", at=later + timedelta(minutes=5))
    seen = []
    for move in (arrival, pending, ended):
        journal.put([message(move)])
        drain()
        with in_scope(system()):
            (patient,) = flow.ed_board(scope=system(), site=SITE).patients
            last = Event.objects.filter(topic="flow.changed").order_by("-id")[0]
        seen.append((patient.step, f"{CHU}:0500" in last.payload["uf"], last.pk))
    journal.close()
    assert [step for step, _, _ in seen] == [EdStep.SOINS, EdStep.ATTENTE_AVAL, EdStep.SOINS]
    assert all(told for _, told, _ in seen)
    assert len({number for _, _, number in seen}) == 3, "each message has its own event"


@pytest.mark.django_db
def test_a_message_that_repeats_the_present_place_names_no_filiere() -> None:
    venue = make_stay(department()["BOX1"])
    announce(venue, "0500")
    with in_scope(system()):
        (orientation,) = flow.ed_patient(scope=system(), venue=venue).orientations
    assert (orientation.filiere, orientation.label) == ("", "Filière à préciser")
