"""The two ways by mail, as the room of documents asks for them."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.utils import getaddresses

from archipel.connectors.mssante import options
from archipel.connectors.mssante.codec import compose, read
from archipel.connectors.mssante.mailbox import unread
from archipel.connectors.mssante.options import Server
from archipel.kernel import clock
from archipel.passages.documents.public import Answer, Flags, Incoming, Order, ReceiptKind, Verdict, receive

POLL_SECONDS = 60.0


class MailChannel:
    """See :class:`archipel.passages.documents.values.ports.Channel`.

    A mail server does not know a message again: a doubtful attempt waits for a person, or for a receipt.
    """

    idempotent = False

    def __init__(self, name: str, label: str, serves: str) -> None:
        """``serves``: ``ps`` (professionals, organisations, application boxes) or ``patient``."""
        self.name, self.label, self.serves = name, label, serves
        self._next_poll = 0.0

    def ready(self, establishment: str) -> bool:
        """Whether a server and our address are configured."""
        return options.smtp() is not None and bool(options.sender(establishment))

    def covers(self, flags: Flags, establishment: str) -> tuple[str, ...]:
        """One of the two destinations by mail."""
        wanted = flags.dest_mss_ps if self.serves == "ps" else flags.dest_mss_patient
        return (self.serves,) if wanted else ()

    def compose(self, order: Order) -> bytes:
        """The mail, with its archive."""
        content = order.content
        to_patient = self.serves == "patient"
        recipients = [content.patient.mss_address] if to_patient else [one.address for one in content.recipients]
        return compose(
            control_id=order.control_id, content=content, cda=order.cda, sender=options.sender(order.establishment),
            recipients=recipients, to_patient=to_patient, at=clock.now(),
        )  # fmt: skip

    def send(self, establishment: str, control_id: str, message: bytes) -> Answer:
        """Try once; a recipient refused at once is told as such, the others get the mail."""
        server = options.smtp()
        if server is None:
            return Answer(Verdict.PLUS_TARD, "Aucun serveur d'envoi MSSanté n'est configuré.")
        mail = message_from_bytes(message)
        recipients = [address for _, address in getaddresses(mail.get_all("To", []))]
        return _deliver(server, str(mail["From"]), recipients, control_id, message)

    def poll(self, establishment: str) -> Iterator[Incoming]:
        """Receipts that wait in our box; each is marked as read once it is kept."""
        server = options.imap()
        if server is None or self.serves != "ps" or time.monotonic() < self._next_poll:
            return
        self._next_poll = time.monotonic() + POLL_SECONDS
        for raw in unread(server):
            for one in read(raw):
                yield Incoming(one.kind, one.control_id, one.positive, one.sentence, one.target, raw, one.code)


def _connect(server: Server) -> smtplib.SMTP:
    if server.mode == "tls":
        link: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=server.timeout, context=server.context()
        )
    else:
        link = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        if server.mode == "starttls":
            link.starttls(context=server.context())
    if server.user:
        link.login(server.user, server.password)
    return link


def _deliver(server: Server, sender: str, recipients: list[str], control_id: str, message: bytes) -> Answer:
    where = f"{server.host}:{server.port}"
    try:
        link = _connect(server)
    except ssl.SSLCertVerificationError as error:
        return Answer(Verdict.PLUS_TARD, f"Le certificat de {where} est refusé ({error.verify_message}).")
    except smtplib.SMTPAuthenticationError:
        return Answer(Verdict.PLUS_TARD, f"{where} refuse le compte de messagerie.")
    except (OSError, smtplib.SMTPException) as error:
        return Answer(Verdict.PLUS_TARD, f"{where} ne répond pas ({type(error).__name__}).")
    try:
        refused = link.sendmail(sender, recipients, message)
    except smtplib.SMTPRecipientsRefused as error:
        return _refused(where, [code for code, _ in error.recipients.values()])
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        return _refused(where, [error.smtp_code])
    except (OSError, smtplib.SMTPException) as error:
        return Answer(Verdict.INCERTAIN, f"Liaison coupée avec {where} pendant l'envoi ({type(error).__name__}).")
    finally:
        link.close()
    for address, (code, _) in refused.items():
        why = f"adresse refusée par {where} ({code})"
        receive(Incoming(ReceiptKind.MSS_RECEPTION, control_id, False, why, address.lower(), b"", str(code)))
    return Answer(Verdict.ACCEPTE)


def _refused(where: str, codes: list[int]) -> Answer:
    """A 4xx may be tried again; a 5xx never will be taken."""
    told = ", ".join(str(code) for code in sorted(set(codes)))
    if any(code >= 500 for code in codes):
        return Answer(Verdict.REJETE, f"{where} refuse le courriel ({told}).", code=told)
    return Answer(Verdict.PLUS_TARD, f"{where} ne prend pas le courriel pour l'instant ({told}).", code=told)
