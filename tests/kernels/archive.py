# SPDX-License-Identifier: Apache-2.0
"""Debian packages of any suite and architecture, unpacked.

In: the archive and keyring that this machine's own apt uses. Out: folders in the cache. Installs nothing
and leaves the machine's apt alone: each suite and architecture has lists and settings of its own.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from tests import cache
from tests.kernels import tool

LISTS_AGE_S = 24 * 3600
VERSION_ORDER = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Archive:
    """One suite of one architecture, as an apt of its own."""

    suite: str
    architecture: str

    @property
    def _folder(self) -> Path:
        return cache.folder() / "kernels/apt" / f"{self.suite}-{self.architecture}"

    def _options(self) -> list[str]:
        settings = {
            "Dir::Etc::sourcelist": str(self._folder / "sources.list"),
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State::lists": str(self._folder / "lists"),
            "Dir::State::status": "/dev/null",
            "Dir::Cache": str(self._folder / "cache"),
            "APT::Architecture": self.architecture,
            "APT::Architectures": self.architecture,
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
        }
        return ["-q", *(text for item in settings.items() for text in ("-o", "=".join(item)))]

    def update(self) -> None:
        """Fetch the lists when they are missing or a day old; old lists do when the archive cannot be
        reached."""
        done = self._folder / "updated"
        if done.exists() and time.time() - done.stat().st_mtime < LISTS_AGE_S:
            return
        for part in ("lists/partial", "cache/archives/partial"):
            (self._folder / part).mkdir(parents=True, exist_ok=True)
        (self._folder / "sources.list").write_text(f"{source_line(self.suite)}\n")
        try:
            tool.run("apt-get", *self._options(), "update")
        except RuntimeError:
            if not done.exists():
                raise
        else:
            done.touch()

    def newest(self, pattern: str) -> str:
        """The package name of the highest version among those that match `pattern` whole."""
        listed = tool.run("apt-cache", *self._options(), "pkgnames").decode().split()
        names = [name for name in listed if re.fullmatch(pattern, name)]
        if not names:
            raise LookupError(f"no package of {self.suite}/{self.architecture} matches {pattern}")
        return max(names, key=_version_order)

    def unpacked(self, pattern: str) -> Path:
        """The folder of the newest package that matches, downloaded and unpacked once."""
        self.update()
        name = self.newest(pattern)
        return cache.entry(
            f"kernels/packages/{self.suite}-{self.architecture}/{name}", lambda part: self._unpack(name, part)
        )

    def _unpack(self, name: str, to: Path) -> None:
        download = to.with_name(to.name + ".deb")
        download.mkdir(parents=True)
        try:
            tool.run("apt-get", *self._options(), "download", name, cwd=download)
            (package,) = download.glob("*.deb")
            tool.run("dpkg-deb", "-x", package, to)
        finally:
            cache.remove(download)


def _version_order(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in VERSION_ORDER.split(name)]


def source_line(suite: str) -> str:
    """A one-line apt source of `suite` in the first Debian archive that this machine's own apt names."""
    settings = Path("/etc/apt/sources.list.d")
    for path in sorted(settings.glob("*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text()):
            fields = dict(re.findall(r"(?m)^([A-Za-z-]+):[ \t]*(\S+)", stanza))
            if "debian-archive" in fields.get("Signed-By", "") and "security" not in fields["URIs"]:
                return f"deb [signed-by={fields['Signed-By']}] {fields['URIs']} {suite} main"
    for path in (settings.parent / "sources.list", *sorted(settings.glob("*.list"))):
        text = path.read_text() if path.exists() else ""
        found = re.search(r"(?m)^deb\s+(?:\[.*?\]\s+)?(\S+/debian/?)\s", text)
        if found:
            return f"deb {found[1]} {suite} main"
    raise LookupError("this machine's apt names no Debian archive to take other kernels from")
