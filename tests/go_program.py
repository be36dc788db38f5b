# SPDX-License-Identifier: Apache-2.0
"""A program of the tests, built from released Go modules into the cache. go.sum vouches for the content."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests import cache
from tests.cluster import toolchain

SOURCES: Final = ("main.go", "go.mod", "go.sum")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class GoProgram:
    """`folder` has the SOURCES; `words` say what is built."""

    name: str
    folder: Path
    words: str

    def build(self, say: Say = print) -> Path:
        """The program, built where it is missing."""
        if self._place.exists():
            return self._place
        with cache.alone("cluster/go", lambda: say("waiting for another who builds with Go")):
            made = cache.entry(self._place.name, lambda to: self._build(to, say), say)
            toolchain.forget(toolchain.command(say))
        return made

    def built(self) -> Path | None:
        """The program, where it was built before."""
        return self._place if self._place.exists() else None

    @property
    def _place(self) -> Path:
        key = cache.key(*((self.folder / name).read_bytes() for name in SOURCES))
        return cache.folder() / f"{self.name}-{key}"

    def _build(self, to: Path, say: Say) -> None:
        say(self.words)
        work = to.with_name(f"{to.name}.source")
        cache.remove(work)
        work.mkdir()
        try:
            for name in SOURCES:
                shutil.copy(self.folder / name, work)
            command: list[str | Path] = [toolchain.command(say), "build", "-ldflags", "-s -w", "-o", to, "."]
            subprocess.run(command, cwd=work, check=True, env=toolchain.environment())
        finally:
            cache.remove(work)
