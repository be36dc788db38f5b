# SPDX-License-Identifier: Apache-2.0
"""The optional programs that see requests of io_uring: chosen by what the kernel says of its tracepoints."""

from __future__ import annotations

import pytest

from lanner_agent.kernel import btf, requests, requirements
from lanner_agent.kernel.probes import OBJECT

OLD = {"io_uring_submit_sqe": 3, "io_uring_complete": 8, "io_uring_cqe_overflow": 6}
NEW = {"io_uring_submit_req": 2, "io_uring_complete": 4, "io_uring_cqe_overflow": 6}


def offer(monkeypatch: pytest.MonkeyPatch, parameters: dict[str, int | None]) -> None:
    """A kernel with these tracepoints; the first parameter of their functions is not the tracepoint's."""
    found = {f"__traceiter_{name}": btf.Function(1, count) for name, count in parameters.items()}
    monkeypatch.setattr(btf, "functions", lambda names: {name: found[name] for name in names & found.keys()})


def requirement() -> requirements.Requirement:
    (found,) = (one for one in requirements.check() if one.name == "requests of io_uring")
    return found


def test_every_hook_has_a_section_and_every_program_a_hook() -> None:
    content = OBJECT.read_bytes()
    hooks = [(hook.section, hook.program) for kind in requests.KINDS for hook in kind]
    for section, program in hooks:
        assert content.count(b"%s\0" % section.encode()) == 2, section  # in ELF and in BTF
        assert b"%s\0" % program.encode() in content, program
    assert content.count(b"?p_btf") + content.count(b"??_btf") == 2 * len(hooks)


@pytest.mark.parametrize(
    ("tracepoints", "programs"),
    [
        (OLD, ["request_begins_6", "request_ends_6", "request_overflows"]),
        (NEW, ["request_begins", "request_ends", "request_overflows"]),
        (NEW | {"io_uring_complete": 8}, ["request_begins", "request_ends_6", "request_overflows"]),
    ],
)
def test_programs_are_those_for_the_kernels_parameters(
    monkeypatch: pytest.MonkeyPatch, tracepoints: dict[str, int | None], programs: list[str]
) -> None:
    offer(monkeypatch, tracepoints)
    assert [hook.program for hook in requests.available().hooks] == programs
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
    described = dict(requests.described(frozenset({"unlinkat", "openat"}), frozenset({"connect"})))
    assert described.keys() == requests.CALLS.keys()
    wanted = {opcode: fields[1] for opcode, fields in described.items() if fields[1]}
    assert wanted == {36: 1, 18: 1, 16: 2}
