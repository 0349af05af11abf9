"""Who hears which event: deny by default, whatever the topic or the payload."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.foundation.accounts.roles import CAPABILITIES, Role
from archipel.foundation.scope import EVERYWHERE, NOBODY, Capability, Scope
from archipel.ui.event_hub import QUEUE_LIMIT, RESYNC, VISIBILITY, Client, Hub, may_hear, read
from archipel.ui.events import origin_allowed, topics_of

PLACES = ["210780581", "520780032", "210012142"]


def scope_with(role: Role, place: str) -> Scope:
    return Scope(actor="x", establishments=frozenset({place}), grants={place: CAPABILITIES[role]})


def notice(topic: str, payload: object, event_id: int = 7) -> str:
    return json.dumps({"id": event_id, "topic": topic, "payload": payload})


scopes = st.one_of(
    st.just(NOBODY), st.builds(scope_with, st.sampled_from(Role), st.sampled_from([*PLACES, EVERYWHERE]))
)


@given(scopes, st.sampled_from(PLACES), st.booleans())
def test_messages_are_heard_only_by_those_who_manage_them_there(scope: Scope, place: str, told: bool) -> None:
    event = read(notice("journal.changed", {"establishment": place, "parked": 1} if told else {}))
    assert event is not None
    expected = told and scope.may(Capability.GERER_MESSAGES, place)
    assert may_hear(scope, event) == expected


@given(scopes, st.text(max_size=20), st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3))
def test_a_family_that_nobody_declared_is_heard_by_nobody(scope: Scope, topic: str, payload: dict[str, str]) -> None:
    event = read(notice(topic, payload))
    assert event is not None
    if topic.partition(".")[0] not in VISIBILITY:
        assert not may_hear(scope, event)


@given(scopes)
def test_capacity_is_heard_across_the_group_by_those_who_may_see_it(scope: Scope) -> None:
    event = read(notice("flow.changed", {"uf": ["520780032:12"], "sites": ["520000001"], "at": "2026"}))
    assert event is not None
    assert may_hear(scope, event) == scope.may(Capability.VOIR_CAPACITE)


@given(st.text(max_size=80) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_a_bad_notification_stops_nobody(text: str) -> None:
    assert read(text) is None
    assert Hub(lambda: "").dispatch(text) == 0


def test_what_may_be_followed() -> None:
    event = read(notice("flow.changed", {"uf": ["e:1", "e:2"], "sites": ["s"], "at": "t"}))
    assert event is not None
    assert event.tokens == {"flow", "flow.changed", "flow.uf:e:1", "flow.uf:e:2", "flow.site:s"}
    assert b'"a":"t"' in event.frame
    assert event.frame.startswith(b"id: 7\nevent: changement\ndata: {")
    assert event.frame.endswith(b"}\n\n")
    assert event.frame.count(b"\n") == 4


@pytest.mark.parametrize(
    ("topics", "wanted"),
    [([], True), (["flow.uf:e:1"], True), (["flow"], True), (["flow.uf:e:3"], False), (["journal"], False)],
)
def test_a_stream_gets_what_it_follows(topics: list[str], wanted: bool) -> None:
    event = read(notice("flow.changed", {"uf": ["e:1"]}))
    assert event is not None
    assert Client(scope_with(Role.DIRECTION, "*"), frozenset(topics)).wants(event) is wanted


def test_an_event_too_long_to_be_told_is_for_all_who_follow_its_family() -> None:
    event = read(notice("flow.changed", None))
    assert event is not None
    assert event.whole
    assert Client(scope_with(Role.DIRECTION, "*"), frozenset({"flow.uf:e:3"})).wants(event)
    assert not Client(scope_with(Role.DIRECTION, "*"), frozenset({"journal:e"})).wants(event)


@given(st.integers(0, 5 * QUEUE_LIMIT))
def test_a_slow_browser_costs_bounded_memory_and_is_told_to_refresh(count: int) -> None:
    client = Client(scope_with(Role.DIRECTION, "*"))
    frames = [f"id: {n}\n\n".encode() for n in range(count)]
    for frame in frames:
        client.push(frame)
        assert len(client.frames) <= QUEUE_LIMIT
    if not count:
        return
    piece = asyncio.run(client.take())
    assert (RESYNC in piece) == (count > QUEUE_LIMIT)
    if count <= QUEUE_LIMIT:
        assert piece == b"".join(frames)
    assert not client.frames


def test_origins(settings: object) -> None:
    settings.EVENTS_PORT, settings.WEB_ORIGINS = "", ["https://archipel.exemple.fr"]  # type: ignore[attr-defined]
    assert origin_allowed("", "h:1")
    assert origin_allowed("http://h:1", "h:1")
    assert not origin_allowed("http://h:2", "h:1")
    assert not origin_allowed("null", "h:1")
    assert origin_allowed("https://archipel.exemple.fr", "h:1")
    assert not origin_allowed("https://archipel.exemple.fr.pirate.fr", "h:1")
    settings.EVENTS_PORT = "8001"  # type: ignore[attr-defined]
    assert origin_allowed("http://h:2", "h:1")
    assert not origin_allowed("http://h.pirate.fr:2", "h:1")


def test_topics_are_separated_by_spaces_or_commas() -> None:
    assert topics_of("topics=a%20b,c&topics=d&autre=e") == {"a", "b", "c", "d"}
    assert topics_of("") == frozenset()
