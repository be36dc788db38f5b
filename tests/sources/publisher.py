# SPDX-License-Identifier: Apache-2.0
"""A publisher who pushes rules to a registry and signs them, and a reader who trusts them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lanner_sources import cosign, digests, fetching, keys, manifests, pushing, rules_artifact
from lanner_sources.archive import File
from lanner_sources.credentials import NOBODY, Credentials
from lanner_sources.errors import SourceError
from lanner_sources.fetching import Fetched, Wanted
from lanner_sources.http import Reach, asked
from lanner_sources.keys import PrivateKey, PublicKey
from lanner_sources.origin import Origin
from lanner_sources.reference import Artifact
from lanner_sources.registry import PUSH, Repository
from lanner_sources.rules_artifact import Made, described

RULES = "- macro: shells\n  condition: proc.name = sh\n"
CREATED = "2026-01-02T03:04:05Z"


class Publisher:
    """Of one repository, with one key."""

    def __init__(self, host: str, name: str, key: PrivateKey | None = None) -> None:
        unlike = hashlib.sha256(name.encode()).hexdigest()[:12]
        self.place = Artifact(host, f"team/{unlike}", "stable")
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.credentials: Credentials = NOBODY
        self.reach = Reach()

    @property
    def public(self) -> PublicKey:
        return self.key.public_key()

    @property
    def pem(self) -> str:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.public.public_bytes(serialization.Encoding.PEM, form).decode()

    def made(self, text: str = RULES, version: str = "1.0.0", created: str = CREATED) -> Made:
        return rules_artifact.made("rules", [File("rules.yaml", text)], version, created)

    def push(self, made: Made | None = None, *, tag: str = "stable", signed: bool = True) -> str:
        """The digest."""
        place = replace(self.place, tag=tag)
        key = self.key if signed else None

        async def work(repository: Repository) -> str:
            return (await pushing.push(repository, place, made or self.made(), key)).digest

        return str(asyncio.run(self._with(work)))

    def move(self, made: Made, tag: str = "stable") -> None:
        """The tag names what is in the registry already."""

        async def work(repository: Repository) -> None:
            await repository.put_manifest(made.manifest, manifests.OCI_MANIFEST, tag)

        asyncio.run(self._with(work))

    def refer(self, digest: str, kind: str, layer: dict[str, Any], content: bytes, *, listed: bool) -> None:
        """A signature among the referrers; `listed`: under the tag, where the registry lists none itself."""
        config = b"{}"
        written = {
            "schemaVersion": 2,
            "mediaType": manifests.OCI_MANIFEST,
            "artifactType": kind,
            "config": described(config, "application/vnd.oci.empty.v1+json"),
            "layers": [layer],
            "subject": {"mediaType": manifests.OCI_MANIFEST, "digest": digest, "size": 1},
        }
        manifest = json.dumps(written).encode()
        entry = {**described(manifest, manifests.OCI_MANIFEST), "artifactType": kind}
        index = {"schemaVersion": 2, "mediaType": manifests.OCI_INDEX, "manifests": [entry]}

        async def work(repository: Repository) -> None:
            for one in (config, content):
                await repository.put_blob(one)
            await repository.put_manifest(manifest, manifests.OCI_MANIFEST, digests.of(manifest))
            if listed:
                tag = digest.replace(":", "-")
                await repository.put_manifest(json.dumps(index).encode(), manifests.OCI_INDEX, tag)

        asyncio.run(self._with(work))

    def simple(self, digest: str, about: str | None = None) -> tuple[dict[str, Any], bytes]:
        """The layer of a signature of the first form, and its content."""
        content = cosign.payload(about or digest, "registry/rules")
        signature = base64.b64encode(keys.signed(self.key, content)).decode()
        return described(content, cosign.PAYLOAD, {cosign.SIGNATURE: signature}), content

    def wanted(self, **more: Any) -> Wanted:
        made = {"trusted": (self.public,), "reach": self.reach, "credentials": self.credentials, **more}
        return Wanted(made.pop("place", self.place), **made)

    def fetch(self, in_force: Origin | None = None, known: str = "", **more: Any) -> Fetched | None:
        return asyncio.run(fetching.fetch(self.wanted(**more), in_force, known))

    def fetched(self, in_force: Origin | None = None, **more: Any) -> Fetched:
        found = self.fetch(in_force, **more)
        assert found is not None
        return found

    def refused(self, in_force: Origin | None = None, **more: Any) -> SourceError:
        """Why nothing is taken."""
        try:
            found = self.fetch(in_force, **more)
        except SourceError as error:
            return error
        raise AssertionError(f"it is taken: {found}")

    async def _with(self, work: Any) -> Any:
        async with asked(self.reach) as http:
            return await work(Repository(http, self.place, self.credentials, PUSH))
