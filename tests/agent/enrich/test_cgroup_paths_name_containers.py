# SPDX-License-Identifier: Apache-2.0
"""Every line of golden/cgroups.txt: a cgroup path and the container it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanner_agent.enrich import cgroup

GOLDEN = Path(__file__).with_name("golden") / "cgroups.txt"
UID = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
STANDS_FOR = {
    "A": "a1" * 32,
    "B": "b2" * 32,
    "C": "c3" * 32,
}


def spelled_out(text: str) -> bytes:
    """The short names of the golden file, replaced by what they stand for."""
    text = text.replace("podu", "pod" + UID.replace("-", "_")).replace("podU", "pod" + UID)
    for short, long in STANDS_FOR.items():
        text = text.replace(short, long)
    return text.encode()


def cases() -> list[tuple[str, str]]:
    lines = [line for line in GOLDEN.read_text().splitlines() if line and not line.startswith("#")]
    return [(given.strip(), wanted.strip()) for given, wanted in (line.split(" -> ") for line in lines)]


def described(found: cgroup.Identity | None) -> bytes:
    if found is None:
        return b"host"
    words = [found.runtime or b"?", found.full_id]
    words += [b"pod=" + found.pod_uid] if found.pod_uid else []
    words += [b"rootless"] if found.rootless else []
    return b" ".join(words)


@pytest.mark.parametrize(("given", "wanted"), cases(), ids=[given for given, _ in cases()])
def test_path(given: str, wanted: str) -> None:
    path, _, base = given.partition(" base=")
    found = cgroup.identify(spelled_out(path), spelled_out(base))
    assert described(found) == spelled_out(wanted.replace("pod=U", "pod=" + UID))


@pytest.mark.parametrize(
    ("init", "base"),
    [
        ("/init.scope", ""),
        ("/", ""),
        ("/docker/A/init.scope", "/docker/A"),
        ("/system.slice/docker-A.scope/init.scope", "/system.slice/docker-A.scope"),
        ("/machine.slice/libpod-conmon-A.scope", ""),
        ("/lxc.payload.node/init.scope", "/lxc.payload.node"),
        ("/lxc/node/init.scope", "/lxc/node"),
        ("/lxc.monitor.node", ""),
    ],
)
def test_the_base_is_the_container_the_node_runs_in(init: str, base: str) -> None:
    assert cgroup.base_of(spelled_out(init)) == spelled_out(base)


def test_hostile_paths_cost_little_and_name_nobody() -> None:
    for piece in (b"-", b":", b"a-", b"a:", b"\xff/", b"pod", b"0" * 63, b"kubepods-", b"\n"):
        path = b"/" + piece * (4096 // len(piece))
        assert cgroup.identify(path) is None


def test_an_id_followed_by_a_newline_is_no_id() -> None:
    assert cgroup.identify(b"/docker/" + b"a" * 64 + b"\n") is None
