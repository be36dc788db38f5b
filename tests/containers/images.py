# SPDX-License-Identifier: Apache-2.0
"""A folder in, an OCI image archive out, as `ctr images import` takes it (image-spec: layout, manifest,
config)."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from pathlib import Path
from typing import Any

_MEDIA = "application/vnd.oci.image."
_ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}


def pack(names: list[str], folder: Path, out: Path, config: dict[str, Any]) -> str:
    """Write `out`: one image of one layer under all these names. Returns the manifest's digest
    (sha256:...)."""
    layer = _layer(folder)
    settings = _json(
        {
            "architecture": _ARCHITECTURE.get(platform.machine(), platform.machine()),
            "os": "linux",
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": _MEDIA + "manifest.v1+json",
            "config": _described("config.v1+json", settings),
            "layers": [_described("layer.v1.tar", layer)],
        }
    )
    entries = [_named(name, manifest) for name in names]
    files = {
        "oci-layout": _json({"imageLayoutVersion": "1.0.0"}),
        "index.json": _json({"schemaVersion": 2, "manifests": entries}),
    }
    files |= {"blobs/" + _digest(blob).replace(":", "/"): blob for blob in (layer, settings, manifest)}
    with tarfile.open(out, "w") as archive:
        for path, blob in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(blob)
            archive.addfile(entry, io.BytesIO(blob))
    return _digest(manifest)


def _layer(folder: Path) -> bytes:
    """The same bytes for the same folder: no times, no owners."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(folder, arcname=".", filter=_plain)
    return buffer.getvalue()


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.mtime = 0
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def _named(name: str, manifest: bytes) -> dict[str, Any]:
    names = {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name}
    return {**_described("manifest.v1+json", manifest), "annotations": names}


def _described(kind: str, blob: bytes) -> dict[str, Any]:
    return {"mediaType": _MEDIA + kind, "digest": _digest(blob), "size": len(blob)}


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _digest(blob: bytes) -> str:
    return "sha256:" + hashlib.sha256(blob).hexdigest()
