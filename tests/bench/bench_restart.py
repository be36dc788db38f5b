# SPDX-License-Identifier: Apache-2.0
"""From the start of an agent's process to the first detection, after the one before it was killed with
SIGKILL; and where the time goes. A real API server, rules of the node's disk, a deed done all the time.

Bounded is the agent's own processor time outside of the kernel. What the machine does besides, and the
kernel's time to verify programs, are shown.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.agent.cluster.installation import Installation, cluster_rule, installed, rule, until
from tests.bench import figures, start_steps
from tests.bench.conftest import Tell
from tests.bench.sizes import sized
from tests.cluster.control_plane import ControlPlane
from tests.story.agent import START_S, Agent

TIMES = sized(3, 1)
USER_S = 2.5  # about 1.5 on a machine that does nothing else
SEEN = "process started to the first deed seen"

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.geteuid() != 0, reason="loading BPF programs needs root"),
]


@contextmanager
def deeds() -> Iterator[None]:
    """`true` is run twenty times a second."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.05):
            subprocess.run(["true"], check=False)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def start(lanner: Installation, bytecode: Path) -> dict[str, float]:
    """Seconds by step of one start, which ends by SIGKILL."""
    kept = {"PYTHONPYCACHEPREFIX": str(bytecode), "PYTHONDONTWRITEBYTECODE": ""}
    lanner.variables.update({start_steps.BORN: str(time.monotonic()), **kept})
    began = time.time()
    agent: Agent = lanner.start(command=(sys.executable, start_steps.__file__, "agent"))
    said = agent.notes.wait(f"^{start_steps.WORD} ", START_S).text
    seen = agent.alerts.wait("seen ", START_S).arrived - began
    until((lanner.state / "last-seen").exists)
    agent.process.send_signal(signal.SIGKILL)
    agent.stop()
    taken: dict[str, float] = json.loads(said.removeprefix(start_steps.WORD))
    return {SEEN: seen, **taken}


def test_a_restart(control_plane: ControlPlane, tell: Tell, tmp_path: Path) -> None:
    with installed(control_plane, tmp_path) as lanner, deeds():
        lanner.variables["LANNER_PROVEN_AFTER"] = "0"
        lanner.publish(cluster_rule("one", rule("First")))
        tell("the first start, which gets its rules from the cluster")
        start(lanner, tmp_path / "bytecode")
        found = []
        for number in range(TIMES):
            tell(f"start after kill -9, {number + 1} of {TIMES}")
            found.append(start(lanner, tmp_path / "bytecode"))
    taken = {step: sorted(one[step] for one in found)[TIMES // 2] for step in found[0]}
    tell("\n".join(f"{step:44} {seconds:6.2f} s" for step, seconds in taken.items()))
    figures.keep("restart", {"seconds": taken, "times": TIMES})
    assert taken[start_steps.USER] <= USER_S, taken
