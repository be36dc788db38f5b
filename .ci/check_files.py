# SPDX-License-Identifier: Apache-2.0
"""Checks every file git knows or would add: licence line, length, name. `make lint` runs it.

In: the work tree around this file. Out: one line for each finding, exit status 1 when there is any.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_LINES = 500
LINE = "SPDX-License-Identifier: Apache-2.0"
# Programs in the kernel must be under the GPL to use all of its helpers, which Apache-2.0 does not go with.
BPF_LINE = "SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause"
BPF = re.compile(r"^bpf/.*\.[ch]$|\.bpf\.c$")
CODE = re.compile(r"\.(py|pyi|c|h|sh|toml|ya?ml|proto)$|^(Makefile|Dockerfile)$|^\.ci/[a-z-]+$")
GENERATED = re.compile(r"_pb2(_grpc)?\.pyi?$|(^|/)crds/[^/]*\.yaml$|(^|/)record_layout\.py$")
NAMELESS = re.compile(r"^(utils?|common|helpers?|misc)(\.|$)")
SOURCE_ROOTS = ("agent", "apiserver", "engine", "operator", "page", "sources")
# Tools know who calls a module; a line about it is not kept up to date by anybody.
CALLERS = re.compile(
    r"\A(?:#[^\n]*\n)*\"\"\"(?:(?!\"\"\").)*?"
    r"(?:\b[Cc]alled\s+by|(?:[.:;]\s+|\n)(?:Used|Made|Read|Asked|Set|Filled|Started)\s+by)\b",
    re.DOTALL,
)


def files() -> list[str]:
    """Paths from the root of everything git tracks or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 (git as the caller's PATH has it)
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout.decode()
    return sorted(path for path in set(listed.split("\0")) if path and (ROOT / path).is_file())


def findings(path: str) -> Iterator[str]:
    """What is wrong with one file, in words."""
    if any(NAMELESS.match(part) for part in path.split("/")):
        yield "a name that names no concern"
    if path in {f"{root}/__init__.py" for root in SOURCE_ROOTS}:
        yield "a source root must not be a package: operator/ would shadow the standard library's operator"
    if not CODE.search(path) or GENERATED.search(path):
        return
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".py") and CALLERS.match(text):
        yield "its docstring lists callers (`Called by`, `Used by`, `Made by` …): say what it does"
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        yield f"{len(lines)} lines, {MAX_LINES} at most: which second concern is in it?"
    licence = BPF_LINE if BPF.search(path) else LINE
    if not any(re.search(f"{re.escape(licence)}(?! (OR|AND) )", text) for text in lines[:3]):
        yield f"no line `{licence}` among the first three"


def main() -> int:
    """Print every finding; 1 when there is any."""
    paths = files()
    found = [f"{path}: {finding}" for path in paths for finding in findings(path)]
    print("\n".join(found) if found else f"{len(paths)} files: licence line, length and name are in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
