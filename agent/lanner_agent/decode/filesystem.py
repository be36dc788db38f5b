# SPDX-License-Identifier: Apache-2.0
"""Which of the paths that a call names it works on, takes from, or makes: fs.path.* and evt.abspath, by the
rows of lanner_engine.syscalls; what an open opened is its descriptor.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import Final

from lanner_agent.decode import paths
from lanner_agent.decode.recorded import RecordedEvent
from lanner_agent.kernel import calls
from lanner_engine.fields.model import NamedPath
from lanner_engine.syscalls import table
from lanner_engine.syscalls.arguments import Argument, Device, Fd, Fs, NewWorkingDirectory, Path, String
from lanner_engine.syscalls.call import Call

Reading = Callable[[RecordedEvent], NamedPath | None]

# relative to directories: evt.abspath
_AT: Final = frozenset(name for name, call in calls.CALLS.items() if call.base[0] != calls.NONE)
_PATH_IS_DEVICE: Final = 0x1000 | 0x2000  # MS_BIND, MS_MOVE of include/uapi/linux/mount.h
_OPENS_AT: Final = frozenset({"openat", "openat2", "open_by_handle_at"})


def only_path(event: RecordedEvent) -> NamedPath | None:
    """What the call worked on; None when it failed, or has two paths or none."""
    return _role(event, Fs.NAME)


def source(event: RecordedEvent) -> NamedPath | None:
    """The old name of what moved, the device of a mount; of links, hard or symbolic, the link itself."""
    return _role(event, Fs.SOURCE)


def target(event: RecordedEvent) -> NamedPath | None:
    """The new name of what moved, the place of a mount; of a link what it is a link to."""
    return _role(event, Fs.TARGET)


def device(event: RecordedEvent) -> bytes | None:
    """The path that a mount takes from; None where it is a name that only the file system knows, `tmpfs`, or
    where what it is relative to was not recorded.
    """
    directory = b""
    if event.call.unsigned(3) & _PATH_IS_DEVICE:
        directory = event.call.name(0).directory or event.process.cwd or b""
    return paths.meant(event.call.string, directory)


def new_directory(event: RecordedEvent) -> bytes | None:
    """What chdir(2) was given is relative to the directory before; where no hook saw the kernel go, the one
    after it is recorded, which is the answer.
    """
    name = event.call.name(0)
    return name.directory or name.path


def relative(event: RecordedEvent) -> tuple[bytes | None, ...]:
    """The absolute paths of a call that takes directories, failed or not: one, or both of two."""
    if event.type in _AT:
        second = calls.CALLS[event.type].path[1] != calls.NONE
        return tuple(event.call.name(index).path for index in range(1 + second))
    return (event.fd.name,) if event.type in _OPENS_AT and event.fd is not None else ()


def _role(event: RecordedEvent, role: Fs) -> NamedPath | None:
    read = _ROLES.get((event.type, role))
    return None if read is None or (event.result or 0) < 0 else read(event)


def _reading(row: Call, argument: Argument) -> Reading:
    match argument:
        case NewWorkingDirectory():
            return lambda event: NamedPath(new_directory(event), event.call.name(0).raw)
        case Path():
            index = [one for one in row.parameters.values() if isinstance(one, Path)].index(argument)
            return lambda event: _named(event, index)
        case Fd():
            return _descriptor
        case Device():
            return lambda event: NamedPath(device(event), event.call.string)
    return _linked


def _named(event: RecordedEvent, index: int) -> NamedPath:
    name = event.call.name(index)
    return NamedPath(name.path, name.raw)


def _descriptor(event: RecordedEvent) -> NamedPath | None:
    return None if event.fd is None else NamedPath(event.fd.name, event.fd.name)


def _linked(event: RecordedEvent) -> NamedPath:
    """What a symbolic link says is relative to where the link is."""
    folder = posixpath.dirname(event.call.name(0).path or b"")
    return NamedPath(paths.meant(event.call.string, folder), event.call.string)


_ROLES: Final[dict[tuple[str, Fs], Reading]] = {
    (name, argument.fs): _reading(row, argument)
    for name, row in table.CALLS.items()
    for argument in row.parameters.values()
    if isinstance(argument, Path | String | Fd) and argument.fs is not None
}
