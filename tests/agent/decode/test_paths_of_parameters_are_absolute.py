# SPDX-License-Identifier: Apache-2.0
"""The paths among a call's parameters: evt.arg is absolute, evt.rawarg as given, evt.args says both."""

from __future__ import annotations

import pytest

from lanner_agent.decode.event import Event, decode
from lanner_agent.decode.parameters import PARAMETERS
from lanner_engine.ast import FieldRef
from lanner_engine.fields.reading import reader
from lanner_engine.fields.tables import parameters
from tests.agent.decode import records
from tests.agent.decode.records import Builder

BIND = 0x1000
CALLS = [
    ("unlink", "path"),
    ("unlinkat", "name"),
    ("mkdirat", "path"),
    ("chmod", "filename"),
    ("fchownat", "pathname"),
    ("rename", "oldpath"),
    ("symlinkat", "linkpath"),
    ("mount", "dir"),
    ("umount2", "name"),
    ("move_mount", "frompath"),
    ("pivot_root", "newpath"),
]


def called(call: str, result: int = 0, **name: bytes) -> Event:
    return decode(Builder(call, result=result).name(0, **name).bytes(), records.session())


def value(event: Event, field: str, argument: bytes | None = None) -> object:
    return reader(FieldRef(field, argument))(event)


@pytest.mark.parametrize(("call", "parameter"), CALLS)
def test_a_relative_path_is_joined_to_its_folder(call: str, parameter: str) -> None:
    event = called(call, raw=b"../bin/./x", base=b"/usr/lib")
    assert event.arguments[parameter] == b"/usr/bin/x"
    assert event.raw_arguments[parameter] == b"../bin/./x"
    assert f"{parameter}=../bin/./x(/usr/bin/x)".encode() in str(value(event, "evt.args")).encode()


@pytest.mark.parametrize(("call", "parameter"), CALLS)
def test_it_is_where_the_kernel_went(call: str, parameter: str) -> None:
    assert called(call, raw=b"link/x", path=b"/real/x").arguments[parameter] == b"/real/x"


@pytest.mark.parametrize(("call", "parameter"), CALLS)
def test_an_absolute_path_stays_as_given(call: str, parameter: str) -> None:
    event = called(call, raw=b"/usr/../x", path=b"/real/x")
    assert event.arguments[parameter] == event.raw_arguments[parameter] == b"/usr/../x"
    assert f"{parameter}=/usr/../x" in str(value(event, "evt.args"))
    assert "(" not in str(value(event, "evt.args")).partition(parameter)[2].partition(" ")[0]


def test_the_second_path_has_a_folder_of_its_own() -> None:
    record = Builder("linkat").name(0, raw=b"shadow", base=b"/etc").name(1, raw=b"x", base=b"/tmp")
    arguments = decode(record.bytes(), records.session()).arguments
    assert (arguments["oldpath"], arguments["newpath"]) == (b"/etc/shadow", b"/tmp/x")


@pytest.mark.parametrize(("result", "path"), [(0, b"/etc/shadow"), (-2, b"")])
def test_no_path_is_the_descriptors_where_the_call_worked(result: int, path: bytes) -> None:
    event = called("linkat", result, raw=b"", base=b"/etc/shadow")
    assert (event.arguments["oldpath"], event.raw_arguments["oldpath"]) == (path, b"")


def test_a_path_stays_as_given_where_nobody_knows_its_folder() -> None:
    assert called("unlink", -2, raw=b"x").arguments["path"] == b"x"


@pytest.mark.parametrize(
    ("result", "facts", "path"),
    [
        (0, {"raw": b"bin", "base": b"/usr/bin"}, b"/usr/bin"),
        (0, {"raw": b"bin", "path": b"/usr/bin"}, b"/usr/bin"),
        (0, {"raw": b"/bin", "path": b"/usr/bin"}, b"/bin"),
        (-2, {"raw": b"bin", "base": b"/usr"}, b"/usr/bin"),
        (-2, {"raw": b"", "base": b"/usr"}, b""),
    ],
)
def test_a_changed_directory_is_the_one_after_the_call(
    result: int, facts: dict[str, bytes], path: bytes
) -> None:
    assert called("chdir", result, **facts).arguments["path"] == path


@pytest.mark.parametrize(
    ("given", "flags", "device"),
    [
        (b"tmpfs", 0, b"tmpfs"),
        (b"/dev/../dev/sda", 0, b"/dev/../dev/sda"),
        (b"../etc", BIND, b"/etc"),
    ],
)
def test_what_is_bound_is_a_path_and_a_file_systems_name_is_none(
    given: bytes, flags: int, device: bytes
) -> None:
    record = Builder("mount").call(0, 0, 0, flags, string=given).process(cwd=b"/usr")
    event = decode(record.bytes(), records.session())
    assert (event.arguments["dev"], event.raw_arguments["dev"]) == (device, given)


@pytest.mark.parametrize("call", ["open", "openat", "openat2", "creat"])
def test_an_open_has_the_path_of_what_was_opened(call: str) -> None:
    opened = Builder(call, result=3).union(records.OPEN, raw=b"link", path=b"/etc/shadow")
    failed = Builder(call, result=-2).union(records.OPEN, raw=b"./x", base=b"/etc")
    whole = Builder(call, result=3).union(records.OPEN, raw=b"/etc/link", path=b"/etc/shadow")
    for record, name, raw in (
        (opened, b"/etc/shadow", b"link"),
        (failed, b"/etc/x", b"./x"),
        (whole, b"/etc/link", b"/etc/link"),
    ):
        event = decode(record.bytes(), records.session())
        assert (event.arguments["name"], event.raw_arguments["name"]) == (name, raw)


@pytest.mark.parametrize(
    ("call", "result", "given", "filename"),
    [
        ("execve", 0, b"./x", b"/bin/x"),
        ("execve", 0, b"/link", b"/link"),
        ("execve", -2, b"./x", b"/tmp/x"),
        ("execveat", -2, b"./x", b"./x"),
        ("execve", -2, b"", b""),
    ],
)
def test_an_exec_has_the_path_of_what_was_executed(
    call: str, result: int, given: bytes, filename: bytes
) -> None:
    record = Builder(call, result=result).union(records.EXEC, filename=given)
    record.process(exepath=b"/bin/x", cwd=b"/tmp/")
    event = decode(record.bytes(), records.session())
    assert (event.arguments["filename"], event.raw_arguments["filename"]) == (filename, given)


def test_a_rule_can_name_every_parameter() -> None:
    assert {name for event in PARAMETERS.values() for name in event} <= parameters.PARAMETERS.keys()
