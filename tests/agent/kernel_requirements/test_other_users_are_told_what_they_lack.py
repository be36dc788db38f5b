# SPDX-License-Identifier: Apache-2.0
"""Real processes of other users and with other capabilities learn what they lack and what to do."""

from __future__ import annotations

import errno

from tests.agent.kernel_requirements import asking


def test_nobody_lacks_every_capability_and_bpf() -> None:
    answer = asking.through("setpriv", "--reuid", "65534", "--clear-groups")
    assert [name for name in answer.missing if name != "BPF object"] == [
        "CAP_BPF",
        "CAP_PERFMON",
        "CAP_SYS_PTRACE",
        "CAP_DAC_READ_SEARCH",
        "bpf(2)",
    ]
    assert answer.refusal is not None
    text, number = answer.refusal
    assert number == errno.EPERM
    assert text.startswith("CAP_BPF: not in effect, so this user may not load BPF programs: ")
    assert "run as root, or add CAP_BPF to the capabilities of the agent's container" in text


def test_bpf_and_perfmon_alone_may_start() -> None:
    answer = asking.through("setpriv", "--bounding-set", "-all,+bpf,+perfmon")
    assert {"CAP_BPF", "CAP_PERFMON", "bpf(2)"}.isdisjoint(answer.missing)
    assert {"CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"} <= set(answer.missing)
    assert answer.refusal is None or answer.refusal[0].startswith("BPF object")


def test_the_old_administrator_holds_bpf_and_perfmon_too() -> None:
    answer = asking.through("setpriv", "--bounding-set", "-all,+sys_admin")
    for name in ("CAP_BPF", "CAP_PERFMON"):
        assert answer.requirements[name].met
        assert answer.requirements[name].detail == "held through CAP_SYS_ADMIN"
    assert answer.requirements["bpf(2)"].met
    assert not answer.requirements["CAP_SYS_PTRACE"].met


def test_without_perfmon_nothing_starts() -> None:
    answer = asking.through("setpriv", "--bounding-set", "-all,+bpf")
    assert answer.requirements["bpf(2)"].met
    assert answer.refusal is not None
    assert answer.refusal[0].startswith("CAP_PERFMON: not in effect")
    assert "add CAP_PERFMON" in answer.refusal[0]


def test_a_user_namespace_holds_capabilities_that_do_not_count() -> None:
    answer = asking.through("unshare", "--user", "--map-root-user")
    assert answer.requirements["CAP_BPF"].met
    assert not answer.requirements["bpf(2)"].met
    assert answer.refusal is not None
    text, number = answer.refusal
    assert number == errno.EPERM
    assert text.startswith("bpf(2): refused to create a map: Operation not permitted (EPERM); ")
    assert "not in a user namespace" in text
