# SPDX-License-Identifier: Apache-2.0
"""Notices on their way to the agents: a ConfigMap for each node that has any, each notice sealed for the
agent that runs there now (HPKE, RFC 9180: X25519, HKDF-SHA256, AES-128-GCM).

RBAC cannot say "its own", and admission does not see reads: every agent may read the object, one can open it.
The object is gone when its last notice has expired, so that nothing is left of nodes or of an uninstall.
Each of several operators puts in, and takes out, its own notices; what was there when it began it takes out
when that has expired.
"""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from lanner_apiserver.client import MERGE, Api
from lanner_apiserver.errors import ApiError
from lanner_engine.resources import exec_notice
from lanner_engine.resources.exec_notice import ExecNotice
from lanner_operator.installation import COMPONENT_LABEL, INSTANCE_LABEL, Installation

COMPONENT: Final = "exec-notices"
OF_NAMESPACE: Final = 8  # living notices of one namespace on one node
LOOK_S: Final = 5.0  # between looks for what has expired
NODES: Final = 2000  # with notices at the same time
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
_NO_KEY_CHARACTER: Final = re.compile(r"[^-._a-zA-Z0-9]")

Keys = Callable[[str], str]  # of a node: what its Lease says, "" for nothing


@dataclass(frozen=True, slots=True)
class _Sealed:
    namespace: str
    until: float
    content: str


@dataclass(slots=True)
class _Box:
    """Of one node. `version` counts what was put, `written` what the API server has of it; `there` are the
    names under which it may have anything, also where its answer did not come.
    """

    sealed: dict[str, _Sealed] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    version: int = 0
    written: int = 0
    there: frozenset[str] = frozenset()


class Outbox:
    """`keys` gives the public key of a node's agent."""

    def __init__(
        self,
        api: Api,
        installation: Installation,
        keys: Keys,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._installation = installation
        self._keys = keys
        self._say = say
        self._clock = clock
        self._boxes: dict[str, _Box] = {}
        self._left: dict[str, list[str]] = {}  # by object: names of notices that were there before
        self._said = ""

    async def put(self, node: str, namespace: str, notices: Sequence[ExecNotice]) -> str:
        """The outcome, when the API server has them. Raises ApiError."""
        sealed = _sealed(self._keys(node), notices)
        if sealed is None:
            return "no_key"
        if node not in self._boxes and len(self._boxes) >= NODES:
            return "crowded"
        box = self._boxes.setdefault(node, _Box())
        until = self._clock() + exec_notice.LIFE_S
        for one, content in zip(notices, sealed, strict=True):
            box.sealed[_NO_KEY_CHARACTER.sub("-", one.id)] = _Sealed(namespace, until, content)
        crowded = _make_room(box)
        box.version += 1
        await self._write(node, box, box.version)
        return "crowded" if crowded else "told"

    async def run(self) -> None:
        """Takes out what has expired. Until cancelled."""
        found = await self._find_others()
        expired = self._clock() + exec_notice.LIFE_S
        while True:
            await asyncio.sleep(LOOK_S)
            for node, box in list(self._boxes.items()):
                await self._expire(node, box)
            if not found:
                found = await self._find_others()
                expired = self._clock() + exec_notice.LIFE_S
            if self._left and self._clock() >= expired:
                await self._forget_others()

    async def _find_others(self) -> bool:
        """What an operator before left, or another one puts in: which of them it is cannot be told. Whether
        the API server said so.
        """
        selector = f"{COMPONENT_LABEL}={COMPONENT},{INSTANCE_LABEL}={self._installation.name}"
        query = {"labelSelector": selector}
        try:
            found = await self._api.request("GET", self._installation.config_maps, query=query)
        except ApiError as error:
            self._complain(error)
            return False
        items = found.get("items") or ()
        self._left = {str(one["metadata"]["name"]): list(one.get("binaryData") or ()) for one in items}
        return True

    async def _forget_others(self) -> None:
        try:
            for name, notices in list(self._left.items()):
                await self._take_out(name, notices)
                del self._left[name]
        except ApiError as error:
            self._complain(error)

    async def _expire(self, node: str, box: _Box) -> None:
        now = self._clock()
        old = [name for name, one in box.sealed.items() if one.until <= now]
        for name in old:
            del box.sealed[name]
        if old:
            box.version += 1
        try:
            if box.written != box.version:
                await self._write(node, box, box.version)
        except ApiError as error:
            self._complain(error)
            return
        if not box.sealed and not box.lock.locked():
            self._boxes.pop(node, None)

    async def _write(self, node: str, box: _Box, version: int) -> None:
        """What was put meanwhile goes with it."""
        async with box.lock:
            if box.written >= version:
                return
            version, sealed, before = box.version, dict(box.sealed), box.there
            name = exec_notice.object_name(self._installation.name, node)
            box.there = before | frozenset(sealed)
            if sealed:
                await self._store(name, sealed, before)
            elif before:
                await self._take_out(name, before)
            box.there, box.written = frozenset(sealed), version
            self._said = ""

    async def _store(self, name: str, sealed: Mapping[str, _Sealed], before: frozenset[str]) -> None:
        """These and no others; `before`: names that may be there."""
        labels = {COMPONENT_LABEL: COMPONENT, INSTANCE_LABEL: self._installation.name}
        meta: dict[str, Any] = {"name": name, "namespace": self._installation.namespace, "labels": labels}
        data = {key: one.content for key, one in sealed.items()}
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "binaryData": data}
        path = self._installation.config_maps
        if not before:
            try:
                await self._api.request("POST", path, body=body)
            except ApiError as error:
                if not error.conflict:
                    raise
            else:
                return
        await self._change(name, body, before - sealed.keys())

    async def _change(self, name: str, body: dict[str, Any], gone: Iterable[str]) -> None:
        """All of our notices at once; made anew after a deletion."""
        change = {"binaryData": {**dict.fromkeys(gone), **body["binaryData"]}}
        try:
            await self._api.request("PATCH", self._path(name), body=change, content_type=MERGE)
        except ApiError as error:
            if not error.not_found:
                raise
            await self._api.request("POST", self._installation.config_maps, body=body)

    async def _take_out(self, name: str, notices: Iterable[str]) -> None:
        """These, and the object, if no other operator has any there."""
        change = {"binaryData": dict.fromkeys(notices)}
        try:
            found = await self._api.request("PATCH", self._path(name), body=change, content_type=MERGE)
            if not found.get("binaryData"):
                same = {"resourceVersion": found["metadata"]["resourceVersion"]}
                options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": same}
                await self._api.request("DELETE", self._path(name), body=options)
        except ApiError as error:
            if not (error.not_found or error.conflict):
                raise

    def _path(self, name: str) -> str:
        return f"{self._installation.config_maps}/{quote(name, safe='')}"

    def _complain(self, error: ApiError) -> None:
        words = f"cannot tell agents who enters pods: {error.path}: {error}"
        if words != self._said:
            self._say(words)
        self._said = words


def _make_room(box: _Box) -> bool:
    """Whether one had to go: the oldest of the namespace that has too many, else of the one with the most."""
    crowded = False
    while True:
        owners = Counter(one.namespace for one in box.sealed.values())
        most, number = owners.most_common(1)[0]
        if number <= OF_NAMESPACE and len(box.sealed) <= exec_notice.OF_NODE:
            return crowded
        del box.sealed[next(name for name, one in box.sealed.items() if one.namespace == most)]
        crowded = True


def _sealed(key: str, notices: Sequence[ExecNotice]) -> list[str] | None:
    """In base64; None without a good key. A Lease holds what its agent likes, a point of low order for one,
    which makes no secret.
    """
    try:
        public = X25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        contents = [_SUITE.encrypt(one.encoded(), public, exec_notice.INFO) for one in notices]
    except ValueError:
        return None
    return [base64.b64encode(one).decode() for one in contents]
