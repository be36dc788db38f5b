# SPDX-License-Identifier: Apache-2.0
"""Where downloads and builds stay between runs, outside the checkout. `python -m tests.cache` removes them.

An entry is made once under a name that holds all it depends on, and appears whole or not at all.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path


def folder() -> Path:
    """`$LANNER_CACHE`; when that is unset `$XDG_CACHE_HOME/lanner`, and `~/.cache/lanner` without both."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("LANNER_CACHE") or Path(base) / "lanner")


def key(*parts: bytes | str) -> str:
    """16 hexadecimal digits that change with any of the parts."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:16]


def entry(name: str, make: Callable[[Path], None], say: Callable[[str], None] = lambda line: None) -> Path:
    """The file or folder `name`; `make` gets the path to fill when it is not there yet.

    Two who want the same entry at once wait for each other; what a killed one left is removed first.
    """
    path = folder() / name
    if path.exists():
        return path
    part = path.with_name(f"{path.name}.part")
    with alone(name, lambda: say(f"waiting for another who makes {path}")):
        if path.exists():
            return path
        try:
            remove(part)
            make(part)
            part.rename(path)
        finally:
            remove(part)
    return path


def keep_newest(name: str, number: int) -> None:
    """Of the entries in the folder `name` those that were used last stay."""
    entries = [path for path in (folder() / name).iterdir() if not path.name.startswith(".")]
    for path in sorted(entries, key=lambda path: path.stat().st_mtime)[:-number]:
        remove(path)


def size(path: Path) -> int:
    """Bytes on disk, of this file system: a layer that is mounted somewhere below counts once."""
    own, total, folders = path.lstat().st_dev, 0, [path]
    while folders:
        found = folders.pop()
        status = found.lstat()
        if status.st_dev == own:
            total += status.st_blocks * 512
            folders += found.iterdir() if stat.S_ISDIR(status.st_mode) else ()
    return total


def remove(path: Path) -> None:
    """Whatever stands there, if anything does."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def alone(name: str, wait: Callable[[], None]) -> Iterator[None]:
    """Nobody else is in here with this name; `wait` is called before waiting. The lock goes with the process
    that holds it, however that ends."""
    path = folder() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            wait()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _unmount_below(path: Path) -> None:
    """buildah leaves its store mounted."""
    targets = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for target in sorted((target for target in targets if target.startswith(f"{path}/")), reverse=True):
        subprocess.run(["umount", "-l", target], check=True)


def main() -> None:
    """Remove everything, and say how much that was of what."""
    freed = 0
    for path in sorted(folder().iterdir()) if folder().exists() else ():
        was = size(path)
        _unmount_below(path)
        remove(path)
        freed += was
        print(f"{was / 2**20:8.0f} MiB  {path}")
    print(f"{freed / 2**20:8.0f} MiB are free again" if freed else f"nothing is in {folder()}")


if __name__ == "__main__":
    main()
