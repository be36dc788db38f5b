# SPDX-License-Identifier: Apache-2.0
"""On which events a field is never there, by the rows of the calls: fd.* on those that neither use nor make a
descriptor, fs.path.* on those that name no such path. Nothing is said of the other fields.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lanner_engine.fields.field import Field, Records
from lanner_engine.fields.table import FIELDS
from lanner_engine.fields.tables.event_names import EVENT_NAMES
from lanner_engine.syscalls import own, table
from lanner_engine.syscalls.arguments import Argument, Fd, Fs, Made, Path, String
from lanner_engine.syscalls.call import Call

_OPENS: Final = frozenset(own.OPENS)
_NOTHING: Final[frozenset[str]] = frozenset()


def _uses_descriptor(argument: Argument) -> bool:
    return isinstance(argument, Fd | Made) or (isinstance(argument, Path) and argument.base is not None)


def _with_descriptor(rows: Iterable[tuple[str, Call]]) -> frozenset[str]:
    return frozenset(name for name, row in rows if any(map(_uses_descriptor, row.parameters.values())))


def _with_path(fs: Fs) -> frozenset[str]:
    found = {
        name
        for name, row in table.CALLS.items()
        for one in row.parameters.values()
        if isinstance(one, Path | String | Fd) and one.fs is fs
    }
    return frozenset(found | _OPENS if fs is Fs.NAME else found)


_DESCRIPTORS: Final = EVENT_NAMES - _with_descriptor(table.CALLS.items()) - _OPENS
_PATHS: Final = {fs.value: EVENT_NAMES - _with_path(fs) for fs in Fs}


def _of(field: Field) -> frozenset[str]:
    if field.total:
        return _NOTHING
    if field.name.startswith("fs.path."):
        return _PATHS[field.name.removesuffix("raw")]
    return _DESCRIPTORS if field.records in (Records.DESCRIPTORS, Records.SOCKETS) else _NOTHING


ABSENT_ON: Final[dict[str, frozenset[str]]] = {
    name: found for name, field in FIELDS.items() if (found := _of(field))
}
