# SPDX-License-Identifier: Apache-2.0
"""Fields of the event itself: evt.*, syscall.type (specification 7.3)."""

from __future__ import annotations

from lanner_engine.fields.field import Argument, Field, Records


def _moved(name: str, meaning: str, arguments: str, flags: str = "T") -> Field:
    """How many bytes a read or write moved."""
    code = f"event_facts.length({{e}}{arguments})"
    return Field(name, "UINT64", meaning, code, flags=flags, records=Records.IO)


def _kind(name: str, reading: str, meaning: str) -> Field:
    """What kind of event it is, which its type says."""
    return Field(name, "BOOL", meaning, f"event_facts.{reading}({{e}})", total=True)


def _failed(kind: str, what: str) -> Field:
    code = f"event_facts.error({{e}}, '{kind}')"
    meaning = f"1 when {what} failed, 0 when it worked, absent for others"
    return Field(f"evt.count.error.{kind}", "UINT32", meaning, code, records=Records.RESULTS)


def _report(kind: str, what: str) -> Field:
    """There are no such events: the state of processes is read from the kernel with each event."""
    meaning = f"1 on reports about {what}, which are no events here: 0"
    return Field(f"evt.count.{kind}", "UINT32", meaning, "0", total=True, flags="T")


def _open(what: str, meaning: str) -> Field:
    """False, not absent, on what is no open."""
    return Field(f"evt.is_open_{what}", "BOOL", meaning, f"bool({{e}}.open_{what})", total=True)


FIELDS = (
    Field("evt.num", "UINT64", "counter of delivered events, from 1", "{e}.num", total=True),
    Field("evt.time", "CHARBUF", "local time HH:MM:SS.nnnnnnnnn", "time_text.clock({e}.time)", total=True),
    Field("evt.time.s", "CHARBUF", "local time HH:MM:SS", "time_text.clock_seconds({e}.time)", total=True),
    Field(
        "evt.time.iso8601",
        "CHARBUF",
        "UTC date and time with nanoseconds and +0000",
        "time_text.iso8601({e}.time)",
        total=True,
    ),
    Field(
        "evt.datetime",
        "CHARBUF",
        "local date and evt.time",
        "b'%s %s' % (time_text.date({e}.time), time_text.clock({e}.time))",
        total=True,
    ),
    Field(
        "evt.datetime.s",
        "CHARBUF",
        "local date and evt.time.s",
        "b'%s %s' % (time_text.date({e}.time), time_text.clock_seconds({e}.time))",
        total=True,
    ),
    Field("evt.rawtime", "ABSTIME", "nanoseconds since the epoch", "{e}.time", total=True),
    Field("evt.rawtime.s", "ABSTIME", "seconds since the epoch", "{e}.time // 1000000000", total=True),
    Field("evt.rawtime.ns", "ABSTIME", "nanosecond part of the time", "{e}.time % 1000000000", total=True),
    Field("evt.reltime", "RELTIME", "ns since the watch began", "{e}.since_start", total=True),
    Field("evt.reltime.s", "RELTIME", "their whole seconds", "{e}.since_start // 1000000000", total=True),
    Field(
        "evt.reltime.ns", "RELTIME", "their part below a second", "{e}.since_start % 1000000000", total=True
    ),
    Field("evt.source", "CHARBUF", "name of the event source", "b'syscall'", total=True),
    Field("evt.is_async", "BOOL", "whether the event is asynchronous", "False", total=True),
    Field("evt.asynctype", "CHARBUF", "name of an asynchronous event; absent for others", "None"),
    Field("evt.hostname", "CHARBUF", "name of the host", "{e}.hostname", total=True),
    Field("evt.dir", "CHARBUF", "always <: only exits are events", "b'<'", flags="D", total=True),
    Field("evt.type", "CHARBUF", "name of the event", "{e}.type.encode()", total=True),
    Field(
        "evt.type.is",
        "UINT32",
        "evt.type.is.NAME is 1 when the event is NAME, else 0",
        argument=Argument.EVENT,
        argument_code="int({e}.type == {a})",
        required=True,
        tail=True,
    ),
    Field(
        "syscall.type",
        "CHARBUF",
        "evt.type of system calls, absent for other events",
        "{e}.type.encode() if {e}.type in SYSTEM_CALLS else None",
    ),
    Field("evt.cpu", "INT16", "number of the CPU", "{e}.cpu", total=True),
    Field("evt.args", "CHARBUF", "all parameters", "event_facts.all_arguments({e})", total=True),
    Field("evt.info", "CHARBUF", "the same as evt.args", "event_facts.all_arguments({e})", total=True),
    Field(
        "evt.arg",
        "CHARBUF",
        "a parameter's text, by name (evt.arg.flags) or by position (evt.arg[0])",
        argument=Argument.PARAMETER,
        argument_code="event_facts.argument({e}.arguments, {a})",
        required=True,
        tail=True,
    ),
    Field(
        "evt.rawarg",
        "DYN",
        "a parameter's native value, by name (evt.rawarg.flags)",
        argument=Argument.PARAMETER,
        argument_code="",
        required=True,
        tail=True,
        flags="RX",
    ),
    Field(
        "evt.res",
        "CHARBUF",
        "SUCCESS or the error's name",
        "event_facts.result_name({e}.result)",
        records=Records.RESULTS,
    ),
    Field("evt.rawres", "INT64", "return value", "{e}.result", records=Records.RESULTS),
    Field(
        "evt.failed",
        "BOOL",
        "whether the return value is an error",
        "event_facts.failed({e})",
        records=Records.RESULTS,
    ),
    Field("evt.count", "UINT32", "always 1", "1", total=True),
    Field(
        "evt.count.error",
        "UINT32",
        "1 when the call failed, else 0",
        "event_facts.error({e})",
        records=Records.RESULTS,
    ),
    Field("evt.count.exit", "UINT32", "1 on exits: always", "1", total=True),
    _report("procinfo", "processes"),
    _report("threadinfo", "threads"),
    _open("read", "an open that asks for reading"),
    _open("write", "an open that asks for writing, also a failed one"),
    _open("exec", "an open that creates an executable file"),
    _open("create", "an open that created its file"),
    Field("evt.category", "CHARBUF", "file, net, process, ...", "event_facts.category({e})", total=True),
    _kind("evt.is_io", "is_io", "reads or writes a descriptor"),
    _kind("evt.is_io_read", "is_read", "reads a descriptor"),
    _kind("evt.is_io_write", "is_write", "writes a descriptor"),
    _kind("evt.is_wait", "is_wait", "a call that may wait"),
    _kind("evt.is_syslog", "is_syslog", "a write to /dev/log"),
    Field(
        "evt.io_dir",
        "CHARBUF",
        "read or write; absent for others",
        "event_facts.direction({e})",
        records=Records.IO,
    ),
    Field(
        "evt.buffer",
        "BYTEBUF",
        "first bytes moved, or to be sent in vain",
        "event_facts.moved({e})",
        records=Records.IO,
    ),
    _moved("evt.buflen", "number of bytes moved", "", ""),
    _moved("evt.buflen.in", "number of bytes read", ", writes=False"),
    _moved("evt.buflen.out", "number of bytes written", ", reads=False"),
    _moved("evt.buflen.file", "number of bytes moved from or to files", ", kinds=b'f'"),
    _moved("evt.buflen.file.in", "number of bytes read from files", ", writes=False, kinds=b'f'"),
    _moved("evt.buflen.file.out", "number of bytes written to files", ", reads=False, kinds=b'f'"),
    _moved("evt.buflen.net", "number of bytes moved over IP sockets", ", kinds=b'46'"),
    _moved("evt.buflen.net.in", "number of bytes read from IP sockets", ", writes=False, kinds=b'46'"),
    _moved("evt.buflen.net.out", "number of bytes written to IP sockets", ", reads=False, kinds=b'46'"),
    _failed("file", "a call on files"),
    _failed("net", "a call on sockets"),
    _failed("memory", "a call on memory"),
    _failed("other", "any other call"),
    Field("evt.outputtime", "CHARBUF", "evt.time", "time_text.clock({e}.time)", total=True, flags="P"),
)
