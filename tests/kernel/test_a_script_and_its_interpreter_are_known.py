# SPDX-License-Identifier: Apache-2.0
"""An exec of a script runs its interpreter: both are known, also of the processes that the script makes."""

from __future__ import annotations

import os
import pathlib
from functools import partial

import pytest

from lanner_engine.ast import FieldRef
from lanner_engine.fields import model
from lanner_engine.fields.reading import reader
from tests.kernel.conftest import ALL, ASKED, Watch, execute, on_all

SHELL = os.fsencode(pathlib.Path("/bin/sh").resolve())
TEXT = b"#!/bin/sh -u\n/usr/bin/true; :\n"


def value(event: model.Event, field: str) -> object:
    return reader(FieldRef(field, None))(event)


@pytest.fixture
def script(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "run me"
    path.write_bytes(TEXT)
    path.chmod(0o755)
    return path


def test_both_are_known(watch: Watch, script: pathlib.Path) -> None:
    (event,) = watch.of(lambda: execute(str(script), "lies", "one"), "execve")
    assert event.process.script == os.fsencode(script)
    assert event.process.exepath == SHELL
    assert event.process.args == (b"-u", os.fsencode(script), b"one")
    assert event.process.exe_flags == model.EXE_WRITABLE
    assert (value(event, "proc.script"), value(event, "proc.is_script_from_memfd")) == (
        os.fsencode(script),
        False,
    )


def test_they_are_known_of_what_the_script_does_but_not_of_what_it_executes(
    watch: Watch, script: pathlib.Path
) -> None:
    pid = os.fork()
    if pid == 0:
        execute(str(script), "x")
    os.waitpid(pid, 0)
    everything = watch.everything()
    assert {e.process.script for e in everything if e.process.pid == pid and e.type == "procexit"} == {
        os.fsencode(script)
    }
    (inner,) = (e for e in everything if e.type == "execve" and e.process.ppid == pid)
    assert (inner.process.script, inner.process.exepath) == (b"", b"/usr/bin/true")


def test_an_interpreter_may_be_a_script_itself(
    watch: Watch, script: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    outer = tmp_path / "outer"
    os.symlink(script, tmp_path / "inner")
    outer.write_text(f"#!{tmp_path}/inner\n")
    outer.chmod(0o755)
    (event,) = watch.of(partial(execute, str(outer), "x"), "execve")
    assert (event.process.script, event.process.exepath) == (os.fsencode(outer), SHELL)


def test_a_relative_path_is_as_it_was_given(watch: Watch, script: pathlib.Path) -> None:
    def work() -> None:
        os.chdir(script.parent)
        execute("./run me", "x")

    (event,) = watch.of(work, "execve")
    assert (event.process.script, event.process.cwd) == (b"./run me", os.fsencode(script.parent) + b"/")


@pytest.mark.parametrize("way", ["descriptor", "/proc/self/fd/%d", "/proc/thread-self/fd/%d", "/dev/fd/%d"])
def test_a_script_in_a_memfd_is_seen_through_its_descriptor(watch: Watch, way: str) -> None:
    def work() -> None:
        fd = os.memfd_create("pay\x1bload", 0)
        os.write(fd, TEXT)
        if way == "descriptor":
            os.execve(fd, ["x"], {})  # noqa: S606 (no shell is the point)
        execute(way % fd, "x")

    (event,) = watch.of(work, "execve", "execveat")
    assert event.process.exepath == SHELL
    assert event.process.script == b"memfd:pay\x1bload"
    assert value(event, "proc.is_script_from_memfd") is True
    assert value(event, "proc.is_exe_from_memfd") is False


def test_a_descriptor_of_a_file_shows_the_file(watch: Watch, script: pathlib.Path) -> None:
    def work() -> None:
        fd = os.open(script, os.O_RDONLY)
        os.set_inheritable(fd, True)
        os.execve(fd, ["x"], {})  # noqa: S606 (no shell is the point)

    (event,) = watch.of(work, "execveat")
    assert event.process.script == os.fsencode(script)
    assert event.process.script_flags == model.EXE_WRITABLE


@pytest.mark.parametrize("path", ["/dev/fd/99999", "/proc/self/fd/1/../1", "/dev/fd/"])
def test_what_only_looks_like_a_descriptor_fails_as_it_should(watch: Watch, path: str) -> None:
    def work() -> None:
        try:
            execute(path, "x")
        except OSError:
            os._exit(0)

    (event,) = watch.of(work, "execve")
    assert event.result is not None
    assert event.result < 0
    assert event.process.script == b""


def test_a_program_is_no_script(watch: Watch, script: pathlib.Path) -> None:
    (event,) = watch.of(lambda: execute("/bin/sh", "sh", str(script)), "execve")
    assert event.process.script == b""


def test_a_script_that_no_rule_asks_for_is_absent(watch: Watch, script: pathlib.Path) -> None:
    watch.probes.subscribe(ALL, ALL, on_all(frozenset({"proc.name"})))
    try:
        (event,) = watch.of(lambda: execute(str(script), "x"), "execve")
    finally:
        watch.probes.subscribe(ALL, ALL, ASKED)
    assert value(event, "proc.script") is None
