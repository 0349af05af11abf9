"""The mail that carries an archive (CI-SIS, MSSanté: objet ``XDM/1.0/DDM+…``, pièce jointe IHE_XDM.zip)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from archipel.connectors.mssante.codec.xdm import archive
from archipel.passages.documents.values.content import KINDS, Content


def message_id(control_id: str, sender: str) -> str:
    """What the receipts will name."""
    return f"<{control_id}@{sender.rpartition('@')[2]}>"


def compose(
    *,
    control_id: str,
    content: Content,
    cda: bytes,
    sender: str,
    recipients: Sequence[str],
    to_patient: bool,
    at: datetime,
) -> bytes:
    """The whole mail. The subject names the kind of document, never the patient.

    Args:
        control_id: number of the delivery.
        content: what the document says.
        cda: the document.
        sender: our own MSSanté address; receipts come back to it.
        recipients: addresses.
        to_patient: the box of the patient: the answer is closed (``X-MSS-MES: FIN``).
        at: date of the mail.
    """
    info = KINDS[content.kind]
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = f"XDM/1.0/DDM+{info.display}"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id(control_id, sender)
    mail["Disposition-Notification-To"] = sender
    if to_patient:
        mail["X-MSS-MES"] = "FIN"
    mail.set_content(_body(content, to_patient=to_patient))
    mail.add_attachment(archive(content, cda), maintype="application", subtype="zip", filename="IHE_XDM.zip")
    return mail.as_bytes()


def _body(content: Content, *, to_patient: bool) -> str:
    info, place = KINDS[content.kind], content.organisation.name
    if to_patient:
        return (
            f"Bonjour,\n\nVous trouverez ci-joint votre document : {info.title}.\n\n{place}\n\n"
            "Ce message n'attend pas de réponse.\n"
        )
    again = "Il remplace la version précédente.\n" if content.replaces else ""
    return (
        f"Bonjour,\n\nVeuillez trouver ci-joint : {info.title}.\n{again}\n"
        f"Dr {content.author.prenom} {content.author.nom}\n{place}\n"
    )
