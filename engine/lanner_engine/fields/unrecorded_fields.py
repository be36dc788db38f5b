# SPDX-License-Identifier: Apache-2.0
"""Fields of the language that no record answers yet (specification 7.3): known to the checker, absent in
every event. Read by fields/table.

A line is name, type, flags and meaning; `*` behind the type is an argument that must be given.
"""

from __future__ import annotations

from lanner_engine.fields.field import Argument, Field, Records

_FIELDS_TEXT = """
container.cni.json CHARBUF - what the network plugin answered, as JSON
evt.count.procinfo UINT32 T 1 on reports about processes
evt.count.threadinfo UINT32 T 1 on reports about threads
evt.deltatime RELTIME - ns since the event before
evt.deltatime.ns RELTIME - their part below a second
evt.deltatime.s RELTIME - their whole seconds
evt.infra.docker.container.id CHARBUF T an event of the Docker daemon: its container's id
evt.infra.docker.container.image CHARBUF T an event of the Docker daemon: its container's image
evt.infra.docker.container.name CHARBUF T an event of the Docker daemon: its container's name
evt.infra.docker.name CHARBUF T an event of the Docker daemon: what happened
evt.latency RELTIME D ns from entering the call to leaving it
evt.latency.human CHARBUF D the same with a unit
evt.latency.ns RELTIME D its part below a second
evt.latency.quantized UINT64 DT its power of ten
evt.latency.s RELTIME D its whole seconds
evt.plugininfo CHARBUF - the plugin's summary of its event
evt.pluginname CHARBUF - the plugin that made the event
evt.reltime RELTIME - ns since the watch began
evt.reltime.ns RELTIME - their part below a second
evt.reltime.s RELTIME - their whole seconds
evt.wait_latency RELTIME D ns a call waited
fdlist.cips CHARBUF - what poll() waits for: addresses of clients
fdlist.cports CHARBUF - what poll() waits for: ports of clients
fdlist.names CHARBUF - what poll() waits for: names
fdlist.nums CHARBUF - what poll() waits for: numbers
fdlist.sips CHARBUF - what poll() waits for: addresses of servers
fdlist.sports CHARBUF - what poll() waits for: ports of servers
k8s.pod.cni.json CHARBUF - what the network plugin answered for the pod, as JSON
thread.cpu DOUBLE - processor time in the last second, percent
thread.cpu.system DOUBLE - its part in the kernel
thread.cpu.user DOUBLE - its part outside the kernel
thread.exectime RELTIME - ns of processor time, on switches
thread.totexectime RELTIME - their sum
util.cnt UINT64 - how often it was asked
"""


def _field(line: str) -> Field:
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
    )


FIELDS = tuple(map(_field, _FIELDS_TEXT.strip().splitlines()))
