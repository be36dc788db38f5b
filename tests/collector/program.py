# SPDX-License-Identifier: Apache-2.0
"""The collector, built from its released Go modules into the cache. go.sum vouches for the content.

A first build takes one to two minutes and fetches about 100 MB; later ones take nothing.
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
    if _place().exists():
        return _place()
    with cache.alone("cluster/go", lambda: say("waiting for another who builds with Go")):
        made = cache.entry(_name(), lambda to: _build(to, say), say)
        toolchain.forget(toolchain.command(say))
    return made


def built() -> Path | None:
    """The program, where it was built before."""
    return _place() if _place().exists() else None


def _name() -> str:
    return f"collector-{cache.key(*((_FOLDER / name).read_bytes() for name in SOURCES))}"


def _place() -> Path:
    return cache.folder() / _name()


def _build(to: Path, say: Say) -> None:
    say("an OpenTelemetry collector, from its Go modules")
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
