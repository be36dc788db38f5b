# SPDX-License-Identifier: Apache-2.0
"""python -m tests.deb: the Debian package of this checkout, in build/deb."""

from __future__ import annotations

import sys

from tests.deb.build import build


def main() -> int:
    """Exit status 1 with the reason when it cannot."""
    try:
        package = build()
    except (RuntimeError, OSError) as error:
        print(f"deb: {error}", file=sys.stderr)
        return 1
    print(f"[DEB] {package}, {package.stat().st_size >> 20} MiB: apt install {package}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
