# SPDX-License-Identifier: Apache-2.0
"""In the guest: `lanner doctor`, as a user types it; one line `DOCTOR {...}` with its exit status and words.

Run by init.sh, which goes no further where the answer is no.
"""

from __future__ import annotations

import json
import subprocess
import sys

LANNER = "from lanner_agent.cli.main import main; main()"


def main() -> int:
    """Ask once; the answer's exit status is this script's too."""
    asked = subprocess.run(
        [sys.executable, "-c", LANNER, "doctor"], capture_output=True, text=True, check=False
    )
    said = {"status": asked.returncode, "said": asked.stdout.splitlines(), "errors": asked.stderr}
    print("DOCTOR", json.dumps(said), flush=True)
    return asked.returncode


if __name__ == "__main__":
    sys.exit(main())
