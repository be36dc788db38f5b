# SPDX-License-Identifier: Apache-2.0
"""The registry that knows referrers, built from its released Go module into the cache. go.sum vouches for the
content.

A first build takes a minute, of which Go's own library takes most; later ones take nothing.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests import cache
from tests.cluster import toolchain

SOURCES: Final = ("main.go", "go.mod", "go.sum")
_FOLDER: Final = Path(__file__).parent
Say = Callable[[str], None]


def build(say: Say = print) -> Path:
    """The program, built where it is missing."""
    name = f"olareg-{cache.key(*((_FOLDER / name).read_bytes() for name in SOURCES))}"
    if (place := cache.folder() / name).exists():
        return place
    with cache.alone("cluster/go", lambda: say("waiting for another who builds with Go")):
        made = cache.entry(name, lambda to: _build(to, say), say)
        toolchain.forget(toolchain.command(say))
    return made


def _build(to: Path, say: Say) -> None:
    say("a registry that knows referrers, from its Go module")
    work = to.with_name(f"{to.name}.source")
    cache.remove(work)
    work.mkdir()
    try:
        for name in SOURCES:
            shutil.copy(_FOLDER / name, work)
        command: list[str | Path] = [toolchain.command(say), "build", "-ldflags", "-s -w", "-o", to, "."]
        subprocess.run(command, cwd=work, check=True, env=toolchain.environment())
    finally:
        cache.remove(work)
