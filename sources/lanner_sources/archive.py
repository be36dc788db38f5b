# SPDX-License-Identifier: Apache-2.0
"""Archives of rules files, as falcoctl pushes them: unpacked in memory, within bounds. Pure."""

from __future__ import annotations

import gzip
import io
import posixpath
import tarfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from lanner_sources import bounds
from lanner_sources.errors import SourceError

GZIP: Final = b"\x1f\x8b"
RULES: Final = (".yaml", ".yml")
_MODE: Final = 0o644


@dataclass(frozen=True, slots=True)
class File:
    """A rules file; `name` is a relative path without `..`."""

    name: str
    text: str = field(repr=False)


def unpacked(content: bytes) -> tuple[File, ...]:
    """The rules files of a tar.gz, sorted by name; what else it holds is left out.

    Raises:
        SourceError: BadArchive, TooLarge.
    """
    plain = io.BytesIO(_inflated(content))
    found: list[File] = []
    try:
        with tarfile.open(fileobj=plain, mode="r:") as archive:
            for number, member in enumerate(archive):
                if number >= bounds.FILES:
                    raise SourceError("TooLarge", f"the archive holds more than {bounds.FILES} files")
                found += _file(archive, member)
    except (tarfile.TarError, OverflowError, RecursionError, ValueError) as error:
        raise SourceError("BadArchive", f"the archive cannot be read: {error}") from None
    return tuple(sorted(found, key=lambda one: one.name))


def packed(files: Iterable[File]) -> bytes:
    """The same bytes for the same files."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for one in files:
            content = one.text.encode()
            member = tarfile.TarInfo(one.name)
            member.size, member.mode = len(content), _MODE
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)


def read(name: str, content: bytes) -> File:
    """A file that came as it is. Raises SourceError BadArchive."""
    try:
        return File(_checked(name), content.decode())
    except UnicodeDecodeError:
        raise SourceError("BadArchive", f"{name!r} is no UTF-8 text") from None


def _inflated(content: bytes) -> bytes:
    work = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        plain = work.decompress(content, bounds.UNPACKED + 1)
    except zlib.error as error:
        raise SourceError("BadArchive", f"the archive cannot be unpacked: {error}") from None
    if len(plain) > bounds.UNPACKED:
        raise SourceError("TooLarge", f"the archive unpacks to more than {bounds.UNPACKED:,} bytes")
    if not work.eof:
        raise SourceError("BadArchive", "the archive ends in the middle")
    if work.unused_data.strip(b"\0"):
        raise SourceError("BadArchive", "the archive is packed in several pieces: pack it in one")
    return plain


def _file(archive: tarfile.TarFile, member: tarfile.TarInfo) -> list[File]:
    if member.isdir():
        return []
    if not member.isreg() or member.issparse():
        raise SourceError("BadArchive", f"{member.name!r} in the archive is no plain file")
    name = _checked(member.name)
    if not name.endswith(RULES):
        return []
    opened = archive.extractfile(member)
    return [read(name, opened.read() if opened is not None else b"")]


def _checked(name: str) -> str:
    """No path that leads out, and none that a terminal would obey."""
    path = posixpath.normpath(name)
    bad = posixpath.isabs(name) or ".." in path.split("/") or path == "." or "\\" in name
    if bad or not name.isprintable() or len(name) > 512:  # noqa: PLR2004  more than any path of rules
        raise SourceError("BadArchive", f"{name[:80]!r} is no path of a file below the archive")
    return path
