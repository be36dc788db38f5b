# SPDX-License-Identifier: Apache-2.0
"""The optional programs that see requests of io_uring: chosen by what the kernel says of its tracepoints."""

from __future__ import annotations

import pytest

from lanner_agent.kernel import btf, hooks, io_uring, made, optional_programs, requirements, syscall_bpf
from tests.agent.kernel_requirements import programs

OLD = {"io_uring_submit_sqe": 3, "io_uring_complete": 8, "io_uring_cqe_overflow": 6}
NEW = {"io_uring_submit_req": 2, "io_uring_complete": 4, "io_uring_cqe_overflow": 6}


def offer(monkeypatch: pytest.MonkeyPatch, parameters: dict[str, int | None]) -> None:
    """A kernel with these tracepoints; the first parameter of their functions is not the tracepoint's."""
    found = {f"__traceiter_{name}": btf.Function(1, count) for name, count in parameters.items()}
    monkeypatch.setattr(btf, "functions", lambda names: {name: found[name] for name in names & found.keys()})


def requirement() -> requirements.Requirement:
    (found,) = (one for one in requirements.check() if one.name == "requests of io_uring")
    return found


def test_every_hook_has_a_program_and_every_program_a_hook() -> None:
    expected = {hook.program: f"tp_btf/{hook.tracepoint}" for kind in io_uring.KINDS for hook in kind}
    found = programs.optional("tp_btf/")
    assert found.pop("request_ends_2") == found["request_ends"]
    assert found == expected


def test_every_function_that_makes_files_has_a_program_and_every_program_one() -> None:
    expected = {hook.program: f"fexit/{hook.function}" for hook in made.HOOKS}
    assert programs.optional("fexit/io_") == expected


def test_programs_on_the_functions_are_left_out_where_the_kernel_refuses_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    functions = {hook.function for hook in made.HOOKS}
    monkeypatch.setattr(btf, "functions", lambda names: dict.fromkeys(names & functions, btf.Function(1, 2)))
    monkeypatch.setattr(syscall_bpf, "fentry_error", lambda function: 0)
    assert made.available() == hooks.Available(made.HOOKS)
    monkeypatch.setattr(syscall_bpf, "fentry_error", lambda function: 1)
    assert made.available() == hooks.Available((), "programs on the kernel's functions are refused (EPERM)")
    monkeypatch.setattr(btf, "functions", lambda names: {})
    assert made.available() == hooks.Available((), "this kernel has no io_openat2")


def test_what_the_kernel_refuses_is_left_out_first() -> None:
    ends = io_uring.Available((io_uring.ENDS[0],))
    wanted = optional_programs.OptionalPrograms(hooks.NONE, ends, hooks.Available(made.HOOKS))
    assert {"made_openat", "made_openat2", "made_accept", "made_socket"} < wanted.programs
    first, *others = wanted.fewer("refused")
    assert first == optional_programs.OptionalPrograms(hooks.NONE, ends, hooks.Available((), "refused"))
    assert not [one for one in others if one.made.hooks]


def test_the_second_program_comes_with_the_first() -> None:
    ends = io_uring.Available((io_uring.ENDS[0],))
    wanted = optional_programs.OptionalPrograms(hooks.NONE, ends)
    assert wanted.programs == {"request_ends", "request_ends_2"}


@pytest.mark.parametrize(
    ("tracepoints", "chosen"),
    [
        (OLD, ["request_begins_6", "request_ends_6", "request_overflows"]),
        (NEW, ["request_begins", "request_ends", "request_overflows"]),
        (NEW | {"io_uring_complete": 8}, ["request_begins", "request_ends_6", "request_overflows"]),
    ],
)
def test_programs_are_those_for_the_kernels_parameters(
    monkeypatch: pytest.MonkeyPatch, tracepoints: dict[str, int | None], chosen: list[str]
) -> None:
    offer(monkeypatch, tracepoints)
    assert [hook.program for hook in io_uring.available().hooks] == chosen
    assert (requirement().met, requirement().detail) == (True, "seen")


@pytest.mark.parametrize(
    "tracepoints",
    [NEW | {"io_uring_complete": 5}, NEW | {"io_uring_cqe_overflow": None}, {"io_uring_complete": 4}],
)
def test_other_parameters_are_said_and_no_reason_to_refuse(
    monkeypatch: pytest.MonkeyPatch, tracepoints: dict[str, int | None]
) -> None:
    offer(monkeypatch, tracepoints)
    found = requirement()
    assert (found.met, found.needed, found.errno) == (False, False, 0)
    assert found.detail == "not seen: its tracepoints are not those of Linux 6.0 and later"


def test_a_kernel_without_io_uring_hides_nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, {})
    assert (requirement().met, requirement().detail) == (True, "this kernel has no io_uring")


def test_each_request_has_the_call_of_its_work() -> None:
    described = dict(io_uring.described(frozenset({"unlinkat", "openat"}), frozenset({"connect"})))
    assert described.keys() == io_uring.CALLS.keys()
    wanted = {opcode: fields[1] for opcode, fields in described.items() if fields[1]}
    assert wanted == {36: 1, 18: 1, 16: 2}
