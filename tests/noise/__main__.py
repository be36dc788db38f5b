# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.noise SECONDS`: every work in turn until the time is over, at least once; then the page.
`python -m tests.noise short FILE`: the short works once, the result into a file.
`python -m tests.noise`: the page of the last run anew.
"""

from __future__ import annotations

import contextlib
import json
import math
import pathlib
import platform
import sys
import tempfile
import time
from collections.abc import Sequence

from tests.cluster import cluster
from tests.cluster.binaries import Binaries, binaries
from tests.deb import machine
from tests.noise import family, page, places
from tests.noise.watch import Done, Watch, watched
from tests.noise.works import HOST, WORKS, Work


def main() -> None:
    match sys.argv[1:]:
        case ["short", file]:
            sys.exit(family.led(lambda head: short(head, pathlib.Path(file))))
        case [seconds] if status := family.led(lambda head: whole(head, float(seconds))):
            sys.exit(status)
    page.PAGE.write_text(page.text(json.loads(page.RESULTS.read_text())))


def short(head: int, file: pathlib.Path) -> None:
    """What the tests do."""
    with watched(head) as watch:
        for work in WORKS:
            if work.short and not work.lacking:
                watch.do(work, HOST)
        watch.pods()
    page.write(watch.noise, platform.release(), file)


def whole(head: int, seconds: float) -> None:
    """What `make noise` does."""
    end = time.monotonic() + seconds
    programs = binaries(say=lambda line: print(line, flush=True))
    with watched(head) as watch, contextlib.ExitStack() as stack:
        watch.doing(Done("a machine is booted by systemd", places.MACHINE), lambda: _boot(watch, stack))
        starting = Done("a cluster of one node is started", places.CLUSTER)
        watch.doing(starting, lambda: _cluster(watch, stack, programs))
        _round(watch, [work for work in WORKS if not work.lacking])
        often = [work for work in WORKS if not work.lacking and not work.once]
        while time.monotonic() < end:
            _round(watch, often, end)
    page.write(watch.noise, platform.release(), page.RESULTS)
    print(*watch.noise.told, watch.noise.lost, sep="\n", flush=True)
    for done, words in sorted(watch.noise.words.items()):
        print(f"failed: {done.work} ({done.where}): {words}", flush=True)


def _boot(watch: Watch, stack: contextlib.ExitStack) -> None:
    scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lanner-noise-")))
    watch.places[places.MACHINE] = places.Machine(stack.enter_context(machine.booted(scratch)))


def _cluster(watch: Watch, stack: contextlib.ExitStack, programs: Binaries) -> None:
    watch.places[places.CLUSTER] = places.in_cluster(stack.enter_context(cluster.running(programs)))


def _round(watch: Watch, works: Sequence[Work], end: float = math.inf) -> None:
    """Each of them where it is done, and pods in between; not begun any more after `end`."""
    for work in works:
        for where in work.where:
            if time.monotonic() < end:
                print(f"{time.strftime('%H:%M:%S')} {work.name} ({where})", flush=True)
                watch.do(work, where)
                watch.pods()


if __name__ == "__main__":
    main()
