"""The deposit of RPU by SFTP, against OpenSSH's own server where the machine has one."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from archipel.connectors.rpu.ports import hand_over
from archipel.connectors.rpu.settings import RpuSettings, rpu_settings
from tests.e2e.live import free_port

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(SSHD is None or shutil.which("sftp") is None, reason="OpenSSH (serveur et client) absent"),
]
NAME, RAW = "RPU_210987558_20261126.xml", b'<?xml version="1.0"?><OSCOUR>\xc3\xa9</OSCOUR>'


@dataclass
class Server:
    """An SSH server of one's own: its key is known, one key may enter, and it sees one folder."""

    settings: RpuSettings
    inbox: Path
    known: Path
    log: Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    port, inbox = free_port(), tmp_path / "depot"
    (inbox / "rpu").mkdir(parents=True)
    for name in ("host", "mine", "other"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    (tmp_path / "authorized").write_text((tmp_path / "mine.pub").read_text())
    known = tmp_path / "known_hosts"
    kind, key = (tmp_path / "host.pub").read_text().split()[:2]
    known.write_text(f"[127.0.0.1]:{port} {kind} {key}\n")
    config = tmp_path / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {tmp_path}/host\nPidFile none\nStrictModes no\nUsePAM no\n"
        f"AuthorizedKeysFile {tmp_path}/authorized\nPasswordAuthentication no\nPermitRootLogin yes\n"
        f"Subsystem sftp internal-sftp -d {inbox}\n"
    )
    log = tmp_path / "sshd.log"
    assert SSHD is not None
    with contextlib.suppress(PermissionError):  # only root needs it
        Path("/run/sshd").mkdir(exist_ok=True)
    process = subprocess.Popen([SSHD, "-D", "-f", str(config), "-E", str(log)])
    try:
        for _ in range(100):
            if log.exists() and "Server listening" in log.read_text():
                break
            time.sleep(0.1)
        target = f"sftp://{getpass.getuser()}@127.0.0.1:{port}/rpu"
        yield Server(settings_for(target, tmp_path / "mine", known), inbox / "rpu", known, log)
    finally:
        process.terminate()
        process.wait(10)


def settings_for(target: str, key: Path, known: Path) -> RpuSettings:
    return replace(rpu_settings(), target=target, key=str(key), authorities=str(known), timeout=15.0)


def deposit(settings: RpuSettings, raw: bytes = RAW) -> tuple[bool, str]:
    answer = hand_over(settings, NAME, raw, hashlib.sha256(raw).hexdigest())
    return answer.accepted, answer.text


def test_a_file_is_deposited_whole_and_once_under_its_name(server: Server) -> None:
    accepted, text = deposit(server.settings)
    assert accepted, f"{text}\n{server.log.read_text()}"
    assert deposit(server.settings)[0], "the same file again is harmless"
    assert [one.name for one in server.inbox.iterdir()] == [NAME]
    assert (server.inbox / NAME).read_bytes() == RAW


def test_what_refuses_is_told_in_words_and_nothing_is_left(server: Server, tmp_path: Path) -> None:
    stranger = replace(server.settings, key=str(tmp_path / "other"))
    assert deposit(stranger)[0] is False and "Permission denied" in deposit(stranger)[1]
    server.known.write_text("")
    refused, text = deposit(server.settings)
    assert refused is False and "Host key verification failed" in text
    nowhere = replace(server.settings, target=server.settings.target + "/absent")
    server.known.write_text("")
    assert deposit(nowhere)[0] is False
    assert list(server.inbox.iterdir()) == []
    away = replace(server.settings, target=f"sftp://x@127.0.0.1:{free_port()}/rpu")
    refused, text = deposit(away)
    assert refused is False and "Connection refused" in text
