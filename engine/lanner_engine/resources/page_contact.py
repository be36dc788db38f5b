# SPDX-License-Identifier: Apache-2.0
"""How the operator and the agents know each other when it asks them for alerts: what each is told of the
other's certificate, and where.

And how who looks at the operator's page comes in.

An agent writes its own into its Lease, which no other agent may write; the operator its own into a ConfigMap,
which no agent may write. Both read what others wrote: it is bounded and checked.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

ADDRESS: Final = "lanner.dev/page-address"  # annotations of an agent's Lease
CERTIFICATE: Final = "lanner.dev/page-certificate"
TICKET: Final = "/ticket"  # where a token of the cluster, made for this AUDIENCE, becomes a ticket
AUDIENCE: Final = "lanner-page"
OPERATOR: Final = "lanner-operator"  # the name in the operator's certificate
CERTIFICATES: Final = "certificates"  # key of the ConfigMap: the operator's, one a line, the newest first
KEPT: Final = 2  # the one before is good while agents hear of the new one
_ADDRESS: Final = 64  # characters
_CERTIFICATE: Final = 4 << 10
_PORTS: Final = range(1, 0x10000)


@dataclass(frozen=True, slots=True)
class Contact:
    """Of one agent: where it is asked, and the certificate that it shows there, base64 of DER."""

    host: str
    port: int
    certificate: str


def object_name(installation: str) -> str:
    """The operator's ConfigMap."""
    return f"{installation}-page"


def name_of(node: str) -> str:
    """In the certificate of its agent: nodes may be called like addresses, or longer than DNS allows."""
    return f"{hashlib.sha256(node.encode()).hexdigest()[:40]}.node"


def told(host: str, port: int, certificate: str) -> Mapping[str, str]:
    """Of the agent's Lease."""
    return {ADDRESS: f"[{host}]:{port}" if ":" in host else f"{host}:{port}", CERTIFICATE: certificate}


def contact(lease: Mapping[str, Any]) -> Contact | None:
    """What a Lease says; None for nothing of use. Only an address, never a name: no name server is asked."""
    meta = lease.get("metadata")
    said = meta.get("annotations") if isinstance(meta, Mapping) else None
    where, certificate = (
        said.get(key) if isinstance(said, Mapping) else None for key in (ADDRESS, CERTIFICATE)
    )
    if not isinstance(where, str) or not isinstance(certificate, str):
        return None
    if len(where) > _ADDRESS or len(certificate) > _CERTIFICATE:
        return None
    host, _, port = where.rpartition(":")
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    if not (port.isascii() and port.isdigit() and int(port) in _PORTS):
        return None
    return Contact(str(address), int(port), certificate)


def certificates(config_map: Mapping[str, Any]) -> tuple[str, ...]:
    """The operator's, as its ConfigMap has them."""
    data = config_map.get("data")
    text = data.get(CERTIFICATES) if isinstance(data, Mapping) else None
    lines = text[: KEPT * (_CERTIFICATE + 1)].split() if isinstance(text, str) else []
    return tuple(lines[:KEPT])
