# SPDX-License-Identifier: Apache-2.0
"""The path of the cgroup that names a container, also when somebody nests cgroups to hide that name."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator

import pytest

from lanner_agent.kernel import tables
from tests.kernel.conftest import Watch

NAMES = {number: name for name, number in tables.HIERARCHIES.items()}


@pytest.fixture
def folder() -> Iterator[pathlib.Path]:
    """A cgroup of our own in the hierarchy that the probes look at, removed with all below it."""
    root = pathlib.Path("/sys/fs/cgroup", NAMES.get(tables.hierarchy(), ""))
    own = root / f"lanner-test-{os.getpid()}"
    own.mkdir()
    yield own
    for path in sorted((path for path in own.rglob("*") if path.is_dir()), reverse=True):
        path.rmdir()
    own.rmdir()


@pytest.mark.parametrize("depth", [1, 22, 40])
def test_the_upper_end_of_the_path_is_always_there(watch: Watch, folder: pathlib.Path, depth: int) -> None:
    deep = folder.joinpath(*["n"] * depth)
    deep.mkdir(parents=True)

    def work() -> None:
        (deep / "cgroup.procs").write_text("0")
        os.close(os.open("/etc/hostname", os.O_RDONLY))

    event = next(e for e in watch.of(work, "openat") if e.fd is not None and e.fd.name == b"/etc/hostname")
    assert event.process.cgroup is not None
    assert event.process.cgroup.startswith(b"/%s/n" % folder.name.encode())
    assert event.process.cgroup.count(b"/n") == min(depth, 22)
