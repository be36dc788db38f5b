# SPDX-License-Identifier: Apache-2.0
"""What the kernel side reads of a system call, by the row of the call (lanner_engine.syscalls): which of its
arguments are paths, descriptors, addresses or bytes. bpf/event/call.bpf.c does what `struct call` says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from lanner_agent.kernel.record_layout import Argument
from lanner_engine.syscalls import arguments, table
from lanner_engine.syscalls.arguments import Data, Memory
from lanner_engine.syscalls.call import Call as Row

NONE: Final = Argument.NONE.value
RESULT: Final = Argument.RESULT.value  # the descriptor is what the call returns


@dataclass(frozen=True, slots=True)
class Call:
    """`path`: positions of one or two paths; `base`: those of the descriptors they are relative to, NONE for
    the working directory. `on_file`: the path is that of the descriptor. `moves`: the path becomes the
    working directory. `given`: the process has filled the buffer or the message, which is there even when
    the call fails. `before`: the capabilities are those before the call, which changes them. The others are
    positions too; an address' length is the argument behind it. `messages`: each is an event.
    """

    descriptor: int = NONE
    path: tuple[int, int] = (NONE, NONE)
    base: tuple[int, int] = (NONE, NONE)
    string: int = NONE
    beside: int = NONE
    address: int = NONE
    message: int = NONE
    messages: int = NONE
    buffer: int = NONE
    listener: int = NONE
    given: bool = False
    before: bool = False
    on_file: bool = False
    moves: bool = False


Kind = TypeVar("Kind")


def from_row(row: Row) -> Call:
    """What must be read so that all parameters of the row are known."""
    bases = [NONE if one.base is None else one.base for one in _all(row, arguments.Path)]
    data = _all(row, Data)
    ends = [one.address for one in _all(row, arguments.Ends) if one.address is not None]
    return Call(
        descriptor=_descriptor(row, bases),
        path=_two(one.at for one in _all(row, arguments.Path)),
        base=_two(bases),
        string=_first(one.at for one in _all(row, arguments.String)),
        beside=_first(one.at for one in _all(row, arguments.Beside)),
        address=_first([*(one.at for one in _addresses(row)), *ends]),
        message=_first(one.at for one in data if one.memory is Memory.MESSAGE),
        messages=_first(one.at for one in data if one.memory is Memory.MESSAGES),
        buffer=_first(one.at for one in data if one.memory is Memory.BUFFER),
        listener=_first(one.listener for one in _all(row, arguments.Queue)),
        given=any(one.given for one in data),
        before=row.before,
        moves=bool(_all(row, arguments.NewWorkingDirectory)),
        on_file=any(one.fs is not None for one in _all(row, arguments.Fd)),
    )


def _all(row: Row, kind: type[Kind]) -> list[Kind]:
    return [one for one in row.parameters.values() if isinstance(one, kind)]


def _addresses(row: Row) -> list[arguments.Address | arguments.AnsweredOption]:
    """What has its length in the next argument, or where that says."""
    return [*_all(row, arguments.Address), *_all(row, arguments.AnsweredOption)]


def _first(positions: Iterable[int]) -> int:
    return next(iter(positions), NONE)


def _two(positions: Iterable[int]) -> tuple[int, int]:
    first, second, *_ = (*positions, NONE, NONE)
    return first, second


def _descriptor(row: Row, bases: list[int]) -> int:
    """What the call makes or works on, else the folder of its first path."""
    if _all(row, arguments.Made):
        return RESULT
    return _first([*(one.at for one in _all(row, arguments.Fd)), *bases])


CALLS: Final = {name: from_row(row) for name, row in table.CALLS.items()}
