# SPDX-License-Identifier: Apache-2.0
"""Whether an artifact in a registry is signed: its signatures are looked for where cosign puts them, under a
tag made of its digest and among its referrers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

from lanner_sources import bounds, cosign
from lanner_sources.errors import SourceError
from lanner_sources.keys import PublicKey
from lanner_sources.manifests import Descriptor, Manifest
from lanner_sources.registry import Repository


async def require(repository: Repository, digest: str, known: Sequence[PublicKey]) -> None:
    """Returns when one of the keys signed it.

    Raises:
        SourceError: Unsigned when there is no signature, BadSignature when none is by one of the keys.
    """
    looked = 0
    async for manifest in _signatures(repository, digest):
        signatures = [one for one in manifest.layers[: bounds.SIGNATURES] if _holds_one(one)]
        for layer in signatures:
            looked += 1
            if looked <= bounds.SIGNATURES and await _is_good(repository, layer, digest, known):
                return
    if not looked:
        raise SourceError("Unsigned", f"{digest} has no signature", _HINT, digest)
    message = f"none of the {looked} signatures of {digest} is by the key that is trusted"
    if looked == 1:
        message = f"the signature of {digest} is not by the key that is trusted"
    raise SourceError("BadSignature", message, "", digest)


_HINT = "sign it: `lanner push --sign`, or `cosign sign --key`"


async def _signatures(repository: Repository, digest: str) -> AsyncIterator[Manifest]:
    tagged = await repository.manifest(f"{digest.replace(':', '-')}.sig")
    if tagged is not None:
        yield tagged
    listed = await repository.referrers(digest)
    first = [one for one in listed if _is_signature(one)]
    unclear = [one for one in listed if one.artifact_type in _UNCLEAR]
    for one in (*first, *unclear)[: bounds.SIGNATURES]:
        found = await repository.manifest(one.digest)
        if found is not None:
            yield found


_UNCLEAR: Final = frozenset(
    {"", "application/vnd.oci.empty.v1+json"}
)  # cosign's, under the tag for referrers


def _is_signature(one: Descriptor) -> bool:
    kind = one.artifact_type
    return kind == cosign.SIGNATURE_MANIFEST or kind.startswith(cosign.BUNDLE)


def _holds_one(layer: Descriptor) -> bool:
    return layer.media_type == cosign.PAYLOAD or layer.media_type.startswith(cosign.BUNDLE)


async def _is_good(
    repository: Repository, layer: Descriptor, digest: str, known: Sequence[PublicKey]
) -> bool:
    if layer.media_type.startswith(cosign.BUNDLE):
        return cosign.bundle_is_good(await repository.blob(layer, bounds.SIGNATURE), digest, known)
    content = await repository.blob(layer, bounds.SIGNATURE)
    return cosign.payload_is_good(content, layer.annotations.get(cosign.SIGNATURE, ""), digest, known)
