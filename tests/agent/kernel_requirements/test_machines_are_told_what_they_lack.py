# SPDX-License-Identifier: Apache-2.0
"""What other machines would be told. Their files are made up: this machine has one kernel only.

Kernels below the floor are really booted in tests/kernels.
"""

from __future__ import annotations

import errno
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from lanner_agent.kernel import requirements, syscall_bpf
from lanner_agent.kernel.requirements import Requirement


class Uname(NamedTuple):
    release: str


def one(name: str) -> Requirement:
    (found,) = (requirement for requirement in requirements.check() if requirement.name == name)
    return found


def with_helpers(monkeypatch: pytest.MonkeyPatch, answer: Callable[[int], bool | None], release: str) -> None:
    """A kernel of that name whose helpers are these."""
    monkeypatch.setattr(os, "uname", lambda: Uname(release))
    monkeypatch.setattr(syscall_bpf, "has_helper", answer)


def test_an_old_number_with_the_features_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with_helpers(monkeypatch, lambda number: True, "5.14.0-503.el9.x86_64")
    found = one("kernel features")
    assert (found.met, found.detail) == (True, "Linux 5.14.0-503.el9.x86_64")


def test_a_young_number_without_a_feature_will_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with_helpers(monkeypatch, lambda number: number != 181, "6.18.0-cut-down")
    refusal = requirements.refusal()
    assert refusal is not None
    assert refusal.errno == errno.ENOSYS
    assert str(refusal) == (
        "kernel features: Linux 6.18.0-cut-down lacks bpf_loop(): Function not implemented (ENOSYS); "
        "run Linux 5.17 or newer, or a distribution's kernel that carries them"
    )


def test_an_arm64_kernel_without_tail_calls_beside_functions_will_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_helpers(monkeypatch, lambda number: True, "5.19.0")
    monkeypatch.setattr(syscall_bpf, "mixes_tail_calls", lambda: False)
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    found = one("kernel features")
    assert (found.met, found.detail) == (False, "Linux 5.19.0 lacks tail calls of programs with functions")
    assert found.hint == "run Linux 6.0 or newer, or a distribution's kernel that carries them"


def test_who_may_not_ask_is_not_told_that_features_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with_helpers(monkeypatch, lambda number: None, "6.1.0")
    found = one("kernel features")
    assert (found.met, found.detail) == (True, "Linux 6.1.0; this user may not try them")


@pytest.mark.skipif(os.geteuid() != 0, reason="offering programs to the verifier needs root")
def test_the_running_kernel_is_asked_for_each_helper() -> None:
    assert syscall_bpf.has_helper(1) is True  # bpf_map_lookup_elem()
    assert syscall_bpf.has_helper(4000) is False
    assert all(syscall_bpf.has_helper(number) for number, _ in requirements.NEEDS)
    assert syscall_bpf.mixes_tail_calls() is True


def test_another_architecture_is_named_before_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    refusal = requirements.refusal()
    assert refusal is not None
    assert "riscv64" in str(refusal)
    assert refusal.hint == "the probes exist for x86_64 and aarch64"


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
