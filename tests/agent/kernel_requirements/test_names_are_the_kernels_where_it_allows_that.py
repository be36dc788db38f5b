# SPDX-License-Identifier: Apache-2.0
"""The optional programs that follow calls on names: found by asking the running kernel, left out where it has
no such function or refuses them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from lanner_agent.kernel import (
    btf,
    hooks,
    io_uring,
    loader,
    made,
    optional_programs,
    requirements,
    syscall_bpf,
)
from lanner_agent.kernel.loading import OBJECT
from tests.agent.kernel_requirements import programs

OLD = tuple(hook for hook in hooks.WRITTEN if hook.function.startswith("do_"))
ALL_HOOKS = hooks.REAL + hooks.LOOKUPS[0] + hooks.LISTS + OLD
ONE = btf.Function(1, 1)
root = pytest.mark.skipif(os.geteuid() != 0, reason="offering programs to the verifier needs root")


def requirement() -> requirements.Requirement:
    (found,) = (one for one in requirements.check() if one.name == "names from the kernel")
    return found


def test_functions_are_found_by_name() -> None:
    found = btf.functions(frozenset({"vfs_read", "security_path_unlink", "lanner_has_no_such_function"}))
    assert found.keys() == {"vfs_read", "security_path_unlink"}
    assert 0 < found["vfs_read"].number != found["security_path_unlink"].number > 0
    assert found["vfs_read"].parameters == 4
    assert found["security_path_unlink"].parameters == 2


def test_the_kernels_types_are_read_once_for_all_that_is_asked_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read, parsed = [], btf._parsed

    def counted(path: Path) -> int | None:
        read.append(path)
        return parsed(path)

    monkeypatch.setattr(btf, "_parsed", counted)
    asked = frozenset({(btf.FUNCTION, "vfs_read"), (btf.TYPEDEF, "btf_trace_sys_exit")})
    with btf.held():
        assert read == []
        numbers = btf.numbers(asked)
        assert numbers.keys() == asked
        assert btf.numbers(asked) == numbers
        assert read == [btf.VMLINUX]
    assert btf.numbers(asked) == numbers
    assert read == [btf.VMLINUX] * 2


@pytest.mark.parametrize("content", [b"", b"\x9f\xeb", b"\0" * 40])
def test_types_that_cannot_be_read_have_no_functions(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vmlinux").write_bytes(content)
    assert btf.functions(frozenset({"vfs_read"}), tmp_path / "vmlinux") == {}
    assert btf.functions(frozenset({"vfs_read"}), tmp_path / "missing") == {}


def test_every_hook_has_a_program_and_every_program_a_hook() -> None:
    expected = {hook.program: hook.function for hook in hooks.EVERY + made.HOOKS}
    found = programs.optional("fentry/") | programs.optional("fexit/")
    assert {name: section.partition("/")[2] for name, section in found.items()} == expected


def test_a_call_is_followed_only_with_all_of_its_hooks() -> None:
    some = hooks.Available(ALL_HOOKS)
    assert "unlinkat" in some.known(frozenset({"real_unlink", "real_rmdir"}))
    assert some.known(frozenset({"real_unlink"})) == {"unlink"}
    assert some.known(some.programs) == hooks.EVENTS


@root
def test_what_the_kernel_refuses_is_left_out_and_said() -> None:
    """Here by the running kernel, where it refuses them; otherwise all of them are loaded."""
    asked = optional_programs.OptionalPrograms(hooks.Available(ALL_HOOKS), io_uring.available())
    loaded, found = loader.load(OBJECT, asked)
    assert {"syscall_exit", *found.programs} <= loaded.programs.keys()
    loaded.close()
    allowed = hooks.available()
    assert bool(found.names.hooks) == bool(allowed.hooks)
    refusal = r"the kernel refused the programs: libbpf: prog '\w+': BPF program load failed"
    assert found.names.hooks or re.match(refusal, found.names.why)
    assert found.requests == asked.requests


def test_a_kernel_without_the_hooks_is_no_reason_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(btf, "functions", lambda names: {})
    found = requirement()
    assert (found.met, found.needed, found.errno) == (False, False, 0)
    assert "this kernel has no hooks on paths (CONFIG_SECURITY_PATH)" in found.detail
    assert "unlinkat" in found.detail


def test_a_kernel_that_refuses_is_named_with_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(btf, "functions", lambda names: dict.fromkeys(names, ONE))
    monkeypatch.setattr(syscall_bpf, "fentry_error", lambda function: 1)
    assert "are refused (EPERM)" in requirement().detail


@pytest.mark.parametrize(
    ("lacking", "expected"),
    [
        ({"user_path_at_empty"}, {"looked_up_at", "looked_up"}),
        ({"user_path_at"}, {"looked_up_at_6"}),
        ({"user_path_at", "user_path_at_empty"}, set()),
    ],
)
def test_look_ups_are_followed_by_the_functions_that_the_kernel_has(
    monkeypatch: pytest.MonkeyPatch, lacking: set[str], expected: set[str]
) -> None:
    monkeypatch.setattr(btf, "functions", lambda names: dict.fromkeys(names - lacking, ONE))
    monkeypatch.setattr(syscall_bpf, "fentry_error", lambda function: 0)
    found = hooks.available()
    assert {one for one in found.programs if one.startswith("looked_up")} - {"looked_up_device"} == expected
    assert ("readlink" in found.known(found.programs)) == bool(expected)
    assert ("user_path_at" in found.why) != bool(expected)
    assert "unlink" in found.known(found.programs)


def test_look_ups_are_followed_only_for_rules_that_read_a_path() -> None:
    """Every stat() pays for it."""
    lookup, own = hooks.LOOKUPS[0][1], hooks.REAL[0]
    types = frozenset({"readlink", "unlink"})
    assert not hooks.is_asked(lookup, types, {"readlink": {"proc.name"}, "unlink": {"fs.path.name"}})
    assert hooks.is_asked(lookup, types, {"readlink": {"fs.path.name"}})
    assert hooks.is_asked(lookup, types, {"readlink": {"evt.args"}})
    assert not hooks.is_asked(lookup, frozenset({"unlink"}), {"unlink": {"evt.args"}})
    assert hooks.is_asked(own, types, {})


def test_what_lacks_one_function_lacks_its_calls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(btf, "functions", lambda names: dict.fromkeys(names - {"security_path_chown"}, ONE))
    monkeypatch.setattr(syscall_bpf, "fentry_error", lambda function: 0)
    assert requirement().detail == (
        "this kernel has no security_path_chown, so another thread can change the path a rule sees of "
        "chown, fchownat, lchown"
    )
