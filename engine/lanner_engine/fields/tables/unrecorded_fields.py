# SPDX-License-Identifier: Apache-2.0
"""Fields of the language that nothing answers (specification 7.3): known to the checker, absent in every
event, each with the reason.

A line that begins with `#` is the reason of the fields below it. A field's line is name, type, flags and
meaning; `*` behind the type is an argument that must be given.
"""

from __future__ import annotations

from collections.abc import Iterator

from lanner_engine.fields.field import Argument, Field, Records

_FIELDS_TEXT = """
# events that no rule wants stay in the kernel, so what came before depends on all other rules
evt.deltatime RELTIME - ns since the event before
evt.deltatime.ns RELTIME - their part below a second
evt.deltatime.s RELTIME - their whole seconds
# no daemon is asked for its own events
evt.infra.docker.container.id CHARBUF T an event of the Docker daemon: its container's id
evt.infra.docker.container.image CHARBUF T an event of the Docker daemon: its container's image
evt.infra.docker.container.name CHARBUF T an event of the Docker daemon: its container's name
evt.infra.docker.name CHARBUF T an event of the Docker daemon: what happened
# calls are seen when they end; a look at every beginning would cost all programs of the machine time
evt.latency RELTIME D ns from entering the call to leaving it
evt.latency.human CHARBUF D the same with a unit
evt.latency.ns RELTIME D its part below a second
evt.latency.quantized UINT64 DT its power of ten
evt.latency.s RELTIME D its whole seconds
evt.wait_latency RELTIME D ns a call waited
# events come from the kernel only, not from plugins
evt.plugininfo CHARBUF - the plugin's summary of its event
evt.pluginname CHARBUF - the plugin that made the event
# poll() and its kin make no events: they are too many, and what comes of them does
fdlist.cips CHARBUF - what poll() waits for: addresses of clients
fdlist.cports CHARBUF - what poll() waits for: ports of clients
fdlist.names CHARBUF - what poll() waits for: names
fdlist.nums CHARBUF - what poll() waits for: numbers
fdlist.sips CHARBUF - what poll() waits for: addresses of servers
fdlist.sports CHARBUF - what poll() waits for: ports of servers
# switches between threads make no events: they are too many
thread.cpu DOUBLE - processor time in the last second, percent
thread.cpu.system DOUBLE - its part in the kernel
thread.cpu.user DOUBLE - its part outside the kernel
thread.exectime RELTIME - ns of processor time, on switches
thread.totexectime RELTIME - their sum
# conditions have no memory: whether a rule matches does not depend on what was asked before
util.cnt UINT64 - how often it was asked
"""


def _fields() -> Iterator[Field]:
    reason = ""
    for line in _FIELDS_TEXT.strip().splitlines():
        if line.startswith("#"):
            reason = line.removeprefix("# ")
        else:
            yield _field(line, reason)


def _field(line: str, reason: str) -> Field:
    name, written, flags, meaning = line.split(" ", 3)
    type_name, required = written.rstrip("*"), written.endswith("*")
    return Field(
        name,
        type_name,
        meaning,
        "None",
        Argument.TEXT if required else Argument.NONE,
        "None" if required else "",
        required,
        tail=required,
        flags=flags.strip("-"),
        records=Records.NONE,
        why_absent=reason,
    )


FIELDS = tuple(_fields())
