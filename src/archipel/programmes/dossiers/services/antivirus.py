"""Asking an antivirus (clamd) about a file, where the site has one: its address is configuration.

Protocol: clamd(8), INSTREAM. Without an address nothing is asked, and the screens say so.
"""

from __future__ import annotations

import socket
import struct

from django.conf import settings

from archipel.kernel.errors import Invalid, Upstream

_CHUNK = 1 << 16
_SECONDS = 30


def configured() -> bool:
    """Whether the site has an antivirus (``ARCHIPEL_CLAMD``)."""
    return bool(settings.CLAMD)


def scan(name: str, raw: bytes) -> None:
    """Ask the antivirus, where there is one.

    Raises:
        Invalid: it found something.
        Upstream: it does not answer; the file is not accepted unseen.
    """
    if not configured():
        return
    try:
        answer = _ask(settings.CLAMD, raw)
    except OSError:
        raise Upstream(
            f"L'antivirus ne répond pas : « {name} » n'est pas accepté sans avoir été examiné. Réessayez plus tard.",
            permanent=False,
            code="antivirus-muet",
        ) from None
    if answer.endswith("FOUND"):
        what = answer.removeprefix("stream: ").removesuffix(" FOUND")
        raise Invalid(f"« {name} » est refusé : l'antivirus y a trouvé {what}.", code="fichier-virus", field="fichier")
    if not answer.endswith("OK"):
        raise Upstream(
            f"L'antivirus n'a pas pu examiner « {name} » ({answer[:80]}).", permanent=False, code="antivirus"
        )


def _ask(address: str, raw: bytes) -> str:
    """clamd's answer. ``address``: ``host:port``, or the path of a local socket."""
    if address.startswith("/"):
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(_SECONDS)
        link.connect(address)
    else:
        host, _, port = address.rpartition(":")
        link = socket.create_connection((host, int(port)), timeout=_SECONDS)
    with link:
        link.sendall(b"zINSTREAM\0")
        for start in range(0, len(raw), _CHUNK):
            piece = raw[start : start + _CHUNK]
            link.sendall(struct.pack("!L", len(piece)) + piece)
        link.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0"):
            piece = link.recv(4096)
            if not piece:
                break
            answer += piece
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()
