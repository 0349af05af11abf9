"""The chain of the trail: sealing in any commit order, and every kind of tampering found."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connections
from typer.testing import CliRunner

from archipel.foundation.audit import chain
from archipel.foundation.audit.anchor import Anchor
from archipel.foundation.audit.commands import app
from archipel.foundation.audit.services import record_many
from archipel.foundation.scope import Scope
from archipel.kernel.errors import Invalid

INSERT = (
    "INSERT INTO audit_entry (at, actor, establishment, action, object_type, object_key, reason, details)"
    " VALUES (clock_timestamp(), 'tests', '', %s, '', '', '', '{\"n\": 1.50}') RETURNING id"
)


def write(count: int, action: str = "lecture") -> None:
    scope = Scope(actor="tests", establishments=frozenset())
    details = {"écran": "unité", "taux": 0.1}
    record_many(scope=scope, action=action, object_keys=[f"v{n}" for n in range(count)], details=details)


def tamper(url: str, *statements: str) -> None:
    """What a superuser could do behind our back: triggers and foreign keys off."""
    with psycopg.connect(url) as owner:
        owner.execute("SET session_replication_role = replica")
        for statement in statements:
            owner.execute(statement)


def test_seals_once_in_order_and_verifies(fresh_database: str) -> None:
    write(25)
    assert chain.seal(10) == 10 and chain.seal(10) == 10 and chain.seal(10) == 5 and chain.seal(10) == 0
    report = chain.verify()
    assert report.ok and report.verified == report.last_position == 25 and report.unsealed == 0
    write(3)
    report = chain.verify()
    assert report.ok and report.unsealed == 3 and report.oldest_unsealed is not None
    assert report.oldest_unsealed.total_seconds() >= 0
    assert chain.seal() == 3 and chain.verify().last_hash == chain.sealing_state().hash


def test_an_entry_committed_late_is_sealed_later(fresh_database: str) -> None:
    with psycopg.connect(fresh_database) as slow:
        late = slow.execute(INSERT, ["lente"]).fetchone()
        for _ in range(4):
            write(2)
            chain.seal()
        assert chain.verify().verified == 8
        slow.commit()
    assert chain.seal() == 1, "its number is smaller than eight already sealed"
    report = chain.verify()
    assert report.ok and report.verified == 9 and report.unsealed == 0
    with psycopg.connect(fresh_database) as owner:
        assert owner.execute("SELECT entry_id FROM audit_seal ORDER BY position DESC LIMIT 1").fetchone() == late
    write(1)
    chain.seal()
    chain.seal()
    with psycopg.connect(fresh_database) as owner:
        settled = owner.execute("SELECT settled_id, (SELECT max(id) FROM audit_entry) FROM audit_progress").fetchone()
    assert settled is not None and settled[0] == settled[1], "sealing does not read the whole trail again"


def test_several_workers_seal_without_a_hole(fresh_database: str) -> None:
    write(400)
    done: list[int] = []
    lock = threading.Lock()

    def work() -> None:
        try:
            while count := chain.seal(17):
                with lock:
                    done.append(count)
                write(1, "pendant")
                if len(done) > 60:
                    break
        finally:
            connections["default"].close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(180)
    while chain.seal():
        pass
    report = chain.verify()
    assert report.ok and report.unsealed == 0
    with psycopg.connect(fresh_database) as owner:
        assert owner.execute("SELECT count(*) FROM audit_entry").fetchone() == (report.verified,)


ENTRY = "(SELECT entry_id FROM audit_seal WHERE position = {})"


@pytest.mark.parametrize(
    ("statements", "position", "kind", "left"),
    [
        (["UPDATE audit_entry SET actor = 'autre' WHERE id = " + ENTRY.format(7)], 7, "modifie", 20),
        (
            ["UPDATE audit_entry SET details = jsonb_set(details, '{taux}', '0.10') WHERE id = " + ENTRY.format(3)],
            3,
            "modifie",
            20,
        ),
        (
            ["UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE id = " + ENTRY.format(20)],
            20,
            "modifie",
            20,
        ),
        (["UPDATE audit_seal SET hash = sha256('x') WHERE position = 5"], 5, "modifie", 20),
        (["DELETE FROM audit_entry WHERE id = " + ENTRY.format(4)], 4, "acte-absent", 20),
        (
            ["DELETE FROM audit_entry WHERE id = " + ENTRY.format(4), "DELETE FROM audit_seal WHERE position = 4"],
            4,
            "position-absente",
            19,
        ),
        (["DELETE FROM audit_seal WHERE position <= 2"], 1, "position-absente", 18),
    ],
)
def test_tampering_is_found_where_it_is(
    fresh_database: str, statements: list[str], position: int, kind: str, left: int
) -> None:
    write(20)
    chain.seal()
    tamper(fresh_database, *statements)
    report = chain.verify()
    assert not report.ok and report.verified == left
    assert (report.faults[0].position, report.faults[0].kind) == (position, kind)


def test_renumbering_after_a_deletion_is_found(fresh_database: str) -> None:
    write(10)
    chain.seal()
    tamper(
        fresh_database,
        "DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_seal WHERE position = 4)",
        "DELETE FROM audit_seal WHERE position = 4",
        "UPDATE audit_seal SET position = -position WHERE position > 4",
        "UPDATE audit_seal SET position = -position - 1 WHERE position < 0",
    )
    assert chain.verify().faults[0].position == 4


TRUNCATE = [
    "DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_seal WHERE position > 6)",
    "DELETE FROM audit_seal WHERE position > 6",
]


@pytest.mark.parametrize("after", [lambda: None, lambda: (write(30), chain.seal())])
def test_a_cut_tail_is_found_with_an_anchor(fresh_database: str, after: Callable[[], Any]) -> None:
    write(10)
    chain.seal()
    anchor = Anchor.load(chain.current_anchor().dump())
    assert chain.verify(anchor).ok
    tamper(fresh_database, *TRUNCATE)
    after()
    assert chain.verify().ok, "without the anchor nobody could tell"
    report = chain.verify(anchor)
    assert not report.ok and report.faults[0].kind == "ancre"
    assert report.faults[0].position == (7 if report.last_position == 6 else 10)


def test_an_anchor_of_somebody_else_is_refused(fresh_database: str, settings: Any) -> None:
    write(2)
    chain.seal()
    anchor = chain.current_anchor()
    forged = Anchor(anchor.position - 1, anchor.hash, anchor.at, anchor.signature)
    assert chain.verify(forged).faults[0].kind == "ancre-signature"
    settings.SECRET_KEY = "another installation, another key, long enough"
    assert not anchor.is_genuine()


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"format": "autre"}', '{"format": "archipel-ancre-1", "position": "x"}']
)
def test_what_is_not_an_anchor_is_said(text: str) -> None:
    with pytest.raises(Invalid, match="ancre lisible"):
        Anchor.load(text)


def test_the_application_only_appends(fresh_database: str) -> None:
    write(2)
    chain.seal()
    with psycopg.connect(fresh_database, autocommit=True) as app_role:
        app_role.execute("SET ROLE archipel_app")
        for table in ("audit_entry", "audit_seal"):
            for statement in (f"UPDATE {table} SET id = 1", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
                with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedColumn)):
                    app_role.execute(statement)
        app_role.execute("RESET ROLE")
        for table in ("audit_entry", "audit_seal"):
            with pytest.raises(psycopg.errors.RestrictViolation):
                app_role.execute(f"DELETE FROM {table}")
            with pytest.raises(psycopg.errors.RestrictViolation):
                app_role.execute(f"TRUNCATE {table} CASCADE")


def test_the_commands(fresh_database: str, tmp_path: Any) -> None:
    write(5)
    run = CliRunner()
    assert "5 acte(s) scellé(s)" in run.invoke(app, ["seal"]).output
    kept = tmp_path / "ancre.json"
    assert run.invoke(app, ["anchor", "--output", str(kept)]).exit_code == 0
    good = run.invoke(app, ["verify", "--anchor", str(kept)])
    assert good.exit_code == 0 and "Chaîne intacte" in good.output
    tamper(fresh_database, "UPDATE audit_entry SET action = 'rien' WHERE action = 'lecture'")
    bad = run.invoke(app, ["verify"])
    assert bad.exit_code == 1 and "position 1" in bad.output
    assert Anchor.load(kept.read_text()).at <= datetime.now(UTC)
