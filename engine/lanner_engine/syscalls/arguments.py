# SPDX-License-Identifier: Apache-2.0
"""Types of the parameters of a system call: what each is, and in which of the call's arguments it is found.

    Result, Made, Fd                what the call returns, the descriptor it makes or works on
    Number and those made of it     a number in a register; index/arguments asks the kernel for it
    Path, String, Data, Address     in the process' memory; bpf/event/call.bpf.c reads them
    Ends, Queue, Size, Control      what the kernel knows of the socket or the message
    Capabilities, Usage             what is known of the process

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

SHORT: Final = 0xFFFF
INT: Final = 0xFFFFFFFF
LONG: Final = 0xFFFFFFFFFFFFFFFF
PLAIN: Final = Plain()
# without the real-time ones, which the C library numbers otherwise than the kernel
SIGNALS: Final = {int(one): one.name.encode() for one in signal.Signals if one < signal.SIGRTMIN}


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
class CommandResult(Result):
    """The same, and a descriptor where the command at `command` makes a copy of one."""

    command: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """The descriptor that the call returns."""


@dataclass(frozen=True, slots=True)
class MadeNumber(Made):
    """The same, shown by its number, as the language has it of some calls."""


@dataclass(frozen=True, slots=True)
class Fd:
    """The descriptor that the call works on: the event's."""

    at: int
    fs: Fs | None = None


@dataclass(frozen=True, slots=True)
class RingFd(Fd):
    """A ring of io_uring: a descriptor, or, where the argument at `said` has the bit `registered`, an index
    among the rings that the thread has registered.
    """

    said: int = 0
    registered: int = 0


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a register. `mask`: the bits of it that count, of which the lowest `shift` are dropped;
    `shown`: how it is written, None where more than the number decides that.
    """

    at: int
    shown: Form | None = PLAIN
    mask: int = INT
    signed: bool = False
    shift: int = 0

    def value(self, register: int) -> int:
        """What a rule reads of the argument's 64 bits."""
        value = register & self.mask
        sign = self.mask + 1 >> 1
        return ((value ^ sign) - sign if self.signed else value) >> self.shift

    def register(self, value: int) -> int | None:
        """The bits under the mask of an argument that is read as this value; None: there is none."""
        bits = value << self.shift & self.mask
        return bits if self.value(bits) == value else None


class Int(Number):
    """A signed number of 32 bits: a pid, a count, a descriptor that the call does not work on."""

    __slots__ = ()

    def __init__(self, at: int) -> None:
        super().__init__(at, signed=True)


class Unsigned(Number):
    """A decimal one is written with a sign, as the language does: an owner that is to stay is -1."""

    __slots__ = ()

    def __init__(self, at: int, form: bytes = b"%d") -> None:
        super().__init__(at, Plain(form, INT + 1 >> 1))


class Long(Number):
    """A size or an address. A decimal one is written with a sign: an offset back from the end."""

    __slots__ = ()

    def __init__(self, at: int, form: bytes = b"%d") -> None:
        super().__init__(at, Plain(form, LONG + 1 >> 1), LONG)


class Flags(Number):
    """Bits that have names. `query`: a number that asks for the flags and is no set of them."""

    __slots__ = ()

    def __init__(self, at: int, names: Names, mask: int = INT, query: int | None = None) -> None:
        super().__init__(at, Bits(names, query), mask)


class MountFlags(Number):
    """Bits, of which only the lower half counts where the upper half is the mark that old kernels wanted."""

    __slots__ = ()

    def __init__(self, at: int) -> None:
        super().__init__(at, None)


class Command(Number):
    """One of several numbers that have names."""

    __slots__ = ()

    def __init__(self, at: int, names: Commands, mask: int = INT, shift: int = 0) -> None:
        super().__init__(at, Named(names), mask, shift=shift)


class Signal(Number):
    __slots__ = ()

    def __init__(self, at: int) -> None:
        super().__init__(at, Named(SIGNALS), signed=True)


class NodeMode(Number):
    """A mode with the kind of file in it, of which the kernel reads 16 bits."""

    __slots__ = ()

    def __init__(self, at: int) -> None:
        super().__init__(at, Node(), SHORT)


class Descriptor(Number):
    """A descriptor that the event knows nothing of but its number."""

    __slots__ = ()

    def __init__(self, at: int) -> None:
        super().__init__(at, None, signed=True)


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


class TracedData(Number):
    """What ptrace(2) is given: the signal to go on with, where the request at `request` takes one."""

    __slots__ = ("request",)
    request: int

    def __init__(self, at: int, request: int) -> None:
        super().__init__(at, None, LONG)
        object.__setattr__(self, "request", request)


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
class Beside:
    """A string beside the first one."""

    at: int


@dataclass(frozen=True, slots=True)
class Device(String):
    """What is mounted: a path, or a name that only the file system knows."""


@dataclass(frozen=True, slots=True)
class OptionName(String):
    """The argument of a prctl(2) or keyctl(2), where its `option` is one of those `about` a name."""

    option: int = 0
    about: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class OptionNumber:
    """The same argument, where it is no name."""

    at: int
    option: int = 0
    about: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SettingText(Path):
    """The value of an fsconfig(2) that worked, where its `command` takes a text."""

    command: int = 0


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
class SettingBytes(Data):
    """The value of an fsconfig(2) that worked, where its `command` takes bytes."""

    command: int = 0


@dataclass(frozen=True, slots=True)
class OptionValue(Data):
    """The value that an option of a socket is given, its length in the next argument."""


@dataclass(frozen=True, slots=True)
class AnsweredOption:
    """The value that an option of a socket has; where its length is written is the next argument."""

    at: int


@dataclass(frozen=True, slots=True)
class AnsweredLength:
    """Its length."""


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


class Usage(enum.Enum):
    """How much memory the process has when the call is done, in KiB."""

    VM_SIZE = "vm_size"
    VM_RSS = "vm_rss"
    VM_SWAP = "vm_swap"


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
    | AnsweredOption
    | AnsweredLength
    | Beside
    | Ends
    | Queue
    | Capabilities
    | Usage
    | OptionNumber
)
RESULT: Final = Result()
ADDRESS_RESULT: Final = Result(b"%X")
MADE: Final = Made()
MADE_NUMBER: Final = MadeNumber()
