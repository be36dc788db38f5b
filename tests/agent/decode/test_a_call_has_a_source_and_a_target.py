# SPDX-License-Identifier: Apache-2.0
"""fs.path.source and .target of calls with two paths: what moves goes from one to the other, a link is the
source and what it leads to the target (specification 7.3).
"""

from __future__ import annotations

import pytest

from lanner_agent.decode.event import Event, decode
from lanner_engine.fields.model import NamedPath
from tests.agent.decode import records
from tests.agent.decode.records import Builder

OLD, NEW = NamedPath(b"/etc/old", b"old"), NamedPath(b"/tmp/new", b"new")


def two(call: str, result: int = 0) -> Event:
    record = Builder(call, result=result).name(0, raw=b"old", base=b"/etc").name(1, raw=b"new", base=b"/tmp")
    return decode(record.bytes(), records.session())


@pytest.mark.parametrize("call", ["rename", "renameat", "renameat2", "move_mount"])
def test_what_moves_goes_from_the_source_to_the_target(call: str) -> None:
    assert (two(call).fs_source, two(call).fs_target) == (OLD, NEW)


@pytest.mark.parametrize("call", ["link", "linkat"])
def test_the_source_of_a_link_is_the_link(call: str) -> None:
    assert (two(call).fs_source, two(call).fs_target) == (NEW, OLD)


@pytest.mark.parametrize("call", ["symlink", "symlinkat"])
def test_the_target_of_a_symbolic_link_is_where_it_leads(call: str) -> None:
    record = Builder(call).call(string=b"../etc/shadow").name(0, raw=b"new", base=b"/tmp")
    event = decode(record.bytes(), records.session())
    assert (event.fs_source, event.fs_target) == (NEW, NamedPath(b"/etc/shadow", b"../etc/shadow"))


@pytest.mark.parametrize("call", ["rename", "link", "symlink", "mount"])
def test_a_call_that_failed_has_neither(call: str) -> None:
    assert two(call, -2).fs_source is two(call, -2).fs_target is None


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        (0o060600, b"S_IWUSR|S_IRUSR|S_IFBLK"),
        (0o140000, b"S_IFSOCK"),
        (0o4100, b"S_IXUSR|S_ISUID"),
        (0, b"0"),
    ],
)
def test_the_mode_of_mknod_names_the_kind(mode: int, text: bytes) -> None:
    record = Builder("mknod").call(0, mode, 0)
    assert decode(record.bytes(), records.session()).arguments["mode"] == text
