# SPDX-License-Identifier: Apache-2.0
"""Fields that the language of the specification does not have."""

from __future__ import annotations

from lanner_engine.fields.field import Field
from lanner_engine.fields.model import EXE_FROM_MEMFD


def _creator(name: str, type_name: str, value: str, meaning: str) -> Field:
    """Of who made the process, also after that has ended or the process was handed to another parent."""
    code = f"None if (x := {{p}}.creator) is None else {value}"
    return Field(f"proc.creator.{name}", type_name, meaning, code)


def _workload(name: str, meaning: str) -> Field:
    """Of the object that the pod comes from."""
    code = f"None if (x := {{c}}.owners) is None else x.workload_{name}"
    return Field(f"k8s.workload.{name}", "CHARBUF", meaning, code, metadata=True)


FIELDS = (
    Field(
        "evt.is_io_uring",
        "BOOL",
        "a request that io_uring carried out, not a system call",
        "{e}.through_io_uring",
        total=True,
    ),
    Field(
        "evt.is_unfinished",
        "BOOL",
        "a request of io_uring whose end is not seen: success is assumed, and paths are as they were given",
        "{e}.unfinished",
        total=True,
    ),
    Field(
        "evt.is_on_agent",
        "BOOL",
        "the call names the agent, by a thread's number or its group's (kill, ptrace, pidfd_open, …), or its "
        "folder or a file of it below /proc; false of who started it",
        "{e}.on_agent",
        total=True,
    ),
    Field(
        "evt.is_fast_open",
        "BOOL",
        "a send that makes a TCP connection itself, or tries to (MSG_FASTOPEN of sendto, sendmsg, sendmmsg): "
        "no connect stands before it",
        "{e}.fast_open",
        total=True,
    ),
    Field(
        "proc.is_args_cut",
        "BOOL",
        "the command line is longer than what is known of it: 4,096 bytes, less where there is no more room",
        "{p}.args_cut",
    ),
    Field(
        "proc.is_env_cut", "BOOL", "the environment is longer than the 4,095 bytes known of it", "{p}.env_cut"
    ),
    Field(
        "proc.script",
        "CHARBUF",
        "path of the script that the executable interprets; empty without one, or when older than the agent",
        "{p}.script",
    ),
    Field(
        "proc.is_script_from_memfd",
        "BOOL",
        "that script is a memfd",
        f"None if (x := {{p}}.script_flags) is None else x & {EXE_FROM_MEMFD} != 0",
    ),
    _workload(
        "kind", "kind of what the pod is of: Deployment, StatefulSet, DaemonSet, CronJob, Job, Node, …"
    ),
    _workload("name", "name of what the pod is of; a ReplicaSet's Deployment, a Job's CronJob"),
    _creator(
        "name", "CHARBUF", "x.comm", "name of who made the process, its parent or one that is so no more"
    ),
    _creator("exepath", "CHARBUF", "x.exepath", "executable of who made the process"),
    _creator("cmdline", "CHARBUF", "process_facts.cmdline(x)", "command line of who made the process"),
    _creator("pid", "INT64", "x.pid", "process id of who made the process, host namespace"),
)
