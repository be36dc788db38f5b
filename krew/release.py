# SPDX-License-Identifier: Apache-2.0
"""The plugin for krew's index: an archive with the wheel and what runs it, and the manifest with its hash.

    python krew/release.py WHEEL --uri https://…/kubectl-lanner.tar.gz --homepage https://…

Both are written beside the wheel. The same wheel makes the same archive.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import re
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent
ARCHIVE: Final = "kubectl-lanner.tar.gz"
MANIFEST: Final = "lanner.yaml"
BESIDE: Final = (HERE / "kubectl-lanner", ROOT / "requirements-kubectl.lock", ROOT / "LICENSE")
_WHEEL: Final = re.compile(r"lanner-(?P<version>[^-]+)-py3-none-any\.whl")


def main(given: Sequence[str] | None = None) -> int:
    """Print both paths."""
    parser = argparse.ArgumentParser(description="Make the archive and the manifest of a release for krew.")
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--uri", required=True, help="where the archive will be")
    parser.add_argument("--homepage", required=True)
    asked = parser.parse_args(given)
    named = _WHEEL.fullmatch(asked.wheel.name)
    if named is None:
        parser.error(f"{asked.wheel.name} is no wheel of lanner")
    content = archive(asked.wheel)
    to = asked.wheel.parent
    (to / ARCHIVE).write_bytes(content)
    (to / MANIFEST).write_text(manifest(named["version"], asked.uri, asked.homepage, content))
    print(to / ARCHIVE, to / MANIFEST, sep="\n")
    return 0


def archive(wheel: Path) -> bytes:
    """A gzipped tar without times and owners."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for path in (*BESIDE, wheel):
            one = tarfile.TarInfo(path.name)
            one.mode = 0o755 if path.parent == HERE else 0o644
            one.size = path.stat().st_size
            with path.open("rb") as file:
                tar.addfile(one, file)
    return gzip.compress(plain.getvalue(), mtime=0)


def manifest(version: str, uri: str, homepage: str, content: bytes) -> str:
    filled = {
        "version": version,
        "uri": uri,
        "homepage": homepage,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    text = (HERE / MANIFEST).read_text()
    for name, value in filled.items():
        text = text.replace(f"{{{name}}}", value)
    return text


if __name__ == "__main__":
    raise SystemExit(main())
