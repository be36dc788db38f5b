# SPDX-License-Identifier: Apache-2.0
"""The path of the cgroup that names a container, also when somebody nests cgroups to hide that name; and the
paths of those that are being made.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Iterator

import pytest

from lanner_agent.kernel.probes import Probes
from tests.kernel import scope
from tests.kernel.conftest import Watch

pytestmark = pytest.mark.each_kernel

LEVELS = 24  # that a path has at most


@pytest.fixture
def folder(own_cgroup: pathlib.Path) -> Iterator[pathlib.Path]:
    """A cgroup in the hierarchy that the probes look at, removed with all below it."""
    own = own_cgroup / "folder"
    own.mkdir()
    yield own
    for path in sorted((path for path in own.rglob("*") if path.is_dir()), reverse=True):
        path.rmdir()
    own.rmdir()


def path_of(folder: pathlib.Path) -> bytes:
    """From the root of its hierarchy."""
    return b"/" + os.fsencode(folder.relative_to(scope.ROOT))


@pytest.mark.parametrize("depth", [1, 22, 40])
def test_the_upper_end_of_the_path_is_always_there(watch: Watch, folder: pathlib.Path, depth: int) -> None:
    deep = folder.joinpath(*["n"] * depth)
    deep.mkdir(parents=True)

    def work() -> None:
        (deep / "cgroup.procs").write_text("0")
        os.close(os.open("/etc/hostname", os.O_RDONLY))

    event = next(e for e in watch.of(work, "openat") if e.fd is not None and e.fd.name == b"/etc/hostname")
    assert event.process.cgroup is not None
    above = path_of(folder)
    assert event.process.cgroup.startswith(above + b"/n")
    assert event.process.cgroup.count(b"/n") == min(depth, LEVELS - 1 - above.count(b"/"))


def test_a_new_one_is_announced_with_its_path(probes: Probes, folder: pathlib.Path) -> None:
    deep = folder.joinpath(*["n" * 200] * 3)
    with contextlib.closing(probes.new_cgroups()) as births:
        while births.wait(0.05):
            pass
        deep.mkdir(parents=True)
        paths = births.wait(1)
    own = path_of(folder)
    announced = [path for path in paths if path.startswith(own)]
    whole = own + (b"/" + b"n" * 200) * 3
    assert announced == [whole[: len(own) + 201], whole[: len(own) + 402], whole[:511]]
