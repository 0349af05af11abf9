"""The way to the platform, as the room of documents asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archipel.connectors.mdm import client, options
from archipel.connectors.mdm.codec import compose
from archipel.kernel import clock
from archipel.passages.documents.public import Answer, Flags, Incoming, Order, Verdict


class MdmChannel:
    """See :class:`archipel.passages.documents.values.ports.Channel`.

    The platform is told the same MSH-10 and the same document identifier at each attempt, and the DMP refuses a
    document identifier that it knows: a doubtful attempt is repeated.
    """

    name = "pfi"
    label = "la plateforme d'échanges"
    idempotent = True

    def ready(self, establishment: str) -> bool:
        """Whether a platform is configured for the establishment."""
        return options.platform(establishment) is not None

    def covers(self, flags: Flags, establishment: str) -> tuple[str, ...]:
        """The DMP always; the mail too, unless the site sends it by itself."""
        served = ["dmp"] if flags.dest_dmp else []
        if options.carries_mail():
            served += ["ps"] if flags.dest_mss_ps else []
            served += ["patient"] if flags.dest_mss_patient else []
        return tuple(served)

    def compose(self, order: Order) -> bytes:
        """The MDM message."""
        if not options.carries_mail():
            order = replace(order, flags=replace(order.flags, dest_mss_ps=False, dest_mss_patient=False))
        return compose(order, options.sender(order.establishment), clock.now())

    def send(self, establishment: str, control_id: str, message: bytes) -> Answer:
        """Try once."""
        platform = options.platform(establishment)
        if platform is None:
            return Answer(Verdict.PLUS_TARD, "Aucune plateforme n'est configurée pour cet établissement.")
        return client.send(platform, control_id, message)

    def poll(self, establishment: str) -> Sequence[Incoming]:
        """Nothing: the platform tells by itself (see ``listener``)."""
        return ()
