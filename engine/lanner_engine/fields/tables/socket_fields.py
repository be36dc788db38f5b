# SPDX-License-Identifier: Apache-2.0
"""Fields of the socket an event is about: addresses, ports, services, names (specification 7.3).

Each end is asked by place (l local, r remote) and by role (c client, s server); fields without a letter test
both ends.
"""

from __future__ import annotations

from lanner_engine.fields.field import Field, Records

_FD = "None if {d} is None else network_facts."
_SIDES = {"c": "client", "s": "server", "l": "local", "r": "remote"}


def _sides(part: str, type_name: str, what: str, reading: str, flags: str = "") -> list[Field]:
    """One field for each end."""
    return [
        Field(
            f"fd.{letter}{part}",
            type_name,
            f"{what} of the {end} end",
            f"network_facts.{reading}(network_facts.{end}({{d}}))",
            flags=flags,
            records=Records.SOCKETS,
        )
        for letter, end in _SIDES.items()
    ]


def _names() -> list[Field]:
    """The names that rules ask for, not those of everybody: fields/host_names."""
    return [
        Field(
            f"fd.{letter}ip.name",
            "CHARBUF",
            f"name in a rule whose host has the address of the {end} end; != asks all such names",
            f"network_facts.names(network_facts.{end}({{d}}), {{e}})",
            ends=True,
            flags="RX",
            records=Records.SOCKETS,
        )
        for letter, end in _SIDES.items()
    ]


def _both(name: str, type_name: str, what: str, reading: str) -> Field:
    meaning = f"{what} of either end; != asks both"
    code = f"network_facts.{reading}({{d}})"
    return Field(name, type_name, meaning, code, ends=True, flags="FRX", records=Records.SOCKETS)


def _state(name: str, meaning: str, reading: str) -> Field:
    code = f"{_FD}{reading}({{d}})"
    return Field(name, "BOOL", meaning, code, records=Records.SOCKETS)


FIELDS = (
    _both("fd.ip", "IPADDR", "address", "ips"),
    *_sides("ip", "IPADDR", "address", "ip"),
    _both("fd.port", "PORT", "port", "ports"),
    *_sides("port", "PORT", "port", "port"),
    Field(
        "fd.l4proto",
        "CHARBUF",
        "tcp, udp, icmp, raw; <NA> for what is no IP socket",
        f"{_FD}l4proto({{d}})",
        records=Records.DESCRIPTORS,
    ),
    Field("fd.sockfamily", "CHARBUF", "ip or unix", f"{_FD}family({{d}})", records=Records.SOCKETS),
    _state("fd.is_server", "the process is the server end", "is_server"),
    _both("fd.proto", "PORT", "port by number or name of its service", "ports"),
    *_sides("proto", "CHARBUF", "name of the port's service", "service"),
    _both("fd.net", "IPNET", "network", "addresses"),
    *_sides("net", "IPNET", "network", "ip", "FRX"),
    _state("fd.connected", "the socket is connected", "connected"),
    _state("fd.name_changed", "this event changed the socket's name", "name_changed"),
    *_names(),
)
