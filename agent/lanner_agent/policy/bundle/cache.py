# SPDX-License-Identifier: Apache-2.0
"""The last bundle that was in force, kept on the node for a start without an API server.

One file: a line with the hash of the rest, then JSON with the index and the shards as they came. It is
written beside itself and renamed, so that a crash leaves the old one; and what is read is checked by its
hash here and as any bundle after that. Only root can write it; still nothing in it is believed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import pathlib
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lanner_engine.source import LannerError

FILE: Final = "bundle"
MAX_BYTES: Final = 48 << 20  # a bundle is below 32 MiB unpacked; base64 makes a third more of packed shards


@dataclass(frozen=True, slots=True)
class Kept:
    """`index` is the text of the index, `contents` the shards' bytes by name."""

    index: str
    contents: Mapping[str, bytes]


def installation(place: str, authority: str | None, host: str) -> str:
    """Whose bundle it is: its place in the cluster that the certificate file `authority` speaks for, or that
    answers at `host`. A node that joins another cluster must not start with the rules of the one before.
    """
    try:
        certificate = pathlib.Path(authority).read_bytes() if authority else host.encode()
    except OSError:
        certificate = host.encode()
    return f"{place} of {hashlib.sha256(certificate).hexdigest()[:16]}"


class CacheError(LannerError):
    """`str()` says what is wrong with the file or the directory."""


@dataclass(frozen=True, slots=True)
class Cache:
    """`owner` names whose bundle it is: two installations must not start with each other's rules."""

    directory: pathlib.Path
    owner: str
    file: str = FILE

    @property
    def path(self) -> pathlib.Path:
        return self.directory / self.file

    def read(self) -> Kept | None:
        """None when there is none. Raises CacheError when there is one that cannot be used."""
        try:
            content = _read(self.path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CacheError(f"{self.path} cannot be read: {error.strerror}") from error
        return self._parsed(content)

    def write(self, kept: Kept) -> None:
        """Replaces what is there. Raises CacheError."""
        shards = {name: base64.b64encode(content).decode() for name, content in kept.contents.items()}
        body = json.dumps({"owner": self.owner, "index": kept.index, "shards": shards}).encode()
        if len(body) > MAX_BYTES:
            raise CacheError(f"the bundle needs {len(body) >> 20} MiB, {MAX_BYTES >> 20} are kept at most")
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self.path, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        except OSError as error:
            raise CacheError(f"{self.path} cannot be written: {error.strerror}") from error

    def _parsed(self, content: bytes) -> Kept | None:
        digest, _, body = content.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            raise CacheError(f"{self.path} is damaged: its hash is wrong")
        try:
            written = json.loads(body)
            if written["owner"] != self.owner:
                return None
            shards = {name: base64.b64decode(text) for name, text in written["shards"].items()}
            return Kept(str(written["index"]), shards)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
            raise CacheError(f"{self.path} holds no bundle: {error}") from error


def _read(path: pathlib.Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise CacheError(f"{path} is not a regular file")
        content = file.read(MAX_BYTES + 1024)
    if len(content) > MAX_BYTES + 128:
        raise CacheError(f"{path} is larger than {MAX_BYTES >> 20} MiB")
    return content


def write_whole(path: pathlib.Path, content: bytes) -> None:
    """Whole or not at all, on the disk before the name points to it. What a kill leaves half written is
    replaced by the next one.
    """
    fresh = path.with_name(f"{path.name}.new")
    try:
        descriptor = os.open(
            fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
