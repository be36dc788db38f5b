# SPDX-License-Identifier: Apache-2.0
"""Fields of the process and its thread: proc.*, thread.* (specification 7.3)."""

from __future__ import annotations

from dataclasses import replace

from lanner_engine.fields.field import Argument, Field
from lanner_engine.fields.model import EXE_FROM_MEMFD, EXE_LOWER_LAYER, EXE_UPPER_LAYER, EXE_WRITABLE

_PARENT = "None if {q} is None else "


def _ancestor(name: str, type_name: str, meaning: str, getter: str) -> Field:
    """A field of all ancestors, or of one with [n]; `getter` is a function of process_facts."""
    return Field(
        name,
        type_name,
        meaning,
        f"tuple(map(process_facts.{getter}, process_facts.ancestors({{p}})))",
        Argument.INDEX,
        f"None if (x := process_facts.ancestor({{p}}, {{a}})) is None else process_facts.{getter}(x)",
        many=True,
        printed=f"process_facts.{getter}({{p}})",
        flags="RX",
    )


def _named_ancestor(name: str, meaning: str, getter: str) -> Field:
    """A text of ancestors that asks creators too; an output prints the ancestors', not the process' own."""
    return replace(
        _ancestor(name, "CHARBUF", meaning, getter),
        code=f"tuple(map(process_facts.{getter}, process_facts.forebears({{p}})))",
        creators=True,
        printed=f"process_facts.listed(map(process_facts.{getter}, process_facts.ancestors({{p}})))",
    )


def _flag(name: str, bit: int, meaning: str) -> Field:
    code = f"None if (x := {{p}}.exe_flags) is None else x & {bit} != 0"
    return Field(name, "BOOL", meaning, code)


def _leader(name: str, role: str, value: str, meaning: str) -> Field:
    """Empty, not absent, when the leader is unknown (specification 3.1)."""
    code = f"b'' if (x := {{p}}.{role}) is None else x.{value}"
    return Field(name, "CHARBUF", meaning, code, total=True)


def _standard(name: str, number: int) -> tuple[Field, Field]:
    """The kind and the name of descriptor 0, 1 or 2."""
    code = f"None if (x := {{p}}.standard({number})) is None else x."
    return (
        Field(f"proc.{name}.type", "CHARBUF", f"kind of descriptor {number}", f"{code}type"),
        Field(f"proc.{name}.name", "CHARBUF", f"name of descriptor {number}", f"{code}name"),
    )


def _usage(name: str, type_name: str, part: str, meaning: str) -> Field:
    return Field(name, type_name, meaning, f"None if (x := {{p}}.usage) is None else x.{part}")


def _main_thread(name: str, part: str, meaning: str) -> tuple[Field, Field]:
    """In kB, and in bytes."""
    code = f"process_facts.of_main_thread({{p}}, '{part}')"
    return (
        Field(name, "UINT64", meaning, code),
        Field(
            f"{name}.b",
            "UINT64",
            "the same in bytes",
            f"None if (x := {code}) is None else x * 1024",
            flags="T",
        ),
    )


FIELDS = (
    Field("proc.exe", "CHARBUF", "argv[0]", "{p}.exe", total=True),
    Field("proc.pexe", "CHARBUF", "the parent's argv[0]", _PARENT + "{q}.exe"),
    _named_ancestor("proc.aexe", "an ancestor's argv[0]", "exe"),
    Field("proc.exepath", "CHARBUF", "resolved path of the executable", "{p}.exepath", total=True),
    Field("proc.pexepath", "CHARBUF", "the parent's executable", _PARENT + "{q}.exepath"),
    _named_ancestor("proc.aexepath", "an ancestor's executable", "exepath"),
    Field("proc.name", "CHARBUF", "comm that exec or fork gave it, at most 15 bytes", "{p}.comm", total=True),
    Field("proc.pname", "CHARBUF", "the parent's comm", _PARENT + "{q}.comm"),
    _named_ancestor("proc.aname", "an ancestor's comm", "comm"),
    Field(
        "proc.args",
        "CHARBUF",
        "arguments after argv[0], joined by spaces; [n] is one of them, from 0, empty when there are fewer",
        "process_facts.arguments({p})",
        Argument.INDEX,
        "process_facts.argument({p}, {a})",
        total=True,
    ),
    Field(
        "proc.aargs",
        "CHARBUF",
        "all ancestors' arguments as one text; [n] is one ancestor's",
        "process_facts.ancestor_arguments({p})",
        Argument.INDEX,
        "None if (x := process_facts.ancestor({p}, {a})) is None else process_facts.arguments(x)",
        total=True,
    ),
    Field("proc.cmdline", "CHARBUF", "comm and arguments", "{p}.cmdline", total=True),
    Field("proc.pcmdline", "CHARBUF", "the parent's command line", _PARENT + "{q}.cmdline"),
    _named_ancestor("proc.acmdline", "an ancestor's command line", "cmdline"),
    Field("proc.cmdnargs", "UINT64", "number of arguments", "len({p}.args)", total=True),
    Field("proc.cmdlenargs", "UINT64", "their total length", "sum(map(len, {p}.args))", total=True),
    Field("proc.exeline", "CHARBUF", "argv[0] and arguments", "process_facts.exeline({p})", total=True),
    Field("proc.tty", "UINT32", "controlling terminal, 0 none", "{p}.tty"),
    Field("proc.pid", "INT64", "process id, host namespace", "{p}.pid", total=True),
    Field("proc.ppid", "INT64", "the parent's process id", "{p}.ppid"),
    _ancestor("proc.apid", "INT64", "an ancestor's process id", "pid"),
    Field("proc.vpid", "INT64", "process id in the process' own namespace", "{p}.vpid", total=True),
    Field("proc.pvpid", "INT64", "the parent's", _PARENT + "{q}.vpid"),
    Field("proc.sid", "INT64", "session id, host namespace", "{p}.sid"),
    _leader("proc.sname", "session_leader", "comm", "the session leader's comm"),
    _leader("proc.sid.exe", "session_leader", "exe", "the session leader's argv[0]"),
    _leader("proc.sid.exepath", "session_leader", "exepath", "the session leader's executable"),
    Field("proc.vpgid", "INT64", "process group in the process' own namespace", "{p}.vpgid"),
    _leader("proc.vpgid.name", "group_leader", "comm", "the group leader's comm"),
    _leader("proc.vpgid.exe", "group_leader", "exe", "the group leader's argv[0]"),
    _leader("proc.vpgid.exepath", "group_leader", "exepath", "the group leader's executable"),
    Field("proc.pgid", "INT64", "process group, host namespace", "{p}.pgid"),
    _leader("proc.pgid.name", "group_leader", "comm", "the group leader's comm"),
    _leader("proc.pgid.exe", "group_leader", "exe", "the group leader's argv[0]"),
    _leader("proc.pgid.exepath", "group_leader", "exepath", "the group leader's executable"),
    Field("proc.duration", "RELTIME", "ns since the process began", "process_facts.age({p}, {e}.time)"),
    Field(
        "proc.ppid.duration",
        "RELTIME",
        "ns since the parent began",
        _PARENT + "process_facts.age({q}, {e}.time)",
    ),
    Field("proc.pid.ts", "RELTIME", "start of the process, epoch ns", "{p}.start or None"),
    Field("proc.ppid.ts", "RELTIME", "start of the parent, epoch ns", _PARENT + "({q}.start or None)"),
    _flag("proc.is_exe_writable", EXE_WRITABLE, "the executable is writable by its user"),
    _flag("proc.is_exe_upper_layer", EXE_UPPER_LAYER, "the executable lies in an overlay's upper layer"),
    _flag("proc.is_exe_lower_layer", EXE_LOWER_LAYER, "the executable lies in an overlay's lower layer"),
    _flag("proc.is_exe_from_memfd", EXE_FROM_MEMFD, "the executable is a memfd"),
    Field(
        "proc.is_sid_leader",
        "BOOL",
        "the session id equals vpid",
        "None if (x := {p}.vsid) is None else x == {p}.vpid",
    ),
    Field(
        "proc.is_vpgid_leader",
        "BOOL",
        "vpgid equals vpid",
        "None if (x := {p}.vpgid) is None else x == {p}.vpid",
    ),
    Field(
        "proc.is_pgid_leader", "BOOL", "pgid equals pid", "None if (x := {p}.pgid) is None else x == {p}.pid"
    ),
    Field("proc.exe_ino", "INT64", "inode of the executable", "{p}.exe_ino or None"),
    Field("proc.exe_ino.ctime", "ABSTIME", "its change time, epoch ns", "{p}.exe_ctime or None"),
    Field("proc.exe_ino.mtime", "ABSTIME", "its modification time, epoch ns", "{p}.exe_mtime or None"),
    Field(
        "proc.exe_ino.ctime_duration_proc_start",
        "ABSTIME",
        "ns from the executable's change to the start of the process, 0 when changed later",
        "None if not (x := {p}.exe_ctime) or not (y := {p}.start) else max(0, y - x)",
    ),
    Field(
        "proc.exe_ino.ctime_duration_pidns_start",
        "ABSTIME",
        "ns from the start of the pid namespace to the executable's change, absent when changed earlier",
        "None if not (x := {p}.exe_ctime) or not (y := {p}.pidns_start) or x <= y else x - y",
    ),
    Field(
        "proc.pidns_init_start_ts",
        "UINT64",
        "start of the pid namespace, epoch ns",
        "{p}.pidns_start or None",
    ),
    Field(
        "thread.cap_permitted",
        "CHARBUF",
        "permitted capabilities, CAP_ names joined by spaces",
        "process_facts.capabilities({p}.cap_permitted)",
    ),
    Field(
        "thread.cap_inheritable",
        "CHARBUF",
        "inheritable capabilities",
        "process_facts.capabilities({p}.cap_inheritable)",
    ),
    Field(
        "thread.cap_effective",
        "CHARBUF",
        "effective capabilities",
        "process_facts.capabilities({p}.cap_effective)",
    ),
    Field("thread.tid", "INT64", "thread id, host namespace", "{p}.tid"),
    Field(
        "thread.ismain",
        "BOOL",
        "the thread leads its group",
        "None if (x := {p}.tid) is None else x == {p}.pid",
    ),
    Field("thread.vtid", "INT64", "thread id in its own namespace", "{p}.vtid"),
    Field(
        "thread.nametid",
        "CHARBUF",
        "comm and tid",
        "None if (x := {p}.tid) is None else b'%s%d' % ({p}.comm, x)",
        flags="T",
    ),
    Field("proc.nthreads", "UINT64", "number of live threads", "{p}.nthreads"),
    Field("proc.is_container_healthcheck", "BOOL", "always absent", "None", flags="D"),
    Field("proc.is_container_liveness_probe", "BOOL", "always absent", "None", flags="D"),
    Field("proc.is_container_readiness_probe", "BOOL", "always absent", "None", flags="D"),
    Field(
        "proc.env",
        "CHARBUF",
        "environment, NAME=value joined by spaces; [NAME] is one value",
        "process_facts.environment({p})",
        Argument.TEXT,
        "process_facts.variable({p}, {a})",
    ),
    Field(
        "proc.aenv",
        "CHARBUF",
        "environment of an ancestor that still runs; [NAME] is the value the nearest has, else empty",
        "process_facts.ancestor_environments({p})",
        Argument.LEVEL_OR_NAME,
        "process_facts.ancestor_environment({p}, {a})",
        many=True,
        printed="process_facts.environment({p})",
        flags="RX",
    ),
    Field("proc.cwd", "CHARBUF", "working directory, ends in /", "{p}.cwd"),
    Field(
        "proc.loginshellid",
        "INT64",
        "pid of the oldest shell among the process and its ancestors",
        "process_facts.login_shell({p})",
    ),
    _usage("proc.fdlimit", "INT64", "descriptors_limit", "how many descriptors may be open"),
    _usage("proc.fdopencount", "UINT64", "descriptors", "open descriptors"),
    Field(
        "proc.fdusage",
        "DOUBLE",
        "open descriptors in percent of the limit",
        "process_facts.descriptor_usage({p})",
    ),
    _usage("proc.vmsize", "UINT64", "vm_size", "virtual memory, kB"),
    _usage("proc.vmrss", "UINT64", "vm_rss", "resident memory, kB"),
    _usage("proc.vmswap", "UINT64", "vm_swap", "swapped memory, kB"),
    _usage("thread.pfmajor", "UINT64", "faults_major", "page faults that had to read"),
    _usage("thread.pfminor", "UINT64", "faults_minor", "page faults that had not"),
    *_main_thread("thread.vmsize", "vm_size", "virtual memory of the main thread, kB; 0 for others"),
    *_main_thread("thread.vmrss", "vm_rss", "resident memory of the main thread, kB; 0 for others"),
    Field(
        "thread.cgroups",
        "CHARBUF",
        "path of every controller, name=path joined by spaces",
        "process_facts.cgroups({p})",
    ),
    Field(
        "thread.cgroup",
        "CHARBUF",
        "path of one controller: thread.cgroup.cpu",
        argument=Argument.TEXT,
        argument_code="process_facts.cgroup({p}, {a})",
        required=True,
        tail=True,
    ),
    Field(
        "fd.types",
        "CHARBUF",
        "kinds of the open descriptors, of the first 255, each once; [n] is that of descriptor n",
        "process_facts.descriptor_kinds({p})",
        Argument.INDEX,
        "process_facts.descriptor_kind({p}, {a})",
        printed="process_facts.one_descriptor_kind({p}, {a})",
        flags="LR",
    ),
    Field(
        "proc.nchilds",
        "UINT64",
        "live threads but the leader",
        "process_facts.children({p}, {e}.type == 'procexit')",
    ),
    *(
        field
        for number, name in enumerate(("stdin", "stdout", "stderr"))
        for field in _standard(name, number)
    ),
)
