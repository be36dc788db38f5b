# SPDX-License-Identifier: Apache-2.0
"""Rules files -> an artifact in a registry, with its signature."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Final

from lanner_sources import cosign, keys, manifests
from lanner_sources.keys import PrivateKey
from lanner_sources.reference import Artifact
from lanner_sources.registry import Repository
from lanner_sources.rules_artifact import Made, described

_IMAGE_CONFIG: Final = "application/vnd.oci.image.config.v1+json"  # as cosign has it


@dataclass(frozen=True, slots=True)
class Pushed:
    """What the registry has now."""

    digest: str
    signed: bool


async def push(repository: Repository, place: Artifact, made: Made, key: PrivateKey | None) -> Pushed:
    """The signature first: no tag ever names what is not signed yet. Raises SourceError."""
    for content in (made.config, made.layer):
        await repository.put_blob(content)
    await repository.put_manifest(made.manifest, manifests.OCI_MANIFEST, made.digest)
    if key is not None:
        await sign(repository, place, made.digest, key)
    await repository.put_manifest(made.manifest, manifests.OCI_MANIFEST, place.tag)
    return Pushed(made.digest, key is not None)


async def sign(repository: Repository, place: Artifact, digest: str, key: PrivateKey) -> None:
    """Under the tag where cosign looks for signatures, which other signatures lose their place by."""
    payload = cosign.payload(digest, f"{place.host}/{place.repository}")
    signature = base64.b64encode(keys.signed(key, payload)).decode()
    config = b"{}"
    written = {
        "schemaVersion": 2,
        "mediaType": manifests.OCI_MANIFEST,
        "config": described(config, _IMAGE_CONFIG),
        "layers": [described(payload, cosign.PAYLOAD, {cosign.SIGNATURE: signature})],
    }
    for content in (config, payload):
        await repository.put_blob(content)
    encoded = json.dumps(written, separators=(",", ":")).encode()
    await repository.put_manifest(encoded, manifests.OCI_MANIFEST, f"{digest.replace(':', '-')}.sig")
