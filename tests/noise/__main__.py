# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.noise SECONDS`: every work in turn until the time is over, at least once; then the page.
`python -m tests.noise` writes the page of the last run anew.
"""

from __future__ import annotations

import json
import platform
import sys
import time

from tests.noise import page
from tests.noise.watch import Noise, watched
from tests.noise.works import WORKS


def main() -> None:
    if len(sys.argv) > 1:
        noise = run(float(sys.argv[1]))
        page.RESULTS.write_text(json.dumps(page.result(noise, platform.release()), indent=1) + "\n")
    page.PAGE.write_text(page.text(json.loads(page.RESULTS.read_text())))


def run(seconds: float) -> Noise:
    end = time.monotonic() + seconds
    with watched() as watch:
        while True:
            for work in WORKS:
                if not work.lacking:
                    watch.do(work)
            watch.pods()
            if time.monotonic() > end:
                return watch.noise


if __name__ == "__main__":
    main()
