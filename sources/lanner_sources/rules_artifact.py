# SPDX-License-Identifier: Apache-2.0
"""Artifacts that hold rules, as falcoctl has them: how they are read and how they are made.

Read is falcoctl's own form, and also any layer that is a rules file with a title or an archive of such.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from lanner_sources import archive, bounds, digests, manifests
from lanner_sources.archive import File
from lanner_sources.errors import SourceError
from lanner_sources.manifests import Manifest
from lanner_sources.origin import Origin
from lanner_sources.registry import Repository

CONFIG: Final = "application/vnd.cncf.falco.rulesfile.config.v1+json"
LAYER: Final = "application/vnd.cncf.falco.rulesfile.layer.v1+tar.gz"
_FALCO: Final = "application/vnd.cncf.falco."


async def chosen(repository: Repository, root: Manifest) -> Manifest:
    """The manifest with the layers: the root, or the only one of an index. Raises SourceError."""
    if root.media_type not in manifests.INDEXES and not root.manifests:
        return root
    if len(root.manifests) != 1:
        message = f"{root.digest} is an index of {len(root.manifests)} manifests, rules have one"
        raise SourceError("NotRules", message, seen=root.digest)
    found = await repository.manifest(root.manifests[0].digest)
    if found is None or found.manifests:
        raise SourceError("NotRules", f"{root.digest} leads to no manifest of rules", seen=root.digest)
    return found


async def origin(repository: Repository, root: Manifest, inner: Manifest, source: str) -> Origin:
    """What it says of itself: annotations, or the configuration that falcoctl writes."""
    said = {**inner.annotations, **root.annotations}
    version = said.get(manifests.VERSION, "")
    if not version and inner.config is not None and inner.config.media_type == CONFIG:
        version = _version(await repository.blob(inner.config, bounds.SIGNATURE))
    return Origin(source, root.digest, version[:128], said.get(manifests.CREATED, "")[:64])


async def files(repository: Repository, inner: Manifest) -> tuple[File, ...]:
    """All rules files in it. Raises SourceError."""
    kind = inner.config.media_type if inner.config is not None else ""
    if kind.startswith(_FALCO) and kind != CONFIG:
        raise SourceError("NotRules", f"{inner.digest} is another artifact of Falco: {kind}")
    if len(inner.layers) > bounds.LAYERS:
        raise SourceError("TooLarge", f"{inner.digest} has more than {bounds.LAYERS} layers")
    found: list[File] = []
    for layer in inner.layers:
        content = await repository.blob(layer, bounds.LAYER)
        found += _layer(content, layer.annotations.get(manifests.TITLE, ""))
        if sum(len(one.text) for one in found) > bounds.UNPACKED:
            raise SourceError(
                "TooLarge", f"{inner.digest} holds more than {bounds.UNPACKED:,} bytes of rules"
            )
    if not found:
        raise SourceError("NotRules", f"{inner.digest} holds no *.yaml or *.yml file")
    return tuple(found)


def _layer(content: bytes, title: str) -> tuple[File, ...]:
    if content.startswith(archive.GZIP):
        return archive.unpacked(content)
    return (archive.read(title, content),) if title.endswith(archive.RULES) else ()


def _version(config: bytes) -> str:
    try:
        written = json.loads(config)
    except (ValueError, RecursionError):
        return ""
    found = written.get("version") if isinstance(written, dict) else None
    return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class Made:
    """What is pushed: blobs, then the manifest."""

    config: bytes
    layer: bytes
    manifest: bytes

    @property
    def digest(self) -> str:
        return digests.of(self.manifest)


def made(name: str, given: Iterable[File], version: str, created: str) -> Made:
    """An artifact that falcoctl can install as well. `created`: RFC 3339."""
    config = _json({"name": name, "version": version})
    layer = archive.packed(given)
    annotations = {manifests.CREATED: created} | ({manifests.VERSION: version} if version else {})
    written = {
        "schemaVersion": 2,
        "mediaType": manifests.OCI_MANIFEST,
        "config": described(config, CONFIG),
        "layers": [described(layer, LAYER, {manifests.TITLE: f"{name}.tar.gz"})],
        "annotations": annotations,
    }
    return Made(config, layer, _json(written))


def described(content: bytes, kind: str, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    """The descriptor of a blob, as a manifest has it."""
    said: dict[str, Any] = {"annotations": annotations} if annotations else {}
    return {"mediaType": kind, "digest": digests.of(content), "size": len(content), **said}


def _json(written: dict[str, Any]) -> bytes:
    return json.dumps(written, separators=(",", ":")).encode()
