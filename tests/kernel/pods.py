# SPDX-License-Identifier: Apache-2.0
"""Cgroups beside each other below the tests' own, as pods are, and processes in them."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.kernel import scope


@contextmanager
def cgroup(own: pathlib.Path, name: str) -> Iterator[pathlib.Path]:
    """One below the tests' own."""
    made = own / name
    made.mkdir()
    try:
        yield made
    finally:
        scope.left_empty(made)


def start(pod: pathlib.Path, work: Callable[[], object]) -> int:
    """A process in this cgroup that does `work`, and opens nothing besides."""
    entry = os.open(pod / "cgroup.procs", os.O_WRONLY)
    pid = os.fork()
    if pid == 0:
        try:
            os.write(entry, b"0")
            work()
        finally:
            os._exit(0)
    os.close(entry)
    return pid


def done(pod: pathlib.Path, work: Callable[[], object]) -> int:
    """The same, when it has ended."""
    pid = start(pod, work)
    os.waitpid(pid, 0)
    return pid
