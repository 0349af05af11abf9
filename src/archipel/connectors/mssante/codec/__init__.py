"""The pure codec of MSSanté: the XDM archive, the mail that carries it, the receipts that come back. No I/O."""

from archipel.connectors.mssante.codec.mail import compose
from archipel.connectors.mssante.codec.receipts import Receipt, read
from archipel.connectors.mssante.codec.xdm import archive

__all__ = ["Receipt", "archive", "compose", "read"]
