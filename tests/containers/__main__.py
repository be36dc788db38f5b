# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.containers`: a containerd to try things on until Ctrl-C; `... clean`: remove what
crashed runs left."""

from __future__ import annotations

import contextlib
import signal
import sys

from tests.containers import runtime


def main() -> int:
    """Exit status 2 for unknown words."""
    if sys.argv[1:] == ["clean"]:
        for folder in runtime.sweep():
            print(f"removed {folder} and what belonged to it")
        return 0
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    with runtime.running() as containerd, contextlib.suppress(KeyboardInterrupt):
        ctr = " ".join(containerd.ctr_command())
        print(f"CRI socket: {containerd.socket}\n\n    {ctr} run -t --rm {runtime.IMAGE} box sh\n")
        print("Ctrl-C ends it.", flush=True)
        signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
