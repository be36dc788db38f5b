# SPDX-License-Identifier: Apache-2.0
"""Programs that were built of other headers than those that are there are refused with what to do."""

from __future__ import annotations

import pathlib
import shutil

import pytest

from lanner_agent.kernel import loader, loading, probes, stale_object
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.loading import OBJECT


@pytest.fixture
def headers(tmp_path: pathlib.Path) -> pathlib.Path:
    """A copy of bpf/, to be changed."""
    return pathlib.Path(shutil.copytree(stale_object.HEADERS, tmp_path / "bpf"))


def test_the_object_is_of_the_headers_that_are_here() -> None:
    stale_object.require_current(OBJECT)


@pytest.mark.parametrize("name", ["record.h", "config.h", "execs.h"])
def test_headers_that_changed_since_need_a_build(headers: pathlib.Path, name: str) -> None:
    with (headers / "wire" / name).open("a") as header:
        header.write("struct newer { int field; };\n")
    with pytest.raises(KernelError, match=r"built before bpf/ changed: .*lanner.bpf.o; run `make bpf`$"):
        stale_object.require_current(OBJECT, headers)


def test_an_object_from_before_there_was_a_mark_needs_a_build(tmp_path: pathlib.Path) -> None:
    old = tmp_path / "lanner.bpf.o"
    old.write_bytes(OBJECT.read_bytes().replace(b"lanner-layout:", b"\0" * len("lanner-layout:")))
    with pytest.raises(KernelError, match="run `make bpf`"):
        loader.load(old)


def test_an_installed_object_has_no_headers_to_be_of(tmp_path: pathlib.Path) -> None:
    stale_object.require_current(OBJECT, tmp_path)


def test_an_object_of_older_sources_with_the_same_headers_needs_a_build(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "lanner.bpf.o"
    old.write_bytes(OBJECT.read_bytes().replace(b"\0births\0", b"\0birthz\0"))
    monkeypatch.setattr(loading, "OBJECT", old)
    with pytest.raises(
        KernelError, match=r"have no births: they were built of older sources; run `make bpf`$"
    ):
        probes.Probes.load().new_cgroups()
