"""Messages by electronic mail: one port, behind Django's back end. Without a server nothing is sent, and it is said."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

SENT, UNCONFIGURED, NOBODY, FAILED = "envoye", "sans_serveur", "sans_destinataire", "echec"
LABELS = {
    SENT: "Envoyé",
    UNCONFIGURED: "À l'écran seulement : aucun serveur de messagerie",
    NOBODY: "À l'écran seulement : aucune adresse",
    FAILED: "Échec de l'envoi",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: one of the states above, to how many people, and why it failed."""

    state: str
    recipients: int = 0
    error: str = ""


def configured() -> bool:
    """Whether the installation has a mail server."""
    return bool(settings.EMAIL_HOST)


def send(*, to: Sequence[str], subject: str, text: str) -> Outcome:
    """Send the same text to each address by itself: nobody sees the others'. Never raises for what the server does.

    Args:
        to: addresses; empty ones are left out, and each is written to once.
        subject: one line.
        text: plain text; no data of patients, since mail travels in clear.
    """
    addresses = sorted({one.strip() for one in to if one.strip()})
    if not configured():
        return Outcome(UNCONFIGURED)
    if not addresses:
        return Outcome(NOBODY)
    line = " ".join(subject.split())
    connection = get_connection(timeout=settings.EMAIL_TIMEOUT)
    messages = [
        EmailMessage(line, text, settings.DEFAULT_FROM_EMAIL, [one], connection=connection) for one in addresses
    ]
    try:
        count = connection.send_messages(messages)
    except (smtplib.SMTPException, OSError) as error:
        return Outcome(FAILED, 0, f"{type(error).__name__} : {error}"[:300])
    return Outcome(SENT, count or 0)
