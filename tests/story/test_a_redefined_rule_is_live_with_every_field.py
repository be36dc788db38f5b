# SPDX-License-Identifier: Apache-2.0
"""The public shell rule is redefined while the agent watches; every field of the new text agrees with the
runtime.
"""

from __future__ import annotations

import datetime
import pathlib
import re
import time

from tests.containers import runtime
from tests.story import public_rules
from tests.story.agent import watching

RULE = "Terminal shell in container"
NEW_OUTPUT = (
    "NEW SHELL!!! (repo=%container.image.repository evt_time=%evt.time evt_time_s=%evt.time.s "
    "evt_datetime=%evt.datetime proc_duration=%proc.duration container_id=%container.id "
    "container_name=%container.name k8s_pod_name=%k8s.pod.name k8s_pod_ip=%k8s.pod.ip)"
)
OVERRIDE = f"""
- rule: {RULE}
  desc: the same, said louder
  condition: spawned_process and container and shell_procs and proc.tty != 0 and container_entrypoint
  output: {NEW_OUTPUT}
  priority: NOTICE
"""
FIELDS = re.compile(
    r"^(?P<time>\S+): Notice NEW SHELL!!! \(repo=(?P<repo>\S+) evt_time=(?P<evt_time>\S+) "
    r"evt_time_s=(?P<seconds>\S+) evt_datetime=(?P<datetime>\S+ \S+) proc_duration=(?P<duration>\d+) "
    r"container_id=(?P<id>\S+) container_name=(?P<name>\S+) k8s_pod_name=(?P<pod>\S+) "
    r"k8s_pod_ip=(?P<ip>[^)\s]+)\)"
)


def test_the_new_text_comes_out_with_every_value(
    containerd: runtime.Containerd, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "10-public.yaml").write_text(public_rules.excerpt(RULE))
    pod = containerd.pods.run("loud", "shop", {"app": "web"})
    container = containerd.pods.start(pod, "web")
    with watching("--rules", tmp_path, "--cri-socket", containerd.socket) as agent:
        with containerd.exec_terminal(container.id, "sh", namespace="k8s.io") as terminal:
            terminal.run("true")
            agent.alerts.wait("Notice A shell was spawned")
        (tmp_path / "20-override.yaml").write_text(OVERRIDE)
        agent.notes.wait(rf"rules reloaded: 1 changed \({RULE}\)")
        started = time.time()
        with containerd.exec_terminal(container.id, "sh", namespace="k8s.io") as terminal:
            terminal.run("true")
            line = agent.alerts.wait("NEW SHELL!!!")
    fields = FIELDS.match(line.text)
    assert fields is not None, line.text
    happened = datetime.datetime.fromisoformat(fields["datetime"][:26]).timestamp()
    assert started - 0.01 <= happened <= line.arrived
    assert line.arrived - happened < 1
    assert fields["time"] == fields["evt_time"] == fields["datetime"].split()[1]
    assert fields["seconds"] == fields["evt_time"].split(".")[0]
    assert 0 < int(fields["duration"]) < 20e9
    assert fields["repo"] == runtime.REPOSITORY
    assert fields["id"] == container.id[:12]
    assert (fields["name"], fields["pod"]) == ("web", "loud")
    assert fields["ip"] == containerd.pods.status(pod).network.ip.decode()
