# SPDX-License-Identifier: Apache-2.0
"""Works under one agent, and what it says of them. Others use the machine meanwhile: an alert belongs to a
work by a variable of its environment, which whatever the work starts inherits, or by the container.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from tests.containers import runtime
from tests.noise.works import Work
from tests.story import deeds
from tests.story.agent import Agent, watching

MARK: Final = "LANNER_NOISE"
PODS: Final = "pods with a probe come and go"
TIMEOUT_S: Final = 300
# Where programs are, and how packages are fetched.
_KEPT: Final = re.compile(
    r"PATH|HOME|LANG|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS|GOPROXY|PYENV_.*|PIP_.*|npm_.*|(?i:.*_proxy)"
)


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert of Notice or above on ordinary work. `by`: executable and what was touched."""

    work: str
    rule: str
    priority: str
    by: str


@dataclass(slots=True)
class Noise:
    """`done`: how often each work was done to its end; `failed` how often it was not."""

    seconds: float = 0.0
    done: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    fired: Counter[Fired] = field(default_factory=Counter)


class Watch:
    """One agent and one runtime, on which works are done one after the other."""

    def __init__(self, agent: Agent, containerd: runtime.Containerd) -> None:
        self._agent, self._containerd = agent, containerd
        self._containers: set[str] = set()
        self.noise = Noise()

    def do(self, work: Work) -> None:
        """To its end; its failure is counted and is not the point."""
        with tempfile.TemporaryDirectory(prefix="lanner-noise-") as folder:
            os.chmod(folder, 0o755)  # noqa: S103 (the database is not root)
            environment = {key: value for key, value in os.environ.items() if _KEPT.fullmatch(key)}
            done = subprocess.run(
                ["bash", "-e", "-c", work.script],
                cwd=folder,
                env={**environment, MARK: work.name},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=TIMEOUT_S,
            )
        (self.noise.done if done.returncode == 0 else self.noise.failed)[work.name] += 1

    def pods(self) -> None:
        """A pod starts, is probed by exec three times, and is removed."""
        pod = self._containerd.pods.run("noise")
        container = self._containerd.pods.start(pod, "app")
        self._containers |= {pod.id[:12], container.id[:12]}
        for _ in range(3):
            self._containerd.pods.execute(container, "true")
        self._containerd.pods.remove(pod.id)
        self.noise.done[PODS] += 1

    def settle(self) -> None:
        """Count what was said up to a deed that is always found."""
        mark = deeds.marker()
        deeds.read_absolute(mark)
        self._agent.alerts.wait(mark, 30)
        for line in self._agent.alerts.all():
            self._count(json.loads(line.text))

    def _count(self, alert: dict[str, Any]) -> None:
        fields = alert["output_fields"]
        work = fields.get(f"proc.env[{MARK}]") or fields.get(f"proc.aenv[{MARK}]")
        if fields.get("container.id") in self._containers:
            work = PODS
        if work:
            touched = next(
                (fields[key] for key in ("fs.path.name", "fd.name", "fs.path.source") if fields.get(key)), ""
            )
            by = f"{fields.get('proc.exepath')} {touched}".strip()
            self.noise.fired[Fired(work, alert["rule"], alert["priority"], by)] += 1


@contextmanager
def watched() -> Iterator[Watch]:
    """While it watches. At the end everything that was said is counted."""
    marks = f"%proc.env[{MARK}] %proc.aenv[{MARK}]"
    arguments: Sequence[str | pathlib.Path] = (
        "--output", "json", "--append-output", marks, "--outputs-stdout-minimum-priority", "notice",
    )  # fmt: skip
    with runtime.running() as containerd, watching(*arguments, "--cri-socket", containerd.socket) as agent:
        watch = Watch(agent, containerd)
        began = time.monotonic()
        yield watch
        watch.noise.seconds = time.monotonic() - began
        watch.settle()
