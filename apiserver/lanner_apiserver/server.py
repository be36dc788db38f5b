# SPDX-License-Identifier: Apache-2.0
"""One server: its address, the authority of its certificate, and our token for it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from lanner_apiserver.errors import Unreachable

Token = Callable[[], Coroutine[Any, Any, str]]


async def nobody() -> str:
    """Who shows no token."""
    return ""


@dataclass(frozen=True, slots=True)
class Server:
    """`host` is its URL. `token` gives the authorization header's value as it is now, "" for none.

    `authority` is a file of certificates, `authority_text` the certificates themselves; without both the
    system's count.
    `name` is what the certificate must say where that is not the host. `namespace`: which one is meant where
    nobody names any.
    """

    host: str
    token: Token = field(default=nobody, repr=False)
    authority: str | None = None
    authority_text: str | bytes | None = field(default=None, repr=False)
    verify: bool = True
    certificate: str | None = None
    key: str | None = None
    name: str | None = None
    proxy: str | None = None
    namespace: str = "default"

    def trust(self) -> ssl.SSLContext:
        """Certificates: those we trust, and ours if we have one. Raises Unreachable.

        Verifies chain and name as every other Kubernetes client does: Python 3.13 by itself also refuses
        certificate authorities without a key usage extension, which clusters run for years with.
        """
        try:
            made = ssl.create_default_context(cafile=self.authority, cadata=self.authority_text)
            if self.certificate:
                made.load_cert_chain(self.certificate, keyfile=self.key)
        except OSError as error:  # ssl.SSLError is one
            raise Unreachable(f"cannot load {self._trusted()}: {error}") from error
        made.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if not self.verify:
            made.check_hostname = False
            made.verify_mode = ssl.CERT_NONE
        return made

    def _trusted(self) -> str:
        return str(self.authority or ssl.get_default_verify_paths().cafile or "the system's authorities")
