# SPDX-License-Identifier: Apache-2.0
"""The parameters of calls without code of their own, by the rows of lanner_engine.syscalls.

Each is a reading of the event and the text form of what was read (specification 3.3, evt.arg.X).
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any, Final

from lanner_agent.decode import filesystem, paths, socket_options, sockets, texts, unix
from lanner_agent.decode.recorded import RecordedEvent
from lanner_engine.fields.readers.event_facts import ERROR_NAMES, result_name
from lanner_engine.syscalls import arguments, commands, flags, table
from lanner_engine.syscalls.arguments import (
    Argument,
    Capabilities,
    CommandResult,
    Number,
    OptionName,
    OptionNumber,
    Path,
    Queue,
    QueuePart,
    RingFd,
    SettingBytes,
    SettingText,
    SocketOption,
    TracedData,
)
from lanner_engine.syscalls.call import Call
from lanner_engine.syscalls.flag_names import named

Value = int | bytes
Parameter = tuple[Callable[[RecordedEvent], Value], Callable[[RecordedEvent], bytes]]
Parameters = dict[str, Parameter]

_AT_FDCWD: Final = -100
_PROTOCOLS: Final = {b"tcp": b"t", b"udp": b"u", b"icmp": b"i", b"raw": b"r"}
_NO_ID: Final = 0xFFFFFFFF  # the id that a call is to leave as it is
_SIGN: Final = 1 << 31
_LOWER_HALF: Final = 0xFFFF
_MOUNT_MARK: Final = 0xC0ED0000  # MS_MGC_VAL
_LONG: Final = Number(0, mask=arguments.LONG, signed=True)
NOBODY: Final = b"<NONE>"


def _number(number: Number) -> Parameter:
    """Shown by the number alone."""
    shown = number.shown
    if shown is None:
        raise ValueError(f"more than {number} decides how it is shown")
    return _reading(number), lambda event: shown.text(number.value(event.call.args[number.at]))


def _reading(number: Number) -> Callable[[RecordedEvent], int]:
    return lambda event: number.value(event.call.args[number.at])


def _descriptor(number: Number) -> Parameter:
    """A descriptor that is no more than a number."""
    read = _reading(number)
    return read, lambda event: descriptor_text(read(event))


def _folder(number: Number) -> Parameter:
    """The directory of a path, which has a name where it is the event's descriptor."""
    read = _reading(number)

    def text(event: RecordedEvent) -> bytes:
        given = read(event)
        known = event.fd is not None and event.fd.num == given and event.fd.known
        return _fd_text(event) if known else descriptor_text(given)

    return read, text


def _copied(number: Number) -> Parameter:
    """What dup was given: the same as it makes."""
    read = _reading(number)
    return read, lambda event: descriptor_text(read(event)) if result(event) < 0 else _fd_text(event)


def _command_result(argument: CommandResult) -> Parameter:
    def text(event: RecordedEvent) -> bytes:
        copies = result(event) >= 0 and event.call.unsigned(argument.command) in commands.COPYING
        known = event.fd is not None and event.fd.known
        return _fd_text(event) if copies and known else result_text(event)

    return result, text


def _path(index: int) -> Parameter:
    return lambda event: event.call.name(index).raw, lambda event: _path_text(event, index)


def _path_text(event: RecordedEvent, index: int) -> bytes:
    """No path is a descriptor's own to a call that worked, and nothing to one that failed."""
    name = event.call.name(index)
    return paths.resolved(name.raw, name.path) if name.raw or result(event) >= 0 else b""


def _changed_directory(event: RecordedEvent) -> bytes:
    if result(event) < 0:
        return _path_text(event, 0)
    return paths.resolved(event.call.name(0).raw, filesystem.new_directory(event))


def _device_text(event: RecordedEvent) -> bytes:
    return paths.resolved(event.call.string, filesystem.device(event))


def _read(text: Callable[[RecordedEvent], bytes]) -> Parameter:
    return text, text


def result(event: RecordedEvent) -> int:
    return event.result or 0


def result_text(event: RecordedEvent) -> bytes:
    found = result(event)
    return (result_name(found) if found < 0 else None) or b"%d" % found


def descriptor_text(number: int) -> bytes:
    """Of a descriptor that nothing is known of. A negative one is shown as the error that has its number."""
    if number == _AT_FDCWD:
        return b"AT_FDCWD"
    return (ERROR_NAMES.get(-number) if number < 0 else None) or b"%d" % number


def _fd_text(event: RecordedEvent) -> bytes:
    """The kind's letter, of an IP socket the protocol's behind it, and the name."""
    fd = event.fd
    if fd is None or not fd.known:
        return descriptor_text(-1 if fd is None else fd.num)
    protocol = b"" if fd.socket is None else _PROTOCOLS.get(fd.socket.l4proto, b"")
    return b"<%s%s>%s" % (fd.typechar, protocol, fd.name or b"")


def _made_text(event: RecordedEvent) -> bytes:
    return result_text(event) if result(event) < 0 else _fd_text(event)


def _tuple(event: RecordedEvent) -> bytes:
    ends = None if event.fd is None else event.fd.socket
    if ends is None:
        return (event.fd.name or b"") if event.fd is not None and event.fd.typechar == b"u" else b""
    return sockets.tuple_text(ends)


def _address(event: RecordedEvent) -> bytes:
    given = event.call.address
    end = sockets.parse(given)
    if end is not None:
        return sockets.end_text(end)
    family = sockets.family(given)
    if family == socket.AF_UNIX:
        return unix.name("bind", 0, (b"", b""), given)
    return b"family %d" % family if given else b""


def _bytes(read: Callable[[RecordedEvent], bytes]) -> Parameter:
    return read, lambda event: socket_options.printable(read(event))


def _option(read: Callable[[RecordedEvent], bytes]) -> Parameter:
    """Its level and its number are the call's second and third argument."""

    def text(event: RecordedEvent) -> bytes:
        return socket_options.text(event.call.unsigned(1), event.call.unsigned(2), read(event))

    return read, text


def _computed(read: Callable[[RecordedEvent], int], form: bytes = b"%d") -> Parameter:
    return read, lambda event: form % read(event)


def _signed(number: int) -> int:
    return (number ^ _SIGN) - _SIGN


def _uid(number: Number) -> Parameter:
    return _account(number, lambda event, of: event.user_name(of))


def _gid(number: Number) -> Parameter:
    return _account(number, lambda event, of: event.group_name(of))


def _account(number: Number, name: Callable[[RecordedEvent, int], bytes]) -> Parameter:
    read = _reading(number)

    def text(event: RecordedEvent) -> bytes:
        given = read(event)
        return NOBODY if given == _NO_ID else name(event, given) or b"%d" % _signed(given)

    return read, text


_FD: Final[Parameter] = (lambda event: -1 if event.fd is None else event.fd.num, _fd_text)
_MADE: Final[Parameter] = (result, _made_text)
_STRING: Final[Parameter] = _read(lambda event: event.call.string)


def _queue_percent(event: RecordedEvent) -> int:
    waiting, most = event.call.waiting
    return waiting * 100 // most if most else 0


def _queue(argument: Queue) -> Parameter:
    match argument.part:
        case QueuePart.PERCENT:
            return _computed(_queue_percent)
        case QueuePart.LENGTH:
            return _computed(lambda event: event.call.waiting[0])
        case QueuePart.MAX_KEPT:
            return _computed(lambda event: event.call.waiting[1])


def _result(argument: arguments.Result) -> Parameter:
    """An error by its name, of what a call returns else the number."""

    def text(event: RecordedEvent) -> bytes:
        found = result(event)
        return result_text(event) if found < 0 else argument.form % found

    return result, text


def _socket_option(number: SocketOption) -> Parameter:
    read = _reading(number)

    def text(event: RecordedEvent) -> bytes:
        named = commands.SOCKET_OPTIONS if event.call.unsigned(number.level) == commands.ANY_SOCKET else {}
        return named.get(read(event), b"%d" % read(event))

    return read, text


def _traced_data(number: TracedData) -> Parameter:
    read = _reading(number)

    def text(event: RecordedEvent) -> bytes:
        given = read(event)
        if event.call.unsigned(number.request) in commands.GOING_ON:
            return arguments.SIGNALS.get(given, b"%d" % given)
        return b"%X" % given

    return read, text


def _mount_flags(number: Number) -> Parameter:
    read = _reading(number)

    def text(event: RecordedEvent) -> bytes:
        given = read(event)
        marked = given & ~_LOWER_HALF == _MOUNT_MARK
        return named(given & _LOWER_HALF if marked else given, flags.MOUNT)

    return read, text


def _of_option(argument: OptionName | OptionNumber) -> Parameter:
    """Of a prctl(2) or keyctl(2): a name or a number, by its option."""

    def is_name(event: RecordedEvent) -> bool:
        return event.call.unsigned(argument.option) in argument.about

    def number(event: RecordedEvent) -> Value:
        return b"" if is_name(event) else _LONG.value(event.call.args[argument.at])

    if isinstance(argument, OptionName):
        return _read(lambda event: event.call.string if is_name(event) else b"")
    return number, lambda event: b"%d" % found if isinstance(found := number(event), int) else found


def _setting_text(argument: SettingText) -> Parameter:
    def text(event: RecordedEvent) -> bytes:
        return event.call.name(0).raw if _takes(event, argument.command, commands.SETTING_TEXT) else b""

    return _read(text)


def _setting_bytes(argument: SettingBytes) -> Parameter:
    def given(event: RecordedEvent) -> bytes:
        return event.call.buffer if _takes(event, argument.command, commands.SETTING_BYTES) else b""

    return _bytes(given)


def _takes(event: RecordedEvent, command: int, these: frozenset[int]) -> bool:
    return result(event) >= 0 and event.call.unsigned(command) in these


def _ring(ring: RingFd) -> Parameter:
    """An index among registered rings is a number only."""
    number = Number(ring.at, signed=True)
    return _reading(number), lambda event: _fd_text(event) if event.fd else b"%d" % _reading(number)(event)


def _capabilities(which: Capabilities) -> Parameter:
    return _computed(lambda event: int(getattr(event.process, which.value)), b"%X")


def usage(part: str) -> Parameter:
    """Part of what the process uses; 0 when no rule in force asks."""

    def read(event: RecordedEvent) -> int:
        found = event.process.usage
        return 0 if found is None else int(getattr(found, part))

    return _computed(read)


# What depends on the type alone, and what on the argument.
_FIXED: Final[dict[type, Parameter]] = {
    arguments.Made: _MADE,
    arguments.MadeNumber: (result, result_text),
    arguments.Fd: _FD,
    arguments.NewWorkingDirectory: (lambda event: event.call.name(0).raw, _changed_directory),
    arguments.String: _STRING,
    arguments.Device: (lambda event: event.call.string, _device_text),
    arguments.Data: _bytes(lambda event: event.call.buffer),
    arguments.OptionValue: _option(lambda event: event.call.buffer),
    arguments.AnsweredOption: _option(lambda event: event.call.address),
    arguments.AnsweredLength: _computed(lambda event: event.call.size),
    arguments.Beside: _read(lambda event: texts.before_nul(event.call.control)),
    arguments.Control: _bytes(lambda event: event.call.control),
    arguments.Size: _computed(lambda event: event.call.size),
    arguments.Address: (lambda event: event.call.address, _address),
    arguments.Ends: _read(_tuple),
}
_MADE_OF: Final[dict[type, Callable[[Any], Parameter]]] = {
    arguments.Result: _result,
    arguments.CommandResult: _command_result,
    arguments.Descriptor: _descriptor,
    arguments.Folder: _folder,
    arguments.Duplicated: _copied,
    arguments.Uid: _uid,
    arguments.Gid: _gid,
    arguments.SocketOption: _socket_option,
    arguments.TracedData: _traced_data,
    arguments.MountFlags: _mount_flags,
    arguments.OptionName: _of_option,
    arguments.OptionNumber: _of_option,
    arguments.Queue: _queue,
    arguments.Capabilities: _capabilities,
    arguments.Usage: lambda which: usage(which.value),
    arguments.RingFd: _ring,
    arguments.SettingText: _setting_text,
    arguments.SettingBytes: _setting_bytes,
}


def _of(argument: Argument, paths_of_call: list[Path]) -> Parameter:
    """The reading and the text of a parameter, by its type."""
    kind = type(argument)
    if kind in _FIXED:
        return _FIXED[kind]
    if kind in _MADE_OF:
        return _MADE_OF[kind](argument)
    if isinstance(argument, Path):
        return _path(paths_of_call.index(argument))
    if isinstance(argument, Number):
        return _number(argument)
    raise ValueError(f"no reading of {argument}")


def _of_call(row: Call) -> Parameters:
    paths_of_call = [one for one in row.parameters.values() if isinstance(one, Path)]
    return {name: _of(argument, paths_of_call) for name, argument in row.parameters.items()}


PARAMETERS: Final[dict[str, Parameters]] = {name: _of_call(row) for name, row in table.CALLS.items()}
