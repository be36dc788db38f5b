# SPDX-License-Identifier: Apache-2.0
"""python -m tests.scale [NODES]: the run, for SCALE_MINUTES (30) of churn; its figures go to results.json,
and from there into docs/scale.md. `page`: of what is kept already.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from dataclasses import replace

from tests.scale import course, scale_page
from tests.scale.course import Size


def main(words: list[str]) -> None:
    if words != ["page"]:
        began = time.monotonic()

        def say(line: str) -> None:
            print(f"scale: {time.monotonic() - began:6.1f} s  {line}", flush=True)

        size = Size(minutes=float(os.environ.get("SCALE_MINUTES") or 30))
        if words:
            size = replace(size, nodes=int(words[0]))
        scale_page.keep(asyncio.run(_measured(size, say)))
    scale_page.write()
    print(scale_page.PAGE, scale_page.CHART)


async def _measured(size: Size, say: course.Say) -> course.Figures:
    """Who ends it early gets no figures, and leaves no control plane behind."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await course.run(size, say)


if __name__ == "__main__":
    main(sys.argv[1:])
