# SPDX-License-Identifier: Apache-2.0
"""python -m tests.image VERB: the images of this checkout.

build      both, as the archive build/image/lanner.tar
deploy     build them, put them into the cluster of `make cluster`, install or upgrade the chart;
           what is there already is left alone
"""

from __future__ import annotations

import os
import sys

from tests.cluster import binaries, persons
from tests.image import deploy
from tests.image.build import build


def deployed() -> int:
    """Helm's exit status."""
    socket = persons.cri_socket()  # before a build that takes minutes
    built = build(_say, show=print)
    return deploy.deploy(built, socket, persons.access(binaries.binaries(say=_say)), _say)


def main(words: list[str]) -> int:
    """Exit status 1 with the reason when it cannot, 2 for unknown words."""
    try:
        match words:
            case ["build"] | ["deploy"] if os.geteuid() != 0:
                raise RuntimeError("building images and loading them needs root")
            case ["build"]:
                _say(build(_say, show=print).text)
            case ["deploy"]:
                return deployed()
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except (RuntimeError, OSError, LookupError) as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    return 0


def _say(line: str) -> None:
    print(f"[IMAGE] {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
