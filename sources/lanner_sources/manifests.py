# SPDX-License-Identifier: Apache-2.0
"""Manifests of a registry: what they hold, as the OCI image specification has it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lanner_sources import digests
from lanner_sources.errors import SourceError
from lanner_sources.reference import DIGEST

OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
ACCEPTED: Final = ", ".join((OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST))
INDEXES: Final = frozenset({OCI_INDEX, DOCKER_LIST})
VERSION: Final = "org.opencontainers.image.version"
CREATED: Final = "org.opencontainers.image.created"
TITLE: Final = "org.opencontainers.image.title"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a manifest says of a blob or of another manifest."""

    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    artifact_type: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`manifests` of an index, else `layers` and `config`. `digest` is that of the bytes that came."""

    digest: str
    media_type: str
    layers: tuple[Descriptor, ...]
    manifests: tuple[Descriptor, ...]
    config: Descriptor | None
    annotations: Mapping[str, str]


def read(content: bytes, media_type: str = "") -> Manifest:
    """`media_type`: of the answer, for one that does not say itself.

    Raises:
        SourceError: NotRules, when it is no manifest.
    """
    try:
        written = json.loads(content)
        return _manifest(written, digests.of(content), media_type)
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError):
        seen = digests.of(content)
        raise SourceError("NotRules", f"{seen} is no manifest", seen=seen) from None


def _manifest(written: dict[str, Any], digest: str, media_type: str) -> Manifest:
    config = written.get("config")
    return Manifest(
        digest,
        str(written.get("mediaType") or media_type.partition(";")[0].strip()),
        tuple(map(_descriptor, written.get("layers") or ())),
        tuple(map(_descriptor, written.get("manifests") or ())),
        _descriptor(config) if isinstance(config, dict) else None,
        _annotations(written.get("annotations")),
    )


def _descriptor(written: dict[str, Any]) -> Descriptor:
    digest, size = str(written["digest"]), written["size"]
    if not DIGEST.fullmatch(digest) or not isinstance(size, int) or size < 0:
        raise ValueError
    return Descriptor(
        str(written.get("mediaType", "")),
        digest,
        size,
        _annotations(written.get("annotations")),
        str(written.get("artifactType", "")),
    )


def _annotations(written: object) -> dict[str, str]:
    found = written if isinstance(written, dict) else {}
    return {key: value for key, value in found.items() if isinstance(value, str)}
