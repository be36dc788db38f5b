# SPDX-License-Identifier: Apache-2.0
"""A server far above a shell, or above one that forked twice to have another parent: rules that ask for
ancestors find it, on the host and in a container.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from tests.containers import runtime
from tests.story import deeds, places
from tests.story.agent import Agent, watching
from tests.story.inside import LENDING, Inside
from tests.story.places import Place

SERVER = "story-nginx"
RULES = f"""
- rule: served
  desc: told
  condition: evt.type in (execve, execveat) and proc.name = true and proc.aname in ({SERVER})
  output: >
    served pname=%proc.pname creator=%proc.creator.name pid=%proc.creator.pid above=%proc.aname[14]
    ancestors=%proc.aname (%proc.cmdline)
  priority: NOTICE
- rule: entered
  desc: told
  condition: evt.type in (execve, execveat) and proc.name = true and container.id != host
  output: entered pname=%proc.pname pcmdline=%proc.pcmdline aname=%proc.aname[1] (%proc.cmdline)
  priority: NOTICE
"""
# Each shell starts the next one, $1 of them, and the last one `true` with the mark $2.
NESTED = 'if [ $1 -gt 0 ]; then /bin/sh -c "$0" "$0" $(($1 - 1)) $2; else /bin/true $2; fi; :'
# The same, each by a shell between that ends: the next one has another parent before it goes on.
ADOPTED = (
    'sleep 0.1; if [ $1 -gt 0 ]; then ( /bin/sh -c "$0" "$0" $(($1 - 1)) $2 & ); else /bin/true $2; fi; :'
)
# What a double fork makes goes on as another program once its parent has ended.
DAEMON = "( ( sleep 0.3; exec /bin/true $2 ) & )"


@pytest.fixture(scope="module")
def agent(containerd: runtime.Containerd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    rules = tmp_path_factory.mktemp("rules") / "own.yaml"
    rules.write_text(RULES)
    with watching("--rules", rules, "--match", "all", "--cri-socket", containerd.socket) as running:
        yield running


@pytest.fixture(scope="module")
def lent(containerd: runtime.Containerd, agent: Agent) -> Iterator[Inside]:
    full_id = containerd.run("sleep", "1000", options=LENDING)
    yield Inside(containerd, agent, full_id)
    containerd.remove(full_id)


@pytest.fixture(scope="module", params=["host", "container"])
def place(request: pytest.FixtureRequest, lent: Inside) -> Place:
    return places.host() if request.param == "host" else places.container(lent)


def serve(place: Place, script: str, levels: int) -> str:
    """A server that starts this script and lives a second longer; the mark."""
    mark = deeds.marker()
    served = (
        "import subprocess, sys, time\n"
        "script, levels, mark = sys.argv[1:]\n"
        "subprocess.run(['sh', '-c', script, script, levels, mark], check=True); time.sleep(1)"
    )
    place.do(
        "script, levels, mark = sys.argv[1:]\n"
        f"link = f'/tmp/{{mark}}'; os.mkdir(link); link += '/{SERVER}'; os.symlink(sys.executable, link)\n"
        f"if os.fork() == 0: os.execv(link, [link, '-c', {served!r}, script, levels, mark])\n"
        "code = os.waitstatus_to_exitcode(os.wait()[1]); os.remove(link); os.rmdir(f'/tmp/{mark}')\n"
        "sys.exit(code)",
        script,
        str(levels),
        mark,
    )
    return mark


def test_a_server_fourteen_levels_up(agent: Agent, place: Place) -> None:
    mark = serve(place, NESTED, 12)
    agent.alerts.wait(rf"Notice served pname=sh creator=sh .* above={SERVER} .*\(true {mark}\)")


def test_a_server_sixty_levels_up(agent: Agent, place: Place) -> None:
    agent.alerts.wait(rf"Notice served .*\(true {serve(place, NESTED, 58)}\)")


def test_a_server_above_a_double_fork(agent: Agent, place: Place) -> None:
    line = agent.alerts.wait(rf"Notice served .*\(true {serve(place, DAEMON, 0)}\)").text
    assert f"{SERVER} " not in line.partition(" ancestors=")[2]
    assert f" pname={adopting(place)} creator=sh " in line


def test_a_server_above_five_double_forks(agent: Agent, place: Place) -> None:
    line = agent.alerts.wait(rf"Notice served .*\(true {serve(place, ADOPTED, 5)}\)").text
    assert f"{SERVER} " not in line.partition(" ancestors=")[2]


def adopting(place: Place) -> str:
    """The name of the process that is given those whose parents end."""
    if place.programs == "/bin":
        return "sleep"  # the container's first process
    stat = deeds.output("sh", "-c", "( ( sleep 0.2; exec cat /proc/self/stat ) & )")
    return pathlib.Path(f"/proc/{stat.split()[3]}/comm").read_text().strip()


def test_a_shell_that_is_started_in_a_container_has_the_shim_as_its_parent(
    agent: Agent, lent: Inside
) -> None:
    """Once runc, which made it, has ended."""
    mark = deeds.marker()
    lent.run(f"sleep 0.3; exec /bin/true {mark}")
    agent.alerts.wait(rf"Notice entered pname=containerd-shim pcmdline=\S*containerd-shim.* \(true {mark}\)")
