"""Our own box, by IMAP4: what was not read yet."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator

from archipel.connectors.mssante.options import Server
from archipel.kernel.errors import Upstream

IMAPS = 993
"""Port where TLS begins at the first byte."""


def unread(server: Server) -> Iterator[bytes]:
    """The mails not yet read, oldest first; each is marked as read when the next one is asked for, so none is lost.

    Raises:
        Upstream: the server does not answer, or refuses.
    """
    link = None
    try:
        link = _connect(server)
        if server.user:
            link.login(server.user, server.password)
        link.select("INBOX")
        _, found = link.search(None, "UNSEEN")
        for number in (found[0] or b"").split():
            _, data = link.fetch(number.decode(), "(BODY.PEEK[])")
            body = next((part[1] for part in data if isinstance(part, tuple)), b"")
            yield bytes(body)
            link.store(number.decode(), "+FLAGS", "\\Seen")
    except (OSError, imaplib.IMAP4.error) as error:
        where = f"{server.host}:{server.port}"
        raise Upstream(
            f"La boîte MSSanté ({where}) ne se relève pas ({type(error).__name__}).", permanent=False
        ) from error
    finally:
        if link is not None:
            try:
                link.logout()
            except (OSError, imaplib.IMAP4.error):
                link.shutdown()


def _connect(server: Server) -> imaplib.IMAP4:
    if server.mode == "sans":
        return imaplib.IMAP4(server.host, server.port, timeout=server.timeout)
    if server.mode == "starttls" and server.port != IMAPS:
        link = imaplib.IMAP4(server.host, server.port, timeout=server.timeout)
        link.starttls(server.context())
        return link
    return imaplib.IMAP4_SSL(server.host, server.port, ssl_context=server.context(), timeout=server.timeout)
