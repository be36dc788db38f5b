# SPDX-License-Identifier: Apache-2.0
"""Where downloads and images stay between runs, outside the checkout.

Called by everything here that makes a file.

An entry is made once under a name that holds all it depends on, and appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def folder() -> Path:
    """`$XDG_CACHE_HOME/lanner/kernels`, `~/.cache/lanner/kernels` when that is unset."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lanner" / "kernels"


def key(*parts: bytes | str) -> str:
    """16 hexadecimal digits that change with any of the parts."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:16]


def entry(name: str, make: Callable[[Path], None]) -> Path:
    """The file or folder `name`; `make` gets the path to fill when it is not there yet."""
    path = folder() / name
    if path.exists():
        return path
    part = path.with_name(f"{path.name}.part{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        make(part)
        part.rename(path)
    finally:
        remove(part)
    return path


def remove(path: Path) -> None:
    """Whatever stands there, if anything does."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
