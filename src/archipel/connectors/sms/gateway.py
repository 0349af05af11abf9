"""One text message, by HTTP."""

from __future__ import annotations

import os

import httpx

from archipel.connectors.sms.codec import body
from archipel.kernel.errors import Upstream

TIMEOUT = 10.0


class HttpTexter:
    """See :class:`archipel.passages.pathway.registry.Texter`.

    ``ARCHIPEL_SMS_URL``: where to post; ``ARCHIPEL_SMS_TOKEN``: bearer token; ``ARCHIPEL_SMS_BODY``: the JSON asked
    for.
    """

    def ready(self) -> bool:
        """Whether an address is configured."""
        return bool(os.environ.get("ARCHIPEL_SMS_URL", "").strip())

    def send(self, number: str, text: str) -> None:
        """Post it.

        Raises:
            Upstream: the operator does not answer, or refuses; the number is never told.
        """
        token = os.environ.get("ARCHIPEL_SMS_TOKEN", "").strip()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = body(os.environ.get("ARCHIPEL_SMS_BODY", ""), number, text)
        try:
            answer = httpx.post(os.environ["ARCHIPEL_SMS_URL"], json=content, headers=headers, timeout=TIMEOUT)
        except httpx.HTTPError as error:
            raise Upstream(f"L'opérateur de SMS ne répond pas ({type(error).__name__}).", permanent=False) from error
        if answer.status_code >= 300:
            raise Upstream(
                f"L'opérateur de SMS refuse le message (réponse {answer.status_code}).",
                permanent=answer.status_code < 500,
            )
