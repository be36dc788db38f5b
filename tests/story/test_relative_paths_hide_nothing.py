# SPDX-License-Identifier: Apache-2.0
"""Names given relative to a folder or a descriptor, on the host and in a container: rules that ask for
absolute paths find them, those of the public file and others in the words that are common.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.containers import runtime
from tests.story import deeds, places, public_rules
from tests.story.agent import Agent, watching
from tests.story.inside import LENDING, Inside
from tests.story.places import Place

RULES = """
- list: folders_of_programs
  items: [/bin/, /usr/bin/]
- rule: removed
  desc: told
  condition: >
    evt.type in (unlink, unlinkat, rmdir)
    and (evt.arg.path startswith anyof (folders_of_programs)
         or evt.arg.name startswith anyof (folders_of_programs))
  output: removed %evt.type %evt.arg.path%evt.arg.name %fs.path.name (%proc.cmdline)
  priority: NOTICE
- rule: moved
  desc: told
  condition: >
    evt.type in (rename, renameat, renameat2)
    and (evt.arg.oldpath startswith anyof (folders_of_programs)
         or evt.arg.newpath startswith anyof (folders_of_programs))
  output: moved %evt.arg.oldpath %evt.arg.newpath %fs.path.source %fs.path.target (%proc.cmdline)
  priority: NOTICE
- rule: made
  desc: told
  condition: >
    evt.type in (mkdir, mkdirat, mknod, mknodat) and evt.arg.path startswith anyof (folders_of_programs)
  output: made %evt.type %evt.arg.path %fs.path.name (%proc.cmdline)
  priority: NOTICE
- rule: changed
  desc: told
  condition: >
    evt.type in (chmod, fchmodat, chown, lchown, fchownat, truncate)
    and (evt.arg.filename startswith anyof (folders_of_programs)
         or evt.arg.pathname startswith anyof (folders_of_programs)
         or evt.arg.path startswith anyof (folders_of_programs))
  output: changed %evt.arg.filename%evt.arg.pathname%evt.arg.path %fs.path.name (%proc.cmdline)
  priority: NOTICE
- rule: linked
  desc: told
  condition: evt.type in (link, linkat, symlink, symlinkat) and fs.path.target = /etc/shadow
  output: linked %evt.type %fs.path.source %fs.path.target %fs.path.targetraw (%proc.cmdline)
  priority: NOTICE
- rule: placed
  desc: told
  condition: >
    evt.type in (link, linkat, symlink, symlinkat) and fs.path.source startswith anyof (folders_of_programs)
  output: placed %fs.path.source %fs.path.target (%proc.cmdline)
  priority: NOTICE
"""
# `name` in the folder `there`, whose descriptor is `here`; `away` is it in /tmp, seen from any folder.
NOTHING = "name, there = sys.argv[1:3]; here = os.open(there, os.O_PATH)\naway = '../' * 20 + f'tmp/{name}'\n"
FILE = NOTHING + "open(f'{there}/{name}', 'w').close()\n"
GONE = "\nos.remove(f'{there}/{name}')"
BACK = "\nos.rename(f'/tmp/{name}', name, dst_dir_fd=here)" + GONE


@pytest.fixture(scope="module")
def early() -> Iterator[subprocess.Popen[bytes]]:
    """A process in a folder of programs from before the agent. It carries the mark `early`."""
    code = "import os, sys\nos.chdir('/usr/bin')\nexec(sys.stdin.read())"
    with subprocess.Popen([sys.executable, "-c", code, "early"], stdin=subprocess.PIPE) as process:
        yield process


@pytest.fixture(scope="module")
def agent(
    containerd: runtime.Containerd, tmp_path_factory: pytest.TempPathFactory, early: subprocess.Popen[bytes]
) -> Iterator[Agent]:
    """One agent with the public rules and ours, each of which may speak."""
    assert early.poll() is None
    own = tmp_path_factory.mktemp("rules") / "own.yaml"
    own.write_text(RULES)
    rules = ("--rules", public_rules.path(), "--rules", own, "--match", "all")
    with watching(*rules, "--cri-socket", containerd.socket) as running:
        yield running


@pytest.fixture(scope="module")
def lent(containerd: runtime.Containerd, agent: Agent) -> Iterator[Inside]:
    full_id = containerd.run("sleep", "1000", options=LENDING)
    yield Inside(containerd, agent, full_id)
    containerd.remove(full_id)


@pytest.fixture(scope="module", params=["host", "container"])
def place(request: pytest.FixtureRequest, lent: Inside) -> Place:
    return places.host() if request.param == "host" else places.container(lent)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (FILE + "os.chdir(there); os.unlink(name)", "removed unlink {0}<NA> {0}"),
        (FILE + "os.chdir(f'/proc/self/fd/{here}'); os.unlink(f'./{name}')", "removed unlink {0}<NA> {0}"),
        (FILE + "os.unlink(name, dir_fd=here)", "removed unlinkat <NA>{0} {0}"),
        (FILE + "os.unlink(f'../bin/{name}', dir_fd=here)", "removed unlinkat <NA>{0} {0}"),
        (NOTHING + "os.chdir(there); os.mkdir(name); os.rmdir(name)", "removed rmdir {0}<NA> {0}"),
        (FILE + "os.chdir(there); os.rename(name, away)" + BACK, "moved {0} /tmp/{1} {0} /tmp/{1}"),
        (FILE + "os.rename(name, away, src_dir_fd=here)" + BACK, "moved {0} /tmp/{1} {0} /tmp/{1}"),
        (FILE + "os.rename(name, away, src_dir_fd=here)" + BACK, "moved /tmp/{1} {0} /tmp/{1} {0}"),
        (NOTHING + "os.chdir(there); os.mkdir(name); os.rmdir(name)", "made mkdir {0} {0}"),
        (NOTHING + "os.mkdir(name, dir_fd=here); os.rmdir(f'{there}/{name}')", "made mkdirat {0} {0}"),
        (NOTHING + "os.mknod(name, 0o10600, dir_fd=here)" + GONE, "made mknodat {0} {0}"),
        (FILE + "os.chdir(there); os.chmod(name, 0o700)" + GONE, "changed {0}<NA><NA> {0}"),
        (FILE + "os.chmod(name, 0o700, dir_fd=here)" + GONE, "changed {0}<NA><NA> {0}"),
        (FILE + "os.chown(name, 0, 0, dir_fd=here)" + GONE, "changed <NA>{0}<NA> {0}"),
        (FILE + "os.chdir(there); os.truncate(name, 0)" + GONE, "changed <NA><NA>{0} {0}"),
    ],
)
def test_a_folder_of_programs_is_changed(agent: Agent, place: Place, code: str, said: str) -> None:
    mark = deeds.marker()
    place.do(code, mark, place.programs)
    agent.alerts.wait(rf"Notice {said.format(f'{place.programs}/{mark}', mark)} \(.*{mark}")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("os.chdir('/etc'); os.link('shadow', f'{there}/{name}')", "target=/etc/shadow linkpath={0} "),
        (
            "os.link('shadow', name, src_dir_fd=os.open('/etc', os.O_PATH), dst_dir_fd=here)",
            "target=/etc/shadow linkpath={0} ",
        ),
        (
            "os.chdir('/usr'); os.link('../etc/shadow', name, dst_dir_fd=here)",
            "target=/etc/shadow linkpath={0} ",
        ),
    ],
    ids=["folder", "descriptors", "above"],
)
def test_a_hard_link_to_a_sensitive_file(agent: Agent, place: Place, code: str, said: str) -> None:
    """Where it would be on another file system the attempt is told all the same."""
    mark = deeds.marker()
    place.do(f"{NOTHING}try: {code}\nexcept OSError: pass\nelse: {GONE[1:]}", mark, place.programs)
    link = f"{place.programs}/{mark}"
    agent.alerts.wait(rf"Warning Hardlinks created over sensitive files \| {said.format(link)}.*{mark}")


@pytest.mark.parametrize(
    ("code", "target"),
    [
        ("os.chdir(there); os.symlink('/etc/shadow', name)", "/etc/shadow"),
        ("os.symlink('/etc', name, dir_fd=here)", "/etc"),
    ],
    ids=["folder", "descriptor"],
)
def test_a_symbolic_link_to_what_is_sensitive(agent: Agent, place: Place, code: str, target: str) -> None:
    mark = deeds.marker()
    place.do(NOTHING + code + GONE, mark, place.programs)
    said = f"target={target} linkpath={place.programs}/{mark} "
    agent.alerts.wait(rf"Warning Symlinks created over sensitive files \| {said}.*{mark}")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "os.chdir('/etc'); os.link('shadow', f'{there}/{name}')",
            "linked link {0} /etc/shadow shadow",
        ),
        (
            "os.link('shadow', name, src_dir_fd=os.open('/etc', os.O_PATH), dst_dir_fd=here)",
            "linked linkat {0} /etc/shadow shadow",
        ),
        ("os.chdir('/tmp'); os.symlink('/etc/shadow', f'{there}/{name}')", "linked symlink {0} /etc/shadow "),
        (
            "os.chdir('/tmp'); os.symlink('../etc/../../etc/shadow', f'{there}/{name}')",
            "linked symlink {0} /etc/shadow ",
        ),
        (
            "os.chdir(there); os.symlink('./../../etc/shadow', name)",
            "linked symlink {0} /etc/shadow ",
        ),
        (
            "os.symlink('../../etc/shadow', name, dir_fd=here)",
            "linked symlinkat {0} /etc/shadow ../../etc/shadow",
        ),
        ("os.chdir(there); os.symlink('/tmp', name)", "placed {0} /tmp"),
        ("os.symlink('/tmp/x', name, dir_fd=here)", "placed {0} /tmp/x"),
    ],
)
def test_a_link_is_the_source_and_what_it_leads_to_the_target(
    agent: Agent, place: Place, code: str, said: str
) -> None:
    mark = deeds.marker()
    place.do(NOTHING + code + GONE, mark, place.programs)
    agent.alerts.wait(rf"Notice {said.format(f'{place.programs}/{mark}')}.*{mark}")


def test_a_process_that_was_there_before_is_followed_too(
    agent: Agent, early: subprocess.Popen[bytes]
) -> None:
    mark = deeds.marker()
    early.communicate(f"open({mark!r}, 'w').close(); os.remove({mark!r})".encode(), 20)
    path = f"/usr/bin/{mark}"
    agent.alerts.wait(rf"Notice removed unlink {path}<NA> {path} \(.* early\)")
