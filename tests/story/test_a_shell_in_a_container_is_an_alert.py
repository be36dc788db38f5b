# SPDX-License-Identifier: Apache-2.0
"""The main job: a shell with a terminal, in a container of `ctr run -t` and in a pod, by our rule and the
public one.
"""

from __future__ import annotations

import datetime
import pathlib
import re
from collections.abc import Iterator

import pytest

from tests.containers import runtime
from tests.story import public_rules
from tests.story.agent import ALERT_S, Agent, Line, watching

PUBLIC_RULE = "Terminal shell in container"
BEFORE = {"own": r"\(", "public": r"\| "}  # how the two rules' texts set off the fields
AFTER = {"own": r"\)", "public": ""}


@pytest.fixture(scope="module", params=["own", "public"])
def rule(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def agent(
    rule: str, containerd: runtime.Containerd, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Agent]:
    arguments: list[str | pathlib.Path] = ["--cri-socket", containerd.socket]
    if rule == "public":
        file = tmp_path_factory.mktemp("public") / "rule.yaml"
        file.write_text(public_rules.excerpt(PUBLIC_RULE))
        arguments += ["--rules", file]
    with watching(*arguments) as running:
        yield running


def loginuid() -> int:
    """This process' and its children's; the kernel writes unset as 2^32 - 1."""
    number = int(pathlib.Path("/proc/self/loginuid").read_text())
    return -1 if number == 2**32 - 1 else number


def expected(rule: str, full_id: str) -> str:
    return (
        r"^\d\d:\d\d:\d\d\.\d{9}: Notice A shell was spawned in a container with an attached terminal "
        rf"{BEFORE[rule]}evt_type=execve user=root user_uid=0 user_loginuid={loginuid()} process=sh "
        r"proc_exepath=/bin/busybox parent=\S+ command=sh terminal=348\d\d "
        rf"exe_flags=EXE_WRITABLE\S* container_id={full_id[:12]} container_name=\S+{AFTER[rule]} "
    )


def delay(line: Line) -> float:
    """Seconds from the event's time to the line's arrival."""
    arrived = datetime.datetime.fromtimestamp(line.arrived)
    happened = datetime.datetime.combine(arrived.date(), datetime.time.fromisoformat(line.text[:15]))
    return (arrived - happened).total_seconds() % 86_400  # around midnight


def found(agent: Agent, rule: str, full_id: str) -> Line:
    line = agent.alerts.wait(rf"attached terminal .*container_id={full_id[:12]}")
    assert re.search(expected(rule, full_id), line.text), line.text
    assert 0 < delay(line) < ALERT_S
    return line


def test_when_a_container_starts_with_one(agent: Agent, rule: str, containerd: runtime.Containerd) -> None:
    with containerd.run_terminal("sh") as terminal:
        terminal.run("true")
        line = found(agent, rule, containerd.last_id)
    assert " terminal=34816 " in line.text


def test_when_somebody_enters_a_container(agent: Agent, rule: str, containerd: runtime.Containerd) -> None:
    full_id = containerd.run("sleep", "1000")
    with containerd.exec_terminal(full_id, "sh") as terminal:
        terminal.run("true")
        found(agent, rule, full_id)
    containerd.remove(full_id)


def test_when_a_pod_starts_with_one(agent: Agent, rule: str, containerd: runtime.Containerd) -> None:
    pod = containerd.pods.run(f"first-{rule}", "shop")
    container = containerd.pods.start(pod, "web", ["sh"], tty=True)
    line = found(agent, rule, container.id)
    assert " container_name=web" in line.text
    named = f"image_repository={runtime.REPOSITORY} .*image_tag=1.2 .*pod_name=first-{rule} .*ns_name=shop"
    assert re.search(named, line.text), line.text


def test_when_somebody_enters_a_pod(agent: Agent, rule: str, containerd: runtime.Containerd) -> None:
    container = containerd.pods.start(containerd.pods.run(f"second-{rule}"), "web")
    with containerd.exec_terminal(container.id, "sh", namespace="k8s.io") as terminal:
        terminal.run("true")
        line = found(agent, rule, container.id)
    assert " container_name=web" in line.text


def test_not_without_a_terminal_and_not_on_the_host(
    agent: Agent, rule: str, containerd: runtime.Containerd
) -> None:
    quiet = containerd.run("sleep", "1000")
    containerd.execute(quiet, "sh", "-c", "true")
    with containerd.run_terminal("sleep", "1000"):
        asleep = containerd.last_id
    with containerd.run_terminal("sh") as terminal:
        terminal.run("true")
        found(agent, rule, containerd.last_id)
    said = agent.alerts.text()
    assert quiet[:12] not in said
    assert asleep[:12] not in said
    containerd.remove(quiet)
