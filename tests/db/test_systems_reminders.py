"""Campaign reminders on a real SMTP socket: to whom, once, tried again; on the screen when there is no server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archipel.domains.systems.models import Reminder
from archipel.domains.systems.rules.campaign import reminder_days, reminder_due
from archipel.domains.systems.services.campaign import confirm
from archipel.domains.systems.services.ledger import say
from archipel.domains.systems.services.reminders import remind
from archipel.domains.systems.values.records import Key, Record
from archipel.domains.systems.values.schema import Kind
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import EVERYWHERE, in_scope, system_scope
from archipel.territory.public import load_reference
from tests.e2e.live import free_port
from tests.factories.accounts import make_user
from tests.factories.systems import CHU, LANGRES, application, keeper

DAY = date.today()
CAMPAIGN = {
    "nom": "Mise à jour",
    "ouverture": (DAY - timedelta(1)).isoformat(),
    "cloture": (DAY + timedelta(60)).isoformat(),
}


class Box:
    """A mail server that keeps what it is given; ``refuse``: what it answers instead."""

    def __init__(self) -> None:
        self.got: list[tuple[list[str], Message]] = []
        self.refuse = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            return self.refuse
        self.got.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return "250 OK"


@pytest.fixture
def box(settings: Any) -> Iterator[Box]:
    made = Box()
    controller = Controller(made, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.PUBLIC_URL = "https://archipel.exemple.fr"
    yield made
    controller.stop()


def territory() -> None:
    everywhere = system_scope("tests", [CHU, LANGRES, EVERYWHERE])
    with in_scope(everywhere):
        load_reference(scope=everywhere, ght_code="BFC-03")


def furnish() -> None:
    territory()
    application(CHU, "DPI", nom="Dossier du CHU")
    application(LANGRES, "DPI", nom="Dossier de Langres")
    with in_scope(keeper()):
        say(
            scope=keeper(),
            kind=Kind.CAMPAGNE,
            establishment="",
            code="C",
            content={**CAMPAIGN, "ouverture": tomorrow()},
        )
    for place, name in ((CHU, "a@chu.exemple"), (CHU, "b@chu.exemple"), (LANGRES, "c@langres.exemple")):
        make_user(Role.SERVICES_NUMERIQUES, place, email=name)
    make_user(Role.DIRECTION, CHU, email="direction@chu.exemple")
    make_user(Role.SERVICES_NUMERIQUES, "*", email="groupe@exemple")
    make_user(Role.SERVICES_NUMERIQUES, CHU, email="parti@chu.exemple", is_active=False)


def tomorrow() -> str:
    """Everything that is said today is before it: it waits."""
    return (DAY + timedelta(1)).isoformat()


@pytest.mark.django_db
def test_each_keeper_is_written_to_once_for_each_planned_day(box: Box) -> None:
    furnish()
    assert remind(DAY) == 0, "the campaign is not open"
    open_day = DAY + timedelta(1)
    assert remind(open_day) == 2 and remind(open_day) == 0
    assert sorted(to for tos, _ in box.got for to in tos) == ["a@chu.exemple", "b@chu.exemple", "c@langres.exemple"]
    assert all(len(tos) == 1 and len(mail.get_all("To", [])) == 1 for tos, mail in box.got)
    text = next(str(mail.get_content()) for tos, mail in box.got if tos == ["c@langres.exemple"])
    assert "Dossier de Langres" in text and "Dossier du CHU" not in text
    assert "https://archipel.exemple.fr/systemes/campagne/" in text
    assert remind(DAY + timedelta(61)) == 0, "it is closed"


@pytest.mark.django_db
def test_who_has_finished_is_left_alone_and_a_refusal_is_tried_again(box: Box) -> None:
    furnish()
    box.refuse = "451 plus tard"
    assert remind(DAY + timedelta(1)) == 2 and remind(DAY + timedelta(1)) == 2
    box.refuse = ""
    assert remind(DAY + timedelta(1)) == 2 and remind(DAY + timedelta(1)) == 0
    with in_scope(keeper()):
        assert set(Reminder.objects.values_list("state", flat=True)) == {"echec", "envoye"}
        assert "451" in Reminder.objects.filter(state="echec")[0].error
        with pytest.raises(DatabaseError), transaction.atomic():
            Reminder.objects.update(state="envoye")
    with in_scope(keeper(LANGRES)):
        assert set(Reminder.objects.values_list("establishment", flat=True)) == {LANGRES}


@pytest.mark.django_db
def test_without_a_server_it_is_said_on_the_screen(client: Client) -> None:
    territory()
    application(CHU, "DPI", nom="Dossier du CHU")
    with in_scope(keeper()):
        say(scope=keeper(), kind=Kind.CAMPAGNE, establishment="", code="C", content={**CAMPAIGN})
        assert confirm(scope=keeper(), keys=[Key(Kind.APPLICATION, CHU, "DPI")]) == 1
    client.force_login(make_user(Role.SERVICES_NUMERIQUES, "*"), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("systems:campagne")).content.decode()
    assert "Aucun serveur de messagerie" in page and "Aucun rappel jusqu" in page


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 3_000), st.integers(-5, 500), st.integers(0, 520), st.sets(st.integers(0, 500), max_size=8))
def test_planned_days_are_inside_and_one_is_due_at_the_most(start: int, span: int, at: int, done: set[int]) -> None:
    begin = date(2020, 1, 1) + timedelta(start)
    end = begin + timedelta(span)
    campaign = Record(Key(Kind.CAMPAGNE, "", "C"), {"ouverture": begin.isoformat(), "cloture": end.isoformat()})
    days = reminder_days(campaign)
    assert all(begin <= day <= end for day in days) and days == sorted(set(days))
    assert bool(days) == (span >= 0)
    today, sent = begin + timedelta(at), {begin + timedelta(one) for one in done}
    due = reminder_due(campaign, today, sent)
    if due is not None:
        assert due in days and due <= today <= end and due not in sent
        assert not [day for day in days if due < day <= today]
