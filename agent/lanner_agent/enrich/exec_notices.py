# SPDX-License-Identifier: Apache-2.0
"""Notices of who enters this node's pods, from the ConfigMap that the operator seals for this agent alone.

The private key is made at the start and is nowhere but in this process' memory: an agent's token, its node's
disk or another agent opens nothing. Runs in the asyncio thread.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from lanner_agent.apiserver.complaints import Complaint
from lanner_agent.enrich.exec_sessions import ExecSessions
from lanner_apiserver.client import Api
from lanner_apiserver.following import Following
from lanner_engine.resources import exec_notice
from lanner_engine.resources.exec_notice import NoticeError

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


class ExecNotices:
    """`public` goes into the Lease, where the operator finds it."""

    def __init__(
        self, api: Api, namespace: str, name: str, sessions: ExecSessions, say: Callable[[str], None]
    ) -> None:
        self._key = X25519PrivateKey.generate()
        self.public: Final = base64.b64encode(self._key.public_key().public_bytes_raw()).decode()
        self._sessions = sessions
        self._seen: frozenset[str] = frozenset()
        complaint = Complaint(
            f"cannot watch who enters pods ({namespace}/{name})", "list and watch on configmaps", say
        )
        path = f"/api/v1/namespaces/{quote(namespace, safe='')}/configmaps"
        query = {"fieldSelector": f"metadata.name={name}"}
        self._following = Following(api, path, query, complaint.hear)

    async def run(self) -> None:
        """Until cancelled."""
        async for objects in self._following.states():
            self._take({name: one for found in objects.values() for name, one in _sealed(found).items()})

    def _take(self, sealed: Mapping[str, str]) -> None:
        for name in sealed.keys() - self._seen:
            try:
                content = base64.b64decode(sealed[name], validate=True)
                self._sessions.hear(exec_notice.read(_SUITE.decrypt(content, self._key, exec_notice.INFO)))
            except (InvalidTag, ValueError, binascii.Error, NoticeError):
                self._sessions.counts["unreadable"] += 1  # sealed for the agent before, for one
        self._seen = frozenset(sealed)


def _sealed(config_map: Mapping[str, Any]) -> Mapping[str, str]:
    found = exec_notice.sealed_in(config_map)
    return dict(list(found.items())[: exec_notice.OF_NODE])
