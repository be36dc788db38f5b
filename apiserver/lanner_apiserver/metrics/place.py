# SPDX-License-Identifier: Apache-2.0
"""Where a page of metrics is served. Apart from what serves it, which takes time to import."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass
from typing import Final

PATH: Final = "/metrics"
EVERY: Final = "*"
LOCALHOST: Final = "127.0.0.1"
CERTIFICATE: Final = "tls.crt"  # as a Secret of type kubernetes.io/tls has them
KEY: Final = "tls.key"
CLIENTS: Final = "client-ca.crt"  # where it is there, a client must show a certificate of this authority


@dataclass(frozen=True, slots=True)
class Place:
    """`address` EVERY for all, `port` 0 for none. `tls`: a folder with CERTIFICATE and KEY, and CLIENTS
    perhaps.
    """

    port: int = 0
    address: str = LOCALHOST
    tls: pathlib.Path | None = None

    @property
    def url(self) -> str:
        """For people."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http{'s' if self.tls else ''}://{host}:{self.port}{PATH}"
