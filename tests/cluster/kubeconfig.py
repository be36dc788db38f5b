# SPDX-License-Identifier: Apache-2.0
"""A kubeconfig file for one user of a cluster."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any


def by_certificate(to: Path, server: str, pki: Path, user: str) -> None:
    """`user` is who pki/USER.crt says; everything is in the file, so it can be moved."""
    files = {"client-certificate-data": f"{user}.crt", "client-key-data": f"{user}.key"}
    _write(to, server, pki, {name: _base64(pki / file) for name, file in files.items()})


def by_token(to: Path, server: str, pki: Path, token: str) -> None:
    """As a pod's service account, from outside a pod."""
    _write(to, server, pki, {"token": token})


def _write(to: Path, server: str, pki: Path, user: dict[str, Any]) -> None:
    cluster = {"server": server, "certificate-authority-data": _base64(pki / "ca.crt")}
    to.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "lanner", "cluster": cluster}],
                "users": [{"name": "lanner", "user": user}],
                "contexts": [{"name": "lanner", "context": {"cluster": "lanner", "user": "lanner"}}],
                "current-context": "lanner",
            },
            indent=1,
        )
    )
    to.chmod(0o600)


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
