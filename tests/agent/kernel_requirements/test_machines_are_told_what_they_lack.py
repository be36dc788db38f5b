# SPDX-License-Identifier: Apache-2.0
"""What other machines would be told. Their files are made up: this machine has one kernel only.

Kernels below the floor are really booted in tests/kernels.
"""

from __future__ import annotations

import errno
import os
import platform
from pathlib import Path
from typing import NamedTuple

import pytest

from lanner_agent.kernel import requirements
from lanner_agent.kernel.requirements import Requirement


class Uname(NamedTuple):
    release: str


def one(name: str) -> Requirement:
    (found,) = (requirement for requirement in requirements.check() if requirement.name == name)
    return found


@pytest.mark.parametrize(
    ("release", "met"),
    [
        ("5.10.0-32-amd64", False),
        ("5.14.0-427.el9.x86_64", False),
        ("4.19.0", False),
        ("nonsense", False),
        ("5.16.20", False),
        ("5.17.0", True),
        ("5.17", True),
        ("6.1.0-50-arm64", True),
        ("10.0-rc1", True),
    ],
)
def test_the_floor_is_compared_by_number(monkeypatch: pytest.MonkeyPatch, release: str, met: bool) -> None:
    monkeypatch.setattr(os, "uname", lambda: Uname(release))
    assert one("kernel release").met is met


def test_an_old_kernel_learns_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "uname", lambda: Uname("5.10.0-32-amd64"))
    refusal = requirements.refusal()
    assert refusal is not None
    assert refusal.errno == errno.ENOSYS
    assert str(refusal) == (
        "kernel release: Linux 5.10.0-32-amd64 lacks task storage for tracing programs and bpf_loop(): "
        "Function not implemented (ENOSYS); run Linux 5.17 or newer"
    )


def test_another_architecture_is_named_before_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    refusal = requirements.refusal()
    assert refusal is not None
    assert "riscv64" in str(refusal)
    assert refusal.hint == "the probes exist for x86_64 and aarch64"
    assert not one("bpf(2)").met


@pytest.mark.parametrize(
    ("text", "met", "mode"),
    [
        ("[none] integrity confidentiality\n", True, "none"),
        ("none [integrity] confidentiality\n", True, "integrity"),
        ("none integrity [confidentiality]\n", False, "confidentiality"),
    ],
)
def test_only_confidentiality_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, met: bool, mode: str
) -> None:
    lockdown = tmp_path / "lockdown"
    lockdown.write_text(text)
    monkeypatch.setattr(requirements, "LOCKDOWN", lockdown)
    found = one("kernel lockdown")
    assert (found.met, found.detail) == (met, mode)


@pytest.mark.parametrize(
    ("name", "constant", "hint"),
    [("kernel types (BTF)", "BTF", "CONFIG_DEBUG_INFO_BTF=y"), ("BPF object", "OBJECT", "make bpf")],
)
def test_a_file_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, constant: str, hint: str
) -> None:
    monkeypatch.setattr(requirements, constant, tmp_path / "absent")
    found = one(name)
    assert not found.met
    assert found.errno == errno.ENOENT
    assert str(tmp_path / "absent") in found.detail
    assert hint in found.hint


def test_every_requirement_says_what_to_do() -> None:
    found = requirements.check()
    assert len({requirement.name for requirement in found}) == len(found)
    for requirement in found:
        assert requirement.detail
        assert requirement.hint
        assert "\n" not in requirement.detail + requirement.hint


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("0::/user.slice\n", "v2"),
        ("1:name=systemd:/\n0::/init.scope\n", "v2"),
        ("3:net_cls,net_prio:/\n0::/\n", "v2"),
        ("5:memory:/a:b\n6:pids:/\n0::/\n", "hybrid, containers are named by controller pids"),
        ("5:memory:/\n4:cpu,cpuacct:/\n0::/\n", "hybrid, containers are named by controller memory"),
        ("4:cpu,cpuacct:/\n1:name=systemd:/\n", "v1, containers are named by controller cpu"),
    ],
)
def test_the_controller_that_names_containers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, detail: str
) -> None:
    own = tmp_path / "cgroup"
    own.write_text(text)
    monkeypatch.setattr(requirements, "CGROUP", own)
    found = one("cgroups")
    assert found.met
    assert found.detail == detail


@pytest.mark.parametrize("text", ["", "1:name=memory:/\n", None])
def test_no_cgroups_are_a_refusal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None) -> None:
    own = tmp_path / "cgroup"
    if text is not None:
        own.write_text(text)
    monkeypatch.setattr(requirements, "CGROUP", own)
    found = one("cgroups")
    assert not found.met
    assert found.errno == errno.ENOENT
    assert "containers cannot be told apart" in found.detail
