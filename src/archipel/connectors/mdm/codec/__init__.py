"""The pure codec of MDM and ZAM (CI-SIS, volet « Transmission d'un document CDA-R2 en HL7v2 », 2.1). No I/O."""

from archipel.connectors.mdm.codec.message import Sender, compose
from archipel.connectors.mdm.codec.replies import Ack, Business, acknowledge, read_ack, read_business

__all__ = ["Ack", "Business", "Sender", "acknowledge", "compose", "read_ack", "read_business"]
