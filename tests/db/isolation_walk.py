"""The walk of every route as somebody of an establishment: what it reads, what it writes, what it finds wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.test import Client

from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.roles import Role
from tests.db.isolation import A, Place, person
from tests.db.isolation_answers import leaks
from tests.db.isolation_routes import api_bodies, bodies, fill, queries, routes
from tests.factories.accounts import make_user

BACKEND = "django.contrib.auth.backends.ModelBackend"
EVERY_ROLE = "tous-les-roles"
STRONGEST = [EVERY_ROLE, "sans-role", "anonyme"]
"""Rights only add up: somebody of A who holds every role for A may do all that any role may. The whole walk is theirs;
each single role is walked briefly, for what a page would show only to those who lack a right."""
NOT_POSTED = {
    "bris-de-glace/": "opens B on purpose: asked, timed, traced and reviewed (tests/db/test_accounts_rights.py)",
    "^api/(?P<rest>.+)$": "answers that there is nothing there",
    "api/v1/": "the root of the interface: no operation",
}


def visitor(who: Role | str) -> User | None:
    if who == "anonyme":
        return None
    if who == EVERY_ROLE:
        user = make_user(Role.ADMINISTRATEUR, A, username="a-tous")
        for role in Role:
            user.grants.get_or_create(role=role.value, establishment=A)
        return user
    return person(None if who == "sans-role" else Role(who))


def client_of(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend=BACKEND)
    return client


def reads(
    client: Client, place: Place, *, brief: bool = False, turn: int = 0, of: int = 1
) -> Iterator[tuple[str, Any]]:
    """Every route read with the keys of the place: plain, as a fragment, on a wall, as files; plain only if brief.

    With ``of`` above 1, only the routes of that turn: several visitors share the walk.
    """
    for pattern, _ in list(routes())[turn % of :: of]:
        for address in fill(pattern, place):
            for query in [""] if brief else queries(pattern, place):
                whole = f"{address}?{query}" if query else address
                yield whole, client.get(whole)
            if not brief and not address.startswith("/api/"):
                yield f"{address} (HX)", client.get(address, headers={"HX-Request": "true"})


def writes(
    user: User | None, place: Place, other: Place, *, brief: bool = False, only: tuple[str, ...] = ("",)
) -> Iterator[tuple[str, Any]]:
    """Every route written to with the keys of the place, each from a session of its own.

    No fragments if brief; ``only`` the routes that begin so.
    """
    for pattern, _ in routes():
        if pattern in NOT_POSTED or not pattern.removeprefix("api/v1/").startswith(only):
            continue
        api = pattern.startswith("api/v1/")
        given = api_bodies(pattern, place, other) if api else bodies(pattern, place, other)
        for address in fill(pattern, place):
            for body in given or [{}]:
                query = body.get("?", "")
                data = {name: value for name, value in body.items() if name != "?"}
                whole = f"{address}?{query}" if query else address
                if api:
                    answer = client_of(user).post(whole, json.dumps(data), content_type="application/json")
                    yield f"{whole} {json.dumps(data, ensure_ascii=False)}", answer
                else:
                    for headers in ({},) if brief else ({}, {"HX-Request": "true"}):
                        answer = client_of(user).post(whole, data, headers=headers)
                        yield f"{whole} {data} {headers}", answer


def verdict(found: list[str]) -> None:
    assert not found, "\n".join(found[:40])


def walked(client: Client, place: Place, b: Place, *, brief: bool, turn: int = 0, of: int = 1) -> tuple[list[str], int]:
    """What is wrong on the routes of a place for somebody of A, and how many answers were looked at."""
    problems, seen = [], 0
    for asked, answer in reads(client, place, brief=brief, turn=turn, of=of):
        seen += 1
        problems += [f"GET {asked} → {answer.status_code} montre {marker}" for marker in leaks(answer, b, asked)]
        if answer.status_code >= 500:
            problems.append(f"GET {asked} → {answer.status_code}")
    return problems, seen
