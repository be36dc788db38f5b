# SPDX-License-Identifier: Apache-2.0
"""The Debian package of this checkout, for the release of Debian that this machine is.

In: debian/, the lock files, the wheel. Out: build/deb/lanner_VERSION+RELEASE_ARCHITECTURE.deb. It holds
modules that are compiled for this Debian's Python, so each release has a package of its own,
a newer one a higher version.
"""

from __future__ import annotations

import platform
import shutil
import sys
import tomllib
from pathlib import Path

from uv import find_uv_bin

from tests import cache
from tests.kernels import tool

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build/deb"
COPIED = ("README.md", "docs/sources.md", "requirements.lock", "requirements-agent.lock")
MAINTAINER = "The Lanner developers <lanner@lanner.dev>"  # as debian/control has it


def build() -> Path:
    """Takes about half a minute. RuntimeError with the last words of what failed."""
    cache.remove(FOLDER)
    source = FOLDER / "lanner"
    shutil.copytree(ROOT / "debian", source / "debian")
    for name in COPIED:
        (source / name).parent.mkdir(exist_ok=True)
        shutil.copy2(ROOT / name, source / name)
    wheel = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", source, ".")
    tool.run(sys.executable, *wheel, cwd=ROOT)
    (source / "debian/changelog").write_text(changelog())
    how = ("dpkg-buildpackage", "--build=binary", "--no-sign")
    tool.run(*how, cwd=source, environment={"UV": find_uv_bin()})
    cache.remove(source)
    (package,) = FOLDER.glob("*.deb")
    return package


def changelog() -> str:
    """One entry, of the version in pyproject.toml and the last commit: the history is git's."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    system = platform.freedesktop_os_release()
    release = f"{version}+{system['ID']}{system.get('VERSION_ID', '')}"
    what, when = _git("describe", "--always", "--dirty"), _git("log", "-1", "--format=%cD")
    head = f"lanner ({release}) {system.get('VERSION_CODENAME', 'unstable')}; urgency=medium"
    return f"{head}\n\n  * Commit {what}.\n\n -- {MAINTAINER}  {when}\n"


def _git(*words: str) -> str:
    """As root looks at a checkout that may be another's."""
    return tool.run("git", "-c", f"safe.directory={ROOT}", *words, cwd=ROOT).decode().strip()
