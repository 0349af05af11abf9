"""Handing a file over: a folder, HTTPS or SFTP. One function for each; the answer is a sentence to be kept.

Handing the same file over twice is harmless everywhere: the name and the bytes are the same.
"""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import httpx

from archipel.connectors.rpu.settings import RpuSettings

ANSWER_LIMIT = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a deposit."""

    accepted: bool
    permanent: bool
    """Not accepted, and trying again by oneself cannot help."""
    text: str


def hand_over(settings: RpuSettings, name: str, raw: bytes, sha256: str) -> Answer:
    """Deposit a file where the settings say; never raises, the answer says what happened."""
    try:
        return _PORTS[settings.scheme](settings, name, raw, sha256)
    except (OSError, httpx.HTTPError, ssl.SSLError, subprocess.SubprocessError) as error:
        return Answer(False, False, f"{type(error).__name__} : {error}"[:ANSWER_LIMIT])


def _folder(settings: RpuSettings, name: str, raw: bytes, sha256: str) -> Answer:
    """Into a folder, whole or not at all: written beside, flushed, then renamed."""
    folder = Path(settings.target.partition(":")[2])
    if not folder.is_dir():
        return Answer(False, False, f"Le dossier {folder} n'existe pas.")
    place = folder / name
    if place.exists():
        if place.read_bytes() == raw:
            return Answer(True, False, "Le même fichier y était déjà.")
        return Answer(False, True, f"Un autre fichier porte déjà le nom {name}.")
    part = folder / f".{name}.part"
    with part.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    part.rename(place)
    return Answer(True, False, f"Déposé dans {folder}.")


def _https(settings: RpuSettings, name: str, raw: bytes, sha256: str) -> Answer:
    """PUT to ``<address>/<name>``, or POST to the address; mutual TLS and a bearer when they are set."""
    address = settings.target
    if settings.method == "PUT":
        address = f"{address.rstrip('/')}/{quote(name)}"
    headers = {
        "Content-Type": f"application/xml; charset={settings.encoding}",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Idempotency-Key": sha256,
    }
    if settings.token:
        headers["Authorization"] = f"Bearer {settings.token}"
    with httpx.Client(verify=_tls(settings), timeout=settings.timeout, follow_redirects=False) as client:
        answer = client.request(settings.method, address, content=raw, headers=headers)
    text = f"HTTP {answer.status_code} {answer.reason_phrase} : {' '.join(answer.text.split())}"[:ANSWER_LIMIT]
    permanent = 400 <= answer.status_code < 500 and answer.status_code not in (408, 425, 429)
    return Answer(answer.is_success, permanent, text)


def _tls(settings: RpuSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.authorities or None)
    if settings.certificate:
        context.load_cert_chain(settings.certificate, settings.key or None)
    return context


def _sftp(settings: RpuSettings, name: str, raw: bytes, sha256: str) -> Answer:
    """By the OpenSSH client of the machine, with a key: put beside, then rename. Unknown host keys are refused."""
    client = shutil.which("sftp")
    if client is None:
        return Answer(False, True, "La commande sftp (OpenSSH) n'est pas installée.")
    parts = urlsplit(settings.target)
    who = f"{unquote(parts.username)}@{parts.hostname}" if parts.username else str(parts.hostname)
    command = [client, "-oLogLevel=ERROR", "-b", "-", "-oBatchMode=yes", f"-oConnectTimeout={int(settings.timeout)}"]
    command += [f"-oPort={parts.port}"] if parts.port else []
    command += [f"-oIdentityFile={settings.key}", "-oIdentitiesOnly=yes"] if settings.key else []
    command += [f"-oUserKnownHostsFile={settings.authorities}"] if settings.authorities else []
    command += ["-oStrictHostKeyChecking=yes", "--", who]
    folder = unquote(parts.path).strip("/")
    place = f"{folder}/{name}" if folder else name
    with tempfile.TemporaryDirectory() as scratch:
        local = Path(scratch) / name
        local.write_bytes(raw)
        batch = f'put "{local}" "{place}.part"\n-rm "{place}"\nrename "{place}.part" "{place}"\n'
        done = subprocess.run(  # noqa: S603 - our own command line; the host is a setting
            command, input=batch.encode(), capture_output=True, timeout=settings.timeout * 4, check=False
        )
    said = " ".join((done.stderr or done.stdout).decode("utf-8", "replace").split())[:ANSWER_LIMIT]
    if done.returncode == 0:
        return Answer(True, False, f"Déposé par SFTP chez {parts.hostname}.")
    return Answer(False, False, said or f"sftp a échoué ({done.returncode}).")


_PORTS: dict[str, Callable[[RpuSettings, str, bytes, str], Answer]] = {
    "dossier": _folder,
    "https": _https,
    "http": _https,
    "sftp": _sftp,
}
