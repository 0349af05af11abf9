"""RPU end to end: from movements to the file, to a folder and to a real HTTPS server, and back from files."""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from archipel.connectors.rpu import deposits
from archipel.connectors.rpu.building import PARIS, build_file, daily_range
from archipel.connectors.rpu.codec import read, write
from archipel.connectors.rpu.codec.model import RpuFile, RpuPassage
from archipel.connectors.rpu.deposits import daily_states, deposit, deposit_due, due
from archipel.connectors.rpu.imports import import_file
from archipel.connectors.rpu.models import Deposit, File, Import, ImportLine
from archipel.connectors.rpu.settings import rpu_settings
from archipel.domains.flow import public as flow
from archipel.domains.flow.models import EdDay, PastPassage
from archipel.domains.flow.public import Item
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from tests.db.test_ed import department, of
from tests.db.test_ingestion_tls import Authority
from tests.db.test_passages import furnish
from tests.factories.beds import CHU, LANGRES, SITE, system

pytestmark = pytest.mark.django_db


@dataclass
class Agency:
    """What the server of the agency received, and what it answers."""

    status: int = 201
    received: list[tuple[str, str, bytes, str]] = field(default_factory=list)


@contextmanager
def agency(context: ssl.SSLContext | None = None) -> Iterator[tuple[Agency, str]]:
    """A real server on a real socket, over TLS where a context is given."""
    state = Agency()

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            state.received.append((self.command, self.path, raw, self.headers.get("Authorization", "")))
            self.send_response(state.status)
            self.end_headers()
            self.wfile.write(b"recu" if state.status < 300 else b"non")

        do_PUT = do_POST = _take

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state, f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}/rpu"
    finally:
        server.shutdown()
        server.server_close()


def days() -> dict[str, object]:
    first, last = daily_range(clock.now())
    return {"site": SITE, "first": first - timedelta(days=1), "last": last + timedelta(days=1)}


def enter(venue: int) -> None:
    nurse = of(Role.IDE_URGENCES, CHU)
    with in_scope(nurse):
        flow.enter_items(
            scope=nurse, venue=venue, rank=1,
            items={Item.DP: ["S72.0"], Item.GRAVITE: ["3"], Item.ACTES: ["ZBQK002"], Item.TRANSPORT: ["VSAB"]},
        )  # fmt: skip


DIM = of(Role.DIM, CHU)


def test_the_same_content_is_the_same_file_and_another_content_another() -> None:
    venues = furnish()
    with in_scope(DIM):
        one = build_file(scope=DIM, **days())
        two = build_file(scope=DIM, **days())
    assert (one.fresh, two.fresh) == (True, False)
    assert one.row.pk == two.row.pk
    found = read(bytes(one.row.raw))
    assert (found.finess, len(found.passages), found.encoding) == (SITE, 3, "iso-8859-15")
    enter(venues["kept"])
    with in_scope(DIM):
        three = build_file(scope=DIM, **days())
    assert three.fresh
    (coded,) = [p.passage for p in read(bytes(three.row.raw)).passages if p.passage and p.passage.values.get(Item.DP)]
    assert coded.values[Item.DP] == ("S720",)
    assert coded.values[Item.ORIENTATION] == ("MED",)
    assert three.row.completeness > one.row.completeness


def test_a_folder_receives_the_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish()
    with pytest.raises(Conflict, match="ARCHIPEL_RPU_TARGET"):
        deposit(scope=DIM, **days())
    monkeypatch.setenv("ARCHIPEL_RPU_TARGET", f"dossier:{tmp_path}/absent")
    assert deposit(scope=DIM, **days()).outcome == "echec"
    monkeypatch.setenv("ARCHIPEL_RPU_TARGET", f"dossier:{tmp_path}")
    assert deposit(scope=DIM, **days()).outcome == "accepte"
    assert deposit(scope=DIM, **days()).outcome == "deja"
    assert deposit(scope=DIM, again=True, **days()).outcome == "accepte"
    (file,) = tmp_path.iterdir()
    with in_scope(DIM):
        row = File.objects.get()
        assert hashlib.sha256(file.read_bytes()).hexdigest() == row.sha256
        told = list(Deposit.objects.order_by("id").values_list("outcome", "answer"))
    assert [outcome for outcome, _ in told] == ["echec", "accepte", "deja", "accepte"]
    assert "n'existe pas" in told[0][1]
    assert "y était déjà" in told[3][1]
    file.write_bytes(b"autre chose")
    assert deposit(scope=DIM, again=True, **days()).outcome == "refus"


def test_a_real_https_server_with_a_client_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish()
    ours, other = Authority(tmp_path, "ars"), Authority(tmp_path, "inconnue")
    server, client = ours.issue("serveur"), ours.issue("chu")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(ours.path))
    context.load_cert_chain(str(server.certificate), str(server.key))
    context.verify_mode = ssl.CERT_REQUIRED
    with agency(context) as (state, address):
        monkeypatch.setenv("ARCHIPEL_RPU_TARGET", address)
        monkeypatch.setenv("ARCHIPEL_RPU_TOKEN", "jeton-secret")
        monkeypatch.setenv("ARCHIPEL_RPU_TLS_CA", str(other.path))
        assert deposit(scope=DIM, **days()).outcome == "echec"  # not the authority of the agency
        monkeypatch.setenv("ARCHIPEL_RPU_TLS_CA", str(ours.path))
        assert deposit(scope=DIM, **days()).outcome == "echec"  # no certificate of ours
        assert state.received == []
        monkeypatch.setenv("ARCHIPEL_RPU_TLS_CERT", str(client.certificate))
        monkeypatch.setenv("ARCHIPEL_RPU_TLS_KEY", str(client.key))
        state.status = 503
        assert deposit(scope=DIM, **days()).outcome == "echec"
        state.status = 400
        assert deposit(scope=DIM, **days()).outcome == "refus"
        state.status = 201
        assert deposit(scope=DIM, **days()).outcome == "accepte"
        assert deposit(scope=DIM, **days()).outcome == "deja"
        sent = state.received
    assert len(sent) == 3  # 503, 400, 201: the same bytes under the same name
    assert len({(path, raw) for _, path, raw, _ in sent}) == 1
    assert sent[0][0] == "PUT"
    assert sent[0][1].startswith(f"/rpu/O{SITE}_1_")
    assert sent[0][3] == "Bearer jeton-secret"
    with in_scope(DIM):
        assert "jeton-secret" not in str(list(Deposit.objects.values()))


def test_the_worker_deposits_at_its_hour_and_tries_again_after_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish()
    monkeypatch.setenv("ARCHIPEL_RPU_TARGET", f"dossier:{tmp_path}/plus-tard")
    monkeypatch.setenv("ARCHIPEL_RPU_HOUR", "00:00")
    settings, scope = rpu_settings(), system()
    first, last = daily_range(clock.now())
    assert deposit_due()[0].outcome == "echec"
    assert due(scope, settings, clock.now()) == []  # not before a minute
    assert due(scope, settings, clock.now() + timedelta(seconds=61)) == [(SITE, first, last)]
    with in_scope(DIM):
        (state,) = daily_states(scope=DIM)
    assert state.state in ("echec", "retard")
    (tmp_path / "plus-tard").mkdir()
    monkeypatch.setattr(deposits, "_FIRST_PAUSE", timedelta(0))
    assert deposit_due()[0].outcome == "accepte"
    assert deposit_due() == []
    with in_scope(DIM):
        (state,) = daily_states(scope=DIM)
    assert state.state == "depose"
    evening = datetime.combine(clock.now().astimezone(PARIS).date(), datetime.min.time(), PARIS) + timedelta(hours=1)
    monkeypatch.setenv("ARCHIPEL_RPU_HOUR", "02:30")
    assert due(scope, rpu_settings(), evening + timedelta(days=1)) == []
    assert len(due(scope, rpu_settings(), evening + timedelta(days=1, hours=2))) == 1


def test_who_may_deposit_and_import() -> None:
    furnish()
    for role in Role:
        scope = of(role, CHU)
        if role is Role.DIM:
            continue
        with pytest.raises(Denied), in_scope(scope):
            build_file(scope=scope, **days())
        with pytest.raises(Denied):
            import_file(scope=scope, name="x.xml", raw=received())
    with pytest.raises(Denied), in_scope(DIM):
        build_file(scope=of(Role.DIM, LANGRES), **days())
    with pytest.raises(NotFound), in_scope(DIM):
        build_file(scope=DIM, **(days() | {"site": "999999999"}))
    with pytest.raises(Invalid), in_scope(DIM):
        build_file(scope=DIM, **(days() | {"last": clock.today() + timedelta(days=2)}))


def received(*, finess: str = SITE, hospitalised: int = 2, **changes: str) -> bytes:
    """A file of a past day: five passages, of which some were kept."""
    day = datetime(2025, 11, 26, 8)
    passages = tuple(
        RpuPassage(
            day + timedelta(hours=n), day + timedelta(hours=n + 4), day.date() - timedelta(days=9000 + n),
            {Item.SEXE: ("F",), Item.CP: ("21000",), Item.MODE_SORTIE: ("6" if n < hospitalised else "8",),
             Item.DP: ("R104",)},
        )
        for n in range(5)
    )  # fmt: skip
    raw = write(RpuFile(finess, "1", day, day.date(), day.date(), passages), "UTF-8")
    for old, new in changes.items():
        raw = raw.replace(old.encode(), new.encode())
    return raw


def test_a_received_file_is_kept_explained_and_counted_once() -> None:
    department()
    raw = received().replace(b"26/11/2025 10:00</ENTREE>", b"26-11-2025</ENTREE>")
    done = import_file(scope=DIM, name="passé.xml", raw=raw)
    assert done.counts == {"nouveau": 4, "refuse": 1}
    with in_scope(DIM):
        row = Import.objects.get()
        assert bytes(row.raw) == raw
        lines = list(ImportLine.objects.order_by("number").values_list("outcome", "problems"))
        assert [outcome for outcome, _ in lines] == ["nouveau", "nouveau", "refuse", "nouveau", "nouveau"]
        assert "jj/mm/aaaa hh:mm" in lines[2][1][0]
        day = EdDay.objects.get()
        assert (day.passages, day.hospitalised, day.hospitalised_minutes, day.source) == (4, 2, 480, "fichier")
    assert import_file(scope=DIM, name="encore.xml", raw=raw).counts == {"identique": 4, "refuse": 1}
    other = import_file(scope=DIM, name="corrigé.xml", raw=received(hospitalised=3))
    assert other.counts == {"nouveau": 1, "identique": 4}
    changed = import_file(scope=DIM, name="corrigé.xml", raw=received(hospitalised=1))
    assert changed.counts == {"identique": 3, "change": 2}
    with in_scope(DIM):
        assert PastPassage.objects.count() == 5
        assert EdDay.objects.get().hospitalised == 1


def test_our_own_file_comes_back_as_followed_with_its_differences() -> None:
    venues = furnish()
    with in_scope(DIM):
        built = build_file(scope=DIM, **days())
    assert import_file(scope=DIM, name="a.xml", raw=bytes(built.row.raw)).counts == {"suivi": 3}
    enter(venues["kept"])
    with in_scope(DIM):
        coded = build_file(scope=DIM, **days())
    nurse = of(Role.IDE_URGENCES, CHU)
    with in_scope(nurse):
        flow.enter_items(scope=nurse, venue=venues["kept"], rank=1, items={Item.DP: ["S721"]})
    import_file(scope=DIM, name="b.xml", raw=bytes(coded.row.raw))
    with in_scope(DIM):
        told = [p for line in ImportLine.objects.filter(outcome="suivi") for p in line.problems]
        assert told == ["Diagnostic principal : ici S721, dans le fichier S720."]
        assert not PastPassage.objects.exists()


def test_the_site_of_a_file_is_found_or_asked_for() -> None:
    department()
    assert import_file(scope=DIM, name="ej.xml", raw=received(finess=CHU)).counts == {"nouveau": 5}
    with pytest.raises(NotFound, match="groupement"):
        import_file(scope=DIM, name="x.xml", raw=received(finess="750000000"))
    with pytest.raises(Invalid, match="DOCTYPE"):
        import_file(scope=DIM, name="x.xml", raw=b"<!DOCTYPE a><OSCOUR/>")
    with in_scope(DIM):
        assert Import.objects.count() == 1
