# SPDX-License-Identifier: Apache-2.0
"""The base image, made of Debian's packages: the same with every engine, and no registry is asked.

In: the engine. Out: a name for the Dockerfile's build argument BASE.

It stands in for debian:trixie-slim and is as large: minbase without documentation and translations.
`make image BASE=debian:trixie-slim` takes that one, where it can be pulled.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests import cache
from tests.image.engine import Engine
from tests.kernels import archive, tool

SUITE = "trixie"
OPTIONS = (
    "--variant=minbase",
    "--include=ca-certificates",
    '--aptopt=Acquire::Languages "none"',
    *(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("doc", "info", "locale", "man")),
)


def name(engine: Engine, say: Callable[[str], None]) -> str:
    """`$BASE`, or the one that is made here when the engine has it not."""
    given = os.environ.get("BASE")
    if given:
        return given
    source = archive.source_line(SUITE)
    key = cache.key(SUITE, source, *OPTIONS)
    image = f"localhost/lanner-base:{SUITE}-{key}"
    if not engine.has(image):
        say(f"making {image} from Debian's packages")
        engine.import_root(cache.entry(f"image/{key}.tar", lambda part: _make(part, source), say), image)
    return image


def _make(to: Path, source: str) -> None:
    tool.run("mmdebstrap", "--quiet", "--format=tar", *OPTIONS, SUITE, to, source)
