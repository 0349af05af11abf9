"""Reminders told once, and the calendar behind a secret address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from icalendar import Calendar

from archipel.foundation.accounts.models import Grant
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import in_scope
from archipel.programmes.dossiers.models import Feed, Notification
from archipel.programmes.dossiers.services import feeding, notifying
from tests.factories.dossiers import CHU, MACON, account, direction, open_one, region

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def establishments() -> None:
    region()


def on(day: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archipel.kernel.clock.now", lambda: day)
    monkeypatch.setattr("django.utils.timezone.now", lambda: day)


def told(user) -> list[str]:
    with in_scope(scope_of(user)):
        return list(Notification.objects.order_by("at", "pk").values_list("text", flat=True))


def test_a_reminder_is_told_once_at_each_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    writer, stranger = account(Role.CHARGE_PROGRAMMES, CHU), account(Role.CHARGE_PROGRAMMES, MACON)
    open_one(scope_of(writer), title="Aval")
    day = datetime(2026, 4, 1, 8, tzinfo=UTC)
    counts = {}
    while day < datetime(2026, 6, 5, tzinfo=UTC):
        on(day, monkeypatch)
        notifying.remind()
        notifying.remind()
        counts[day.date().isoformat()] = sum("Clôture du guichet" in text for text in told(writer))
        day += timedelta(days=1)
    assert counts["2026-04-28"] == 0 and counts["2026-04-29"] == 1 and counts["2026-05-14"] == 1
    assert counts["2026-05-15"] == 2 and counts["2026-05-22"] == 3 and counts["2026-05-28"] == 4
    assert counts["2026-05-29"] == 5 == counts["2026-06-04"]
    assert told(stranger) == []
    assert any("dans 30 jours (29/05/2026)" in text and "Aval" in text for text in told(writer))


def test_the_tick_works_once_a_day_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(notifying, "remind", lambda: calls.append(1))
    monkeypatch.setattr(notifying, "_looked_at", [0.0])
    for _ in range(5):
        notifying.remind_tick()
    assert calls == [1]


def test_the_calendar_is_read_without_login_until_it_is_revoked() -> None:
    user = account(Role.CHARGE_PROGRAMMES, CHU)
    number = open_one(scope_of(user), title="Aval; des, urgences")
    open_one(direction(), title="Autre")
    client, anybody = Client(), Client()
    client.force_login(user, backend=BACKEND)
    page = client.post("/programmes/dossiers/echeances/", {"acte": "ouvrir"}).content.decode()
    address = page.split('value="http://testserver')[1].split('"')[0]
    answer = anybody.get(address)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/calendar")
    calendar = Calendar.from_ical(answer.content)
    events = [e for e in calendar.walk("VEVENT") if f"dossier-{number}-" in str(e["uid"])]
    assert "Clôture du guichet" in " ".join(str(e["summary"]) for e in events)
    assert any(e.decoded("dtstart").isoformat() == "2027-06-30" for e in events)
    assert all("Aval; des, urgences" in str(e["summary"]) for e in events)
    assert any(e.walk("VALARM") for e in events)
    assert "ne montre" not in page and address not in client.get("/programmes/dossiers/echeances/").content.decode()
    assert not Feed.objects.filter(hash__contains=address.split("/")[-1][:20]).exists()
    second = client.post("/programmes/dossiers/echeances/", {"acte": "ouvrir"}).content.decode()
    assert anybody.get(address).status_code == 404
    fresh = second.split('value="http://testserver')[1].split('"')[0]
    assert anybody.get(fresh).status_code == 200
    client.post("/programmes/dossiers/echeances/", {"acte": "fermer"})
    assert anybody.get(fresh).status_code == 404


def test_the_calendar_shows_what_the_account_may_see_now() -> None:
    user = account(Role.CHARGE_PROGRAMMES, CHU)
    open_one(scope_of(user), title="Aval")
    token = feeding.make_feed(scope=scope_of(user))
    address = f"/programmes/dossiers/agenda/{token}.ics"
    assert b"Aval" in Client().get(address).content
    Grant.objects.filter(user=user).delete()
    assert Client().get(address).status_code == 404
    Grant.objects.create(user=user, role=Role.CHARGE_PROGRAMMES.value, establishment=MACON)
    assert b"Aval" not in Client().get(address).content
    user.is_active = False
    user.save()
    assert Client().get(address).status_code == 404
    for wrong in ("x" * 43, "court", "é" * 43):
        assert Client().get(f"/programmes/dossiers/agenda/{wrong}.ics").status_code == 404
