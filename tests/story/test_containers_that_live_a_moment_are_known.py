# SPDX-License-Identifier: Apache-2.0
"""Containers that are removed in the moment they end, alone and many at once: what they did is an alert
each, with everything that is known of the container and its pod.
"""

from __future__ import annotations

import concurrent.futures
import functools
import json
import pathlib
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import grpc
import pytest

from tests.containers import cleaning, runtime
from tests.containers.pods import PodContainer, Pods
from tests.story.agent import Agent, Line, watching

RULES = """
- rule: Program
  desc: a program was started in a container
  condition: evt.type in (execve, execveat) and container.id != host and proc.args contains /tmp/of-
  output: program %proc.exeline {facts}
  priority: NOTICE
- rule: File
  desc: a file was opened in a container
  condition: evt.type in (open, openat) and container.id != host and fd.name startswith /tmp/of-
  output: file %fd.name %evt.is_open_write {facts}
  priority: NOTICE
"""
FACTS = ("container.id", "container.name", "container.image.repository", "container.image.tag",
         "k8s.pod.name", "k8s.ns.name")  # fmt: skip
NAMESPACE = "shop"
GONE_S = 10.0
PATIENCE_S = 15.0
ONE_BY_ONE, AT_ONCE = 3, 8


@pytest.fixture
def agent(containerd: runtime.Containerd, tmp_path: pathlib.Path) -> Iterator[Agent]:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES.format(facts=" ".join(f"%{name}" for name in FACTS)))
    with watching("--cri-socket", containerd.socket, "--rules", rules, "--output", "json") as running:
        yield running


def live(pods: Pods, number: int) -> PodContainer:
    """The whole life of a pod with one container."""
    pod = pods.run(f"pod-{number}", NAMESPACE)
    script = f"touch /tmp/of-{number}; cat /tmp/of-{number}"
    container = pods.start(pod, f"moment-{number}", ("sh", "-c", script))
    end = time.monotonic() + GONE_S
    while running(container) and time.monotonic() < end:
        time.sleep(0.002)
    remove(pods, container)
    pods.remove(pod.id)
    return container


def running(container: PodContainer) -> bool:
    """Whether any process is left in it: on a busy machine its script takes its time."""
    cgroup = f"kubepods/besteffort/pod{container.pod.uid}/{container.id}/cgroup.procs"
    try:
        return bool((next(cleaning.hierarchies()) / cgroup).read_text())
    except OSError:  # the runtime has removed it
        return False


def remove(pods: Pods, container: PodContainer) -> None:
    """At once; a container that ends by itself at this very moment makes containerd hesitate."""
    end = time.monotonic() + GONE_S
    while True:
        try:
            pods.remove_container(container)
        except grpc.RpcError:
            if time.monotonic() > end:
                raise
            time.sleep(0.002)
        else:
            return


def done(number: int, container: PodContainer) -> Counter[str]:
    """What is to be said of it."""
    path = f"/tmp/of-{number}"
    facts = (container.id[:12], container.name, runtime.REPOSITORY, "1.2", container.pod.name, NAMESPACE)
    deeds = (
        ("program", f"sh -c touch {path}; cat {path}"),
        ("file", path, "true"),
        ("program", f"cat {path}"),
        ("file", path, "false"),
    )
    return Counter(" ".join((*deed, *facts)) for deed in deeds)


def said(lines: Sequence[Line]) -> dict[str, Counter[str]]:
    """By container."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        alert = json.loads(line.text)
        found[alert["output_fields"]["container.id"]][alert["output"].partition("Notice ")[2]] += 1
    return found


@pytest.mark.timeout(180)
def test_one_by_one_and_many_at_once(agent: Agent, containerd: runtime.Containerd) -> None:
    life = functools.partial(live, containerd.pods)
    lived = [life(number) for number in range(ONE_BY_ONE)]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        lived += pool.map(life, range(ONE_BY_ONE, ONE_BY_ONE + AT_ONCE))
    expected = {one.id[:12]: done(number, one) for number, one in enumerate(lived)}
    agent.alerts.wait_until(lambda lines: lines[-1] if said(lines) == expected else None, PATIENCE_S)

    assert said(agent.alerts.all()) == expected
