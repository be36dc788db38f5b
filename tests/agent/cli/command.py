# SPDX-License-Identifier: Apache-2.0
"""The installed command, run to its end. For tests that need neither root nor kernel."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

LANNER = pathlib.Path(sys.executable).with_name("lanner")
PATIENCE_S = 120.0  # Python alone takes ten seconds to start beside other lanes


def lanner(
    *arguments: str | os.PathLike[str], cwd: pathlib.Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Never a traceback, whatever it is given."""
    done = subprocess.run(
        [LANNER, *arguments], check=False, capture_output=True, text=True, timeout=PATIENCE_S, cwd=cwd
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done
