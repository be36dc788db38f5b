# SPDX-License-Identifier: Apache-2.0
"""Types of the parameters of a system call: what each is, and in which of the call's arguments it is found.

    Result, Made, Fd                what the call returns, the descriptor it makes or works on
    Number and those made of it     a number in a register; index/arguments asks the kernel for it
    Path, String, Data, Address     in the process' memory; bpf/event/call.bpf.c reads them
    Ends, Queue, Size, Control      what the kernel knows of the socket or the message

A position counts from 0. decode/call_parameters makes values and texts of them.
"""

from __future__ import annotations

import enum
import signal
from dataclasses import dataclass
from typing import Final

from lanner_engine.syscalls.commands import Commands
from lanner_engine.syscalls.flag_names import Names
from lanner_engine.syscalls.forms import Bits, Form, Named, Node, Plain

INT: Final = 0xFFFFFFFF
LONG: Final = 0xFFFFFFFFFFFFFFFF
PLAIN: Final = Plain()
_SIGNALS: Final = {int(one): one.name.encode() for one in signal.Signals}


class Fs(enum.Enum):
    """Which field of a rule a path is, besides the parameter."""

    NAME = "fs.path.name"
    SOURCE = "fs.path.source"
    TARGET = "fs.path.target"


@dataclass(frozen=True, slots=True)
class Result:
    """What the call returns, an error by its name."""

    form: bytes = b"%d"


@dataclass(frozen=True, slots=True)
class Made:
    """The descriptor that the call returns."""


@dataclass(frozen=True, slots=True)
class Fd:
    """The descriptor that the call works on: the event's."""

    at: int
    fs: Fs | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a register. `mask`: the bits of it that count; `shown`: how it is written, None where more
    than the number decides that.
    """

    at: int
    shown: Form | None = PLAIN
    mask: int = INT
    signed: bool = False

    def value(self, register: int) -> int:
        """What a rule reads of the argument's 64 bits."""
        value = register & self.mask
        sign = self.mask + 1 >> 1
        return (value ^ sign) - sign if self.signed else value


class Int(Number):
    """A signed number of 32 bits: a pid, a count, a descriptor that the call does not work on."""

    __slots__ = ()

    def __init__(self, at: int) -> None:
        super().__init__(at, signed=True)


class Unsigned(Number):
    __slots__ = ()

    def __init__(self, at: int, form: bytes = b"%d") -> None:
        super().__init__(at, Plain(form))


class Long(Number):
    """A size or an address."""

    __slots__ = ()

    def __init__(self, at: int, form: bytes = b"%d") -> None:
        super().__init__(at, Plain(form), LONG)


class Flags(Number):
    """Bits that have names."""

    __slots__ = ()

    def __init__(self, at: int, names: Names, mask: int = INT) -> None:
        super().__init__(at, Bits(names), mask)


class Command(Number):
    """One of several numbers that have names."""

    __slots__ = ()

    def __init__(self, at: int, names: Commands, mask: int = INT) -> None:
        super().__init__(at, Named(names), mask)


class Signal(Number):
    __slots__ = ()

    def __init__(self, at: int) -> None:
        super().__init__(at, Named(_SIGNALS), signed=True)


class NodeMode(Number):
    """A mode with the kind of file in it."""

    __slots__ = ()

    def __init__(self, at: int) -> None:
        super().__init__(at, Node())


class Folder(Number):
    """The descriptor of the folder that a path is relative to, shown by its name where the event knows it."""

    __slots__ = ()

    def __init__(self, at: int) -> None:
        super().__init__(at, None, signed=True)


class Duplicated(Number):
    """A descriptor that becomes the one that the call makes."""

    __slots__ = ()

    def __init__(self, at: int) -> None:
        super().__init__(at, None, signed=True)


class SocketOption(Number):
    """An option of a socket, by its name where the `level` is that of all sockets."""

    __slots__ = ("level",)
    level: int

    def __init__(self, at: int, level: int) -> None:
        super().__init__(at, None)
        object.__setattr__(self, "level", level)


class Uid(Number):
    """Shown by the user's name."""

    __slots__ = ()

    def __init__(self, at: int) -> None:
        super().__init__(at, None)


class Gid(Number):
    """Shown by the group's name."""

    __slots__ = ()

    def __init__(self, at: int) -> None:
        super().__init__(at, None)


@dataclass(frozen=True, slots=True)
class Path:
    """A path; `base`: the descriptor of the folder that it is relative to, None for the working directory."""

    at: int
    base: int | None = None
    fs: Fs | None = None


@dataclass(frozen=True, slots=True)
class NewWorkingDirectory(Path):
    """A path that the call makes the working directory."""


@dataclass(frozen=True, slots=True)
class String:
    """A string that ends with NUL. With `fs` it is a path relative to the folder of the call's path, as that
    of a symbolic link.
    """

    at: int
    fs: Fs | None = None


@dataclass(frozen=True, slots=True)
class Device(String):
    """What is mounted: a path, or a name that only the file system knows."""


@dataclass(frozen=True, slots=True)
class OptionName(String):
    """The argument of a prctl(2), where its `option` is about the name of a process."""

    option: int = 0


@dataclass(frozen=True, slots=True)
class OptionNumber:
    """The argument of a prctl(2), where it is no name."""

    at: int
    option: int = 0


class Memory(enum.Enum):
    """What lies at an address that is given."""

    BUFFER = "as many bytes as the call returns, or as many as the next argument says"
    MESSAGE = "a struct msghdr"
    MESSAGES = "an array of struct mmsghdr, each of them an event"


@dataclass(frozen=True, slots=True)
class Data:
    """The first bytes that the call moves. `given`: the process has filled them, they are there even when the
    call fails.
    """

    at: int
    memory: Memory = Memory.BUFFER
    given: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """Of the message that is moved."""


@dataclass(frozen=True, slots=True)
class Control:
    """What comes with a message besides its bytes."""


@dataclass(frozen=True, slots=True)
class Address:
    """A struct sockaddr; its length is the argument behind it."""

    at: int


@dataclass(frozen=True, slots=True)
class Ends:
    """Both ends of the socket; `address`: where the call has that of one of them."""

    address: int | None = None


class QueuePart(enum.Enum):
    PERCENT = "how full it is"
    LENGTH = "how many connections wait"
    MAX_KEPT = "how many may wait"


@dataclass(frozen=True, slots=True)
class Queue:
    """Of the connections that wait at a listening socket."""

    listener: int
    part: QueuePart


class Capabilities(enum.Enum):
    """Which of the process' sets of capabilities."""

    INHERITABLE = "cap_inheritable"
    PERMITTED = "cap_permitted"
    EFFECTIVE = "cap_effective"


Argument = (
    Result
    | Made
    | Fd
    | Number
    | Path
    | String
    | Data
    | Size
    | Control
    | Address
    | Ends
    | Queue
    | Capabilities
    | OptionNumber
)
RESULT: Final = Result()
ADDRESS_RESULT: Final = Result(b"%X")
MADE: Final = Made()
