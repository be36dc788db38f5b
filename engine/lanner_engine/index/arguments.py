# SPDX-License-Identifier: Apache-2.0
"""Arguments: what must hold of the registers of a call, and of what it returned, so that a check of a
parameter or of the result can be true.

Comes in: a check, or the negation of one, and an event type. Out: tests of numbers, none where nothing is
certain. Which register a parameter is, and how it is written, say the rows of syscalls.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lanner_engine.ast import Check, FieldRef
from lanner_engine.fields import operands
from lanner_engine.fields.globbing import compile_glob
from lanner_engine.fields.readers.event_facts import ERROR_NAMES
from lanner_engine.fields.types import Kind, parse_literal
from lanner_engine.index import numbers
from lanner_engine.index.classes import CLASSES
from lanner_engine.index.names import values
from lanner_engine.index.numbers import ANYTHING, IMPOSSIBLE, Numbers, Question, Source
from lanner_engine.reference.comparison import compare
from lanner_engine.syscalls import commands, fast_open, flags
from lanner_engine.syscalls.arguments import Number
from lanner_engine.syscalls.flag_names import Names
from lanner_engine.syscalls.forms import Bits, Named, Node, Plain
from lanner_engine.syscalls.table import NUMBERS

MAX_VALUES: Final = 8  # of a check that is compared with texts one by one
MAX_LISTED: Final = 24  # numbers whose texts hold one of these

AGENT: Final = "evt.is_on_agent"
FAST_OPEN: Final = "evt.is_fast_open"
_FIELDS: Final = frozenset({"evt.arg", "evt.rawarg", "evt.res", "evt.rawres", "fd.num", AGENT, FAST_OPEN})
_EQUAL: Final = frozenset({"=", "==", "in", "intersects"})
_PARTS: Final = frozenset({"contains", "icontains", "startswith", "endswith"})
_SEVERAL: Final = frozenset({"sendmmsg", "recvmmsg"})  # events, each with a result of its own
DUPLICATES: Final = frozenset({"dup", "dup2", "dup3"})
_RETURNED: Final = CLASSES["open"] | DUPLICATES  # whose descriptor is what they return
_WITH_RESULT: Final = frozenset().union(
    CLASSES["open"], CLASSES["exec"], CLASSES["path"], CLASSES["socket"] - _SEVERAL, CLASSES["other"]
)
_MODE_GIVEN: Final = CLASSES["open"] - {"open_by_handle_at"}
_BY_LEADER: Final = frozenset({"tgkill", "rt_tgsigqueueinfo"})
_ERROR: Final = 1 << 63  # results from here on are negative
_DIGITS: Final = b"01234567"
_MODE_DIGITS: Final = len(b"0%o" % flags.PERMISSIONS)
_ERRORS: Final = {-number: name for number, name in ERROR_NAMES.items()}


@dataclass(frozen=True, slots=True)
class _Shown:
    """How a number is written: those that are `known` by name; of the rest `read` tells which is written so,
    or they are all `others`.
    """

    known: Mapping[int, bytes]
    read: Callable[[bytes], int | None]
    others: bytes = b""


def asks(field: str) -> bool:
    """Whether a check of the field can say anything of numbers."""
    return field in _FIELDS


def signature(field: FieldRef, event_type: str) -> object:
    """Equal for event types of one class on which a field means the same numbers."""
    number = _number(field, event_type)
    if number is not None:
        return number
    if field.name == AGENT:
        return event_type if event_type in _BY_LEADER else None
    if field.name == FAST_OPEN:
        return fast_open.FLAGS.get(event_type)
    return event_type in _SEVERAL, event_type in _RETURNED, event_type in _MODE_GIVEN


def of_check(check: Check, event_type: str, *, negated: bool) -> Numbers:
    """Tests that hold whenever a check of a field that `asks` does, or its negation."""
    assert isinstance(check.left, FieldRef)  # noqa: S101  asks
    if not values(check) or check.modifier not in (None, "anyof"):
        return ANYTHING
    name = check.left.name
    if name in ("evt.res", "evt.rawres"):
        found = _of_result(check, negated=negated) if event_type in _WITH_RESULT else ANYTHING
        return ANYTHING if event_type in CLASSES["exec"] and _may_be_success(found) else found
    if name == AGENT:
        return _of_agent(check, event_type, negated=negated)
    if name == FAST_OPEN:
        return _of_fast_open(check, event_type, negated=negated)
    if name == "fd.num":
        return _of_descriptor(check, event_type, negated=negated)
    return _of_argument(check, check.left, event_type, negated=negated)


def among(check: Check, *, negated: bool) -> bool | None:
    """Whether a check, or its negation, asks for one of its values, or for none of them; None: for something
    else.
    """
    if check.operator == "!=":
        return negated if check.modifier is None else None
    return not negated if check.operator in _EQUAL else None


def equal(check: Check, question: Question, known: Callable[[int], int | None], *, negated: bool) -> Numbers:
    """Of a field that is a number. `known`: the number as the kernel has it; None: no event has it."""
    asked = among(check, negated=negated)
    if asked is None:
        return ANYTHING
    assert isinstance(check.left, FieldRef)  # noqa: S101  of_check
    kind = operands.shape(check.left).type
    if kind.kind not in (Kind.INTEGER, Kind.IDENTITY):
        return ANYTHING
    read = (parse_literal(kind, check.operator, value) for value in values(check))
    listed = {found for one in read if isinstance(one, int) and (found := known(one)) is not None}
    return numbers.test(question, listed, others=not asked)


def _number(field: FieldRef, event_type: str) -> Number | None:
    if field.name not in ("evt.arg", "evt.rawarg") or field.argument is None:
        return None
    return NUMBERS.get(event_type, {}).get(field.argument.decode("utf-8", "replace"))


def _may_be_success(tests: Numbers) -> bool:
    """Of an exec that succeeds the result is not asked."""
    return any(
        asked.others or any(numbers.as_number(value) < _ERROR for value in asked.listed) for _, asked in tests
    )


def _of_result(check: Check, *, negated: bool) -> Numbers:
    question = Question(Source.RESULT)
    assert isinstance(check.left, FieldRef)  # noqa: S101  of_check
    if check.left.name == "evt.rawres":
        return equal(check, question, lambda value: value & question.mask, negated=negated)
    return _texts(check, question, _Shown(_ERRORS, _error_number, b"SUCCESS"), negated=negated)


def _error_number(text: bytes) -> int | None:
    """Of an error without a name."""
    number = _decimal(text)
    return None if number is None or number <= 0 or -number in _ERRORS else -number


def _of_descriptor(check: Check, event_type: str, *, negated: bool) -> Numbers:
    """What was made has the number that the call returned; -1 stands for all errors."""
    asked = among(check, negated=negated)
    if event_type not in _RETURNED or asked is None:
        return ANYTHING
    if asked and any(value.lstrip().startswith(b"-") for value in values(check)):  # blanks may stand first
        return ANYTHING
    return equal(check, Question(Source.RESULT), lambda value: value if value >= 0 else None, negated=negated)


def _of_agent(check: Check, event_type: str, *, negated: bool) -> Numbers:
    """The same of evt.is_on_agent. Most calls take any thread's number for the process; these take its
    own.
    """
    number = NUMBERS.get(event_type, {}).get("pid") if event_type in _BY_LEADER else None
    if number is None or negated or not _is_true(check):
        return ANYTHING
    question = Question(Source(Source.ARGUMENT_0 + number.at), numbers.WATCHER_MASK)
    return numbers.test(question, {numbers.WATCHER}, others=False)


def _of_fast_open(check: Check, event_type: str, *, negated: bool) -> Numbers:
    """The bit is set. Where it is, it still depends on the socket."""
    if negated or not _is_true(check):
        return ANYTHING
    at = fast_open.FLAGS.get(event_type)
    if at is None:
        return IMPOSSIBLE
    return numbers.some_bit(Source(Source.ARGUMENT_0 + at), fast_open.MSG_FASTOPEN)


def _is_true(check: Check) -> bool:
    return check.operator in ("=", "==") and values(check) == (b"true",)


def _of_argument(check: Check, field: FieldRef, event_type: str, *, negated: bool) -> Numbers:
    number = _number(field, event_type)
    if number is None:
        mode = field.argument == b"mode" and event_type in CLASSES["open"]
        return _of_open_mode(check, field, event_type, negated=negated) if mode else ANYTHING
    source = Source.MADE_FLAGS if event_type in CLASSES["fork"] else Source(Source.ARGUMENT_0 + number.at)
    question = Question(source, number.mask)
    if field.name == "evt.rawarg":
        return equal(check, question, number.register, negated=negated)
    return _of_text(check, question, number, negated=negated)


def _of_text(check: Check, question: Question, number: Number, *, negated: bool) -> Numbers:
    shown = number.shown
    if isinstance(shown, Bits | Node):
        names = shown.names if isinstance(shown, Bits) else flags.MODE
        kinds = commands.NODES if isinstance(shown, Node) else {}
        hidden = isinstance(shown, Bits) and (shown.query is not None or _has_joined(names))
        return ANYTHING if hidden and negated else _flags(check, question, names, kinds, negated=negated)
    if shown is None:
        return ANYTHING
    named = shown.names if isinstance(shown, Named) else {}
    known = {bits: text for value, text in named.items() if (bits := number.register(value)) is not None}

    def of_literal(text: bytes) -> int | None:
        value = _written(shown, text) if isinstance(shown, Plain) else _decimal(text)
        return None if value is None or value in named else number.register(value)

    return _texts(check, question, _Shown(known, of_literal), negated=negated)


def _written(shown: Plain, text: bytes) -> int | None:
    """The number that is written so."""
    if shown.form == b"%d":
        decimal = _decimal(text)
        return None if decimal is None else shown.number(decimal)
    try:
        value = int(text, 16)
    except ValueError:
        return None
    return value if shown.text(value) == text else None


def _decimal(text: bytes) -> int | None:
    try:
        value = int(text)
    except ValueError:
        return None
    return value if b"%d" % value == text else None


def _texts(check: Check, question: Question, shown: _Shown, *, negated: bool) -> Numbers:
    asked = among(check, negated=negated)
    texts = values(check)
    if asked is not None:
        if asked and shown.others in texts:
            return ANYTHING
        wanted = frozenset(texts)
        listed = {number for number, text in shown.known.items() if text in wanted}
        listed |= {number for text in texts if (number := shown.read(text)) is not None}
        return numbers.test(question, _under(question, listed), others=not asked)
    if check.operator not in _PARTS or len(texts) > MAX_VALUES:
        return ANYTHING
    may = _holds(check, shown.others) is not negated or any(_of_digits(text) for text in texts)
    listed = {
        number for number, text in shown.known.items() if (_holds(check, text) is not negated) is not may
    }
    if len(listed) > MAX_LISTED:
        return ANYTHING
    return numbers.test(question, _under(question, listed), others=may)


def _holds(check: Check, text: bytes) -> bool:
    return any(compare(check.operator, text, [one]) for one in values(check))


def _of_digits(text: bytes) -> bool:
    """Whether a number may have it as a part."""
    return not text.strip(b"-0123456789ABCDEFabcdef")


def _under(question: Question, found: Iterable[int]) -> Iterable[int]:
    return (number & question.mask for number in found)


def _flags(
    check: Check, question: Question, names: Names, kinds: Mapping[int, bytes], *, negated: bool
) -> Numbers:
    """Names of bits, and of a kind of file; whether the text holds a part of one."""
    parts = _name_parts(check, negated=negated)
    known = [bit for bit, _ in names]
    if parts is None or len(set(known)) < len(known):
        return ANYTHING
    found = [bit for bit, name in names if any(_part_of(part, name, check) for part in parts)]
    kind = {number for number, name in kinds.items() if any(_part_of(part, name, check) for part in parts)}
    if 0 in found or (found and kind):
        return ANYTHING
    if kind:
        masked = Question(question.source, stat.S_IFMT(question.mask))
        return numbers.test(masked, kind, others=negated)
    bits = _any(bit & -bit for bit in found)  # of several together one
    return numbers.some_bit(question.source, bits & question.mask, negated=negated)


def _has_joined(names: Names) -> bool:
    """Whether a name is that of several bits together, which then are not shown by their own."""
    return any(bit & bit - 1 for bit, _ in names)


def _part_of(part: bytes, name: bytes, check: Check) -> bool:
    return compare("icontains" if check.operator == "icontains" else "contains", name, [part])


def _name_parts(check: Check, *, negated: bool) -> tuple[bytes, ...] | None:
    """What must stand in a name so that the check holds; None: that is not all."""
    texts = values(check)
    if any(_of_digits(text) or b"|" in text for text in texts) or len(texts) > MAX_VALUES:
        return None
    if check.operator in ("contains", "icontains"):
        return texts
    one_of_them = check.operator in _PARTS or check.operator in _EQUAL
    return texts if one_of_them and not negated else None


def _of_open_mode(check: Check, field: FieldRef, event_type: str, *, negated: bool) -> Numbers:
    """In octal, behind a zero. Who opens by a handle gives none."""
    if event_type not in _MODE_GIVEN:
        return ANYTHING if negated else IMPOSSIBLE
    question = Question(Source.OPEN_MODE, flags.PERMISSIONS)
    if field.name == "evt.rawarg":
        return equal(check, question, _permitted, negated=negated)
    asked = among(check, negated=negated)
    if asked is not None:
        listed = {mode for text in values(check) if (mode := _octal(text)) is not None}
        return numbers.test(question, listed, others=not asked)
    if check.operator != "glob" or negated or len(values(check)) > MAX_VALUES:
        return ANYTHING
    found = [_forced(text) for text in values(check)]
    possible = [bit for bit in found if bit is not None]
    return ANYTHING if 0 in possible else numbers.some_bit(question.source, _any(possible))


def _permitted(mode: int) -> int | None:
    return mode if mode <= flags.PERMISSIONS else None


def _octal(text: bytes) -> int | None:
    """The mode that is written so."""
    value = int(text, 8) if text and not text.strip(_DIGITS) else 0
    return _permitted(value) if text == (b"0%o" % value if value else b"0") else None


def _any(bits: Iterable[int]) -> int:
    found = 0
    for bit in bits:
        found |= bit
    return found


def _forced(pattern: bytes) -> int | None:
    """The highest bit that every mode has whose text matches; 0: there is none, None: nothing matches."""
    items = compile_glob(pattern)
    if None in items:
        return 0
    places = [{digit for digit in range(8) if _DIGITS[digit] in (item or ())} for item in items]
    if not places or 0 not in places[0] or len(places) > _MODE_DIGITS:
        return None
    if len(places) == 1:
        return 0
    places[1].discard(0)
    bits = 0
    for digits in places[1:]:
        if not digits:
            return None
        bits = bits << 3 | _every(digits)
    return 1 << bits.bit_length() - 1 if bits else 0


def _every(digits: Iterable[int]) -> int:
    found = 7
    for digit in digits:
        found &= digit
    return found
