# SPDX-License-Identifier: Apache-2.0
"""What the kernel side keeps of a call's names goes with the call, or with its thread: the map has room for
few thousand, and a full one takes the kernel's copy from everybody.
"""

from __future__ import annotations

import os
import pathlib
import resource
import signal
import time

import pytest

from lanner_agent.kernel import syscall_bpf
from tests.kernel.calling import call, own_mounts
from tests.kernel.conftest import ASKED, Watch, in_child

pytestmark = pytest.mark.each_kernel

TIMES = 5
KEY = 16  # bytes of struct name_key


def left(watch: Watch) -> int:
    """Names that are kept now."""
    return len(list(syscall_bpf.map_keys(watch.probes.map_fd("names"), KEY)))


def looked_up_on_an_overlay(folder: pathlib.Path) -> None:
    """The walk there asks for attributes of overlayfs' own."""
    own_mounts()
    assert call("mount", b"none", os.fsencode(folder), b"tmpfs", 0, None) == 0
    for name in ("upper", "work", "whole", *(f"lower/{number}/inside" for number in range(TIMES))):
        (folder / name).mkdir(parents=True)
    for number in range(TIMES):
        (folder / "upper" / str(number)).mkdir()
    layers = f"lowerdir={folder}/lower,upperdir={folder}/upper,workdir={folder}/work"
    assert call("mount", b"none", os.fsencode(folder / "whole"), b"overlay", 0, layers.encode()) == 0
    for number in range(TIMES):
        child = os.fork()
        if not child:
            call("faccessat", -100, os.fsencode(folder / f"whole/{number}/inside"), 0)
            os._exit(0)
        os.waitpid(child, 0)


def test_not_of_a_look_up_on_an_overlay(followed: Watch, tmp_path: pathlib.Path) -> None:
    with followed.wanting("faccessat", "getxattr", "setxattr", fields=ASKED):
        assert in_child(lambda: looked_up_on_an_overlay(tmp_path)) > 0
        done = [one for one in followed.everything() if one.type == "faccessat" and one.result == 0]
        paths = [os.fsdecode((one.fs_path.path if one.fs_path else None) or b"") for one in done]
        assert sorted(paths) == [f"{tmp_path}/whole/{number}/inside" for number in range(TIMES)], paths
        assert left(followed) == 0


def dumped(folder: pathlib.Path) -> None:
    """Looks up until it is killed in between, and leaves its memory as a file."""
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    while True:
        call("faccessat", -100, b"/etc/passwd", 0)


def test_not_of_a_thread_that_dumps_core(followed: Watch, tmp_path: pathlib.Path) -> None:
    with followed.wanting("faccessat", "swapon", fields=ASKED):
        for _ in range(TIMES):
            child = os.fork()
            if not child:
                dumped(tmp_path)
            time.sleep(0.05)
            os.kill(child, signal.SIGABRT)
            os.waitpid(child, 0)
            followed.everything()
        assert left(followed) == 0
