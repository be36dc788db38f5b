# SPDX-License-Identifier: Apache-2.0
"""One outside program, run to its end: its output, or an error that holds its last words."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

LAST_WORDS = 2000


def run(
    *command: str | Path,
    cwd: Path | None = None,
    stdin: bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """What it wrote on stdout; RuntimeError when it failed. `environment` is added to this process's own."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd, input=stdin, capture_output=True, check=False, env={**os.environ, **(environment or {})},
    )  # fmt: skip
    if done.returncode:
        said = (done.stdout[-LAST_WORDS:] + done.stderr[-LAST_WORDS:]).decode(errors="replace")
        raise RuntimeError(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{said}")
    return done.stdout
