"""Where events may be sent: https only, never to an address of the inside unless the installation allows it.

Source: OWASP, Server-Side Request Forgery Prevention. The name is resolved once, every address that it has is looked
at, and the connection goes to one that was: a name that changes between the two is of no use.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from archipel.kernel.errors import Invalid

Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect and what to ask for."""

    url: str
    host: str
    port: int
    address: str = ""
    """The numerical address; empty before it is resolved."""


def parse(url: str) -> Target:
    """Read the address of a subscription.

    Raises:
        Invalid: not https, without host, with an account, a fragment, or characters that have no place there.
    """
    bad = Invalid(
        "Adresse attendue : https://hôte[:port]/chemin, sans compte ni fragment.", code="adresse", field="url"
    )
    if len(url) > 2_000 or any(ord(c) <= 32 or ord(c) > 126 for c in url):
        raise bad
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise bad from None
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise bad
    return Target(url, parts.hostname, port)


def allowed(address: str, inside: Sequence[str] = ()) -> bool:
    """Whether a numerical address may be reached: a public one, or one of the networks that are allowed.

    Args:
        address: IPv4 or IPv6; an IPv4 address inside an IPv6 one is looked at as itself.
        inside: networks (CIDR) that the installation allows although they are not public.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
        networks = [ipaddress.ip_network(one, strict=False) for one in inside]
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    found = mapped or found
    if any(found in network for network in networks if network.version == found.version):
        return True
    return found.is_global and not found.is_multicast


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, by the system."""
    return list(dict.fromkeys(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def vetted(url: str, inside: Sequence[str] = (), by: Resolve = resolve) -> Target:
    """The address to connect to.

    Raises:
        Invalid: the address is not one that may be used, or one of those of its name is of the inside.
    """
    target = parse(url)
    try:
        found = by(target.host, target.port)
    except OSError as error:
        raise Invalid(f"« {target.host} » ne se résout pas : {error.strerror or error}.", code="adresse") from error
    refused = [one for one in found if not allowed(one, inside)]
    if refused or not found:
        raise Invalid(
            f"« {target.host} » mène à {', '.join(refused) or 'rien'} : seules les adresses publiques sont admises, et "
            "celles que l'installation permet (ARCHIPEL_WEBHOOKS_RESEAUX).",
            code="adresse-interne",
        )
    return Target(target.url, target.host, target.port, found[0])
