# SPDX-License-Identifier: Apache-2.0
"""The cgroup of process 1 tells a machine from a container that plays one."""

from __future__ import annotations

import pathlib

import pytest

from lanner_agent.enrich import node_cgroup

NODE = "/docker/" + "ab" * 32


@pytest.mark.parametrize(
    ("content", "base"),
    [
        ("0::/init.scope\n", ""),
        ("0::/\n", ""),
        (f"0::{NODE}/init.scope\n", NODE),
        (f"12:cpuset:/\n1:name=systemd:{NODE}/init.scope\n0::/\n", NODE),
        ("", ""),
        ("nonsense\n", ""),
    ],
)
def test_base_of_the_node(content: str, base: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "cgroup").write_text(content)
    assert node_cgroup.cgroup(tmp_path / "cgroup") == base.encode()


def test_a_node_in_a_cgroup_namespace_of_its_own_is_known(tmp_path: pathlib.Path) -> None:
    assert not node_cgroup.is_hidden(tmp_path)
    (tmp_path / "cgroup.type").write_text("domain\n")
    assert node_cgroup.is_hidden(tmp_path)


def test_an_unreadable_file_is_a_plain_machine(tmp_path: pathlib.Path) -> None:
    assert node_cgroup.cgroup(tmp_path / "none") == b""
