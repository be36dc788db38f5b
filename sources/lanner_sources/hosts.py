# SPDX-License-Identifier: Apache-2.0
"""Which hosts may be asked. Pure, but for the resolver that aiohttp asks.

An entry is `HOST` (port 443), `HOST:PORT`, `*.DOMAIN` or `*`. What a name with a star allows never is an
address of the machine itself or a link-local one, where clouds keep the credentials of nodes: these are
reached only by an entry that is that address, or `localhost`.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

HTTPS_PORT: Final = 443
_METADATA: Final = frozenset({"fd00:ec2::254", "100.100.100.200"})  # of clouds, outside link-local ranges
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def allowed(url: URL, entries: Sequence[str]) -> bool:
    """Whether one of the entries allows to ask this URL."""
    host, port = (url.host or "").lower(), url.port or HTTPS_PORT
    exact = f"[{host}]" if ":" in host else host
    named = {exact, f"{exact}:{HTTPS_PORT}"} if port == HTTPS_PORT else {f"{exact}:{port}"}
    lowered = [one.lower() for one in entries]
    if not named.isdisjoint(lowered):
        return True
    if is_own(host) or port != HTTPS_PORT:
        return False
    return any(one == "*" or (one.startswith("*.") and host.endswith(one[1:])) for one in lowered)


def is_own(host: str) -> bool:
    """Whether it is `localhost`, or an address of the machine itself, of its link, or of no single host."""
    if host == "localhost":
        return True
    try:
        address: Address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    special = mapped.is_loopback or mapped.is_link_local or mapped.is_unspecified or mapped.is_multicast
    return bool(special) or str(mapped) in _METADATA


class Guarded(AbstractResolver):
    """Names of other hosts never lead to this one, nor to its link."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises OSError where no address is left."""
        found = await self._resolver.resolve(host, port, family)
        left = found if host == "localhost" else [one for one in found if not is_own(one["host"])]
        if found and not left:
            raise OSError(None, f"{host} leads to an address of this machine or its link")
        return left

    async def close(self) -> None:
        await self._resolver.close()
