# SPDX-License-Identifier: Apache-2.0
"""One field of the language: what it is called, what type it has, and how it is read from an event's facts.

`code` is a Python expression with holes: {e} the event, {p} its process, {q} the parent process, {d} the
descriptor, {c} the container, {u} the user, {a} the argument as a constant. Code generation fills them with
locals, readers with attribute chains (fields/reading). The texts come from the tables of this package only,
never from rules. An expression's value is None when the field is absent (specification section 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from lanner_engine.fields.types import TYPES, Type


class Argument(Enum):
    """What may stand in the brackets, or in the dotted tail where `tail` is set."""

    NONE = "none"
    INDEX = "a number from 0"
    TEXT = "text"
    PARAMETER = "a parameter's name or position"
    EVENT = "an event's name"
    SIDE = "src or dst"
    LEVEL_OR_NAME = "a number from 0, or a variable's name"


class Records(Enum):
    """Which records hold what a field is read from."""

    EVERY = "every event"
    RESULTS = "system calls"
    OPENS = "opens"
    DESCRIPTORS = "opens and system calls on descriptors"
    NAMES = "system calls that name files"
    IO = "system calls that send or receive"
    SOCKETS = "system calls on sockets"
    NONE = "nothing"


@dataclass(frozen=True, slots=True)
class Field:
    """One entry of the table (specification 7.3).

    `type_name` "DYN" means that the argument decides (evt.rawarg). `many` marks ancestor fields, which
    without an argument are the tuple of all ancestors' values in a condition, and what `printed` reads in
    an output; of a list, `printed` reads an element. `creators` marks those of them that ask creators in a
    condition, too (facts.Process.creators). `ends` marks fields with several values of which one must do,
    for != all: both ends of a connection, all names of an address. `flags` are the specification's letters:
    F filter only, P print only, R not in field-to-field comparisons, X no transformers, D deprecated.
    `metadata` says that the value comes from the container runtime. `total` says that `code` never gives
    None.
    """

    name: str
    type_name: str
    meaning: str
    code: str = ""
    argument: Argument = Argument.NONE
    argument_code: str = ""
    required: bool = False
    tail: bool = False
    many: bool = False
    creators: bool = False
    printed: str = ""
    ends: bool = False
    flags: str = ""
    metadata: bool = False
    total: bool = False
    records: Records = Records.EVERY
    why_absent: str = ""  # of what no record holds

    @property
    def type(self) -> Type:
        """The static type; a "DYN" field has none (KeyError): ask fields.table.type_of."""
        return TYPES[self.type_name]
