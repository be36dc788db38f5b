# SPDX-License-Identifier: Apache-2.0
"""The page says what else ran while its figures were measured."""

from __future__ import annotations

from tests.bench import surroundings

LINKS = [
    {
        "id": 1,
        "type": "tracing",
        "prog_id": 7,
        "attach_type": "trace_raw_tp",
        "pids": [{"pid": 12, "comm": "agent"}],
    },
    {"id": 2, "type": "raw_tracepoint", "prog_id": 8, "tp_name": "sys_exit"},
    {"id": 3, "type": "cgroup", "prog_id": 9, "attach_type": "cgroup_inet_ingress"},
    {"id": 5, "type": "tracing", "prog_id": 11, "attach_type": "lsm_mac"},
    {"id": 4, "type": "iter", "prog_id": 10, "target_name": "task"},
]


def test_programs_that_watch_processes_are_named_and_others_are_not() -> None:
    assert list(surroundings.described(LINKS)) == [
        "program 7 on trace_raw_tp, agent (12)",
        "program 8 on sys_exit",
    ]


def test_a_quiet_machine_is_said_to_be_one() -> None:
    quiet = {"load": 0.02, "attached": [], "attached_after": []}
    assert surroundings.sentence(quiet) == "When it began: a load of 0.02; nothing else attached."


def test_other_work_and_other_programs_stand_out() -> None:
    busy = {"load": 3.0, "attached": ["program 8 on sys_exit"], "attached_after": ["program 9 on sys_exit"]}
    said = surroundings.sentence(busy)
    assert "**a load of 3.00: other work ran**" in said
    assert "**programs of others were attached: program 8 on sys_exit; program 9 on sys_exit**" in said
