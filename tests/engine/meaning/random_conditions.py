# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies: well-typed conditions, and facts whose values are likely to meet them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from hypothesis import strategies as st

from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal, Not, Or, Transformer
from lanner_engine.fields import addresses, operands, table
from lanner_engine.fields.field import Argument, Field
from lanner_engine.fields.model import HOST, Container, Endpoint, Mount, Socket, Usage, User
from lanner_engine.fields.tables.parameters import PARAMETERS
from lanner_engine.fields.types import LIST_OPERATORS, OPERATORS, Kind
from tests.engine import plain_facts

T = TypeVar("T")

# Few values, so that facts and literals often agree; with what operators treat specially inside.
WORDS = [
    b"",
    b"a",
    b"A",
    b"b",
    b"ab",
    b"/a",
    b"/a/b",
    b"/etc/passwd",
    b"a*",
    b"*b",
    b"/?/[ab]",
    b"a/b/",
    b"\xff\xc3",
    b"host",
]
_ALPHABET = b"aAb/*?[]\\"
TEXT = st.sampled_from(WORDS) | st.text(alphabet=_ALPHABET.decode(), max_size=6).map(str.encode)
_NUMBERS = [0, 1, 2, 3, 100]
NUMBERS = st.sampled_from(_NUMBERS)
_VARIABLES = [b"A=a", b"A=", b"B=/a"]
TYPES = ["open", "openat", "execve", "procexit", "read", "sendto"]
IPS = [b"\x0a\0\0\1", b"\x7f\0\0\1", b"\0" * 15 + b"\1"]
ADDRESSES = [b"10.0.0.1", b"127.0.0.1", b"::1", b"192.168.0.1"]
NETWORKS = [b"10.0.0.0/8", b"127.0.0.1/32", b"0.0.0.0/0", b"::/0", b"::1/128", b"10.0.0.2/31"]
_PARAMETERS = ["flags", "name", "res", "uid", "data"]

_LITERALS = {Kind.BOOL: [b"true", b"false"], Kind.ADDRESS: ADDRESSES, Kind.NETWORK: NETWORKS}
_STRING_PATTERNS = {
    "regex": st.sampled_from([b"a.*", b"[ab]+", b"/(a|etc)/.*", b"", b".", b"[[:alpha:]]*"]),
    "bcontains": st.sampled_from([b"61", b"ff", b""]),
    "bstartswith": st.sampled_from([b"61", b"2F", b""]),
}


def or_none(values: Sequence[T]) -> Sequence[T | None]:
    """Half of the time none."""
    return [*[None] * len(values), *values]


_ARGUMENTS: dict[Argument, Sequence[bytes]] = {
    Argument.INDEX: [b"0", b"1", b"2", b"9"],
    Argument.TEXT: [b"a", b"0", b"/a*", b"1"],
    Argument.PARAMETER: [name.encode() for name in _PARAMETERS],
    Argument.EVENT: [name.encode() for name in TYPES],
    Argument.SIDE: [b"src", b"dst"],
    Argument.LEVEL_OR_NAME: [b"0", b"1", b"A"],
}
_SHARE = 60  # of each field among all, which every number of arguments divides


def _shares(field: Field) -> Iterator[FieldRef]:
    """A field with each of its arguments."""
    given = _ARGUMENTS.get(field.argument, [])
    arguments = given if field.required else or_none(given) or [None]
    return (FieldRef(field.name, one) for one in [*arguments] * (_SHARE // len(arguments)))


FIELD = st.sampled_from([ref for name in sorted(table.FIELDS) for ref in _shares(table.FIELDS[name])])


@st.composite
def operand(draw: st.DrawFn) -> FieldRef | Transformer:
    """A field, sometimes inside transformers that may take it."""
    made: FieldRef | Transformer = draw(FIELD)
    for name in draw(
        st.lists(
            st.sampled_from(["tolower", "toupper", "basename", "b64", "len", "concat", "join", "getopt"]),
            max_size=2,
        )
    ):
        candidate = _wrap(name, made, draw)
        try:
            operands.shape(candidate)
        except operands.OperandError:
            continue
        made = candidate
    return made


def _wrap(name: str, inner: FieldRef | Transformer, draw: st.DrawFn) -> Transformer:
    if name == "concat":
        return Transformer(name, (inner, Literal(draw(TEXT)), draw(FIELD)))
    if name == "join":
        return Transformer(name, (Literal(b"-"), ListLiteral((inner, Literal(b"a"), draw(FIELD)))))
    if name == "getopt":
        options = Literal(draw(st.sampled_from([b"ab:", b"a", b"/:"])))
        tokens = ListLiteral(
            (Literal(b"-a"), Literal(draw(st.sampled_from([b"-ab", b"-bx", b"-z", b"-"]))), inner)
        )
        return Transformer(name, (tokens, options), draw(st.sampled_from([None, b"a", b"b"])))
    return Transformer(name, (inner,))


@st.composite
def check(draw: st.DrawFn, operands_: st.SearchStrategy[FieldRef | Transformer] | None = None) -> Check:
    """A check of one of these operands, or of any."""
    left = draw(operand() if operands_ is None else operands_)
    shape = operands.shape(left)
    operator = draw(st.sampled_from(sorted(LIST_OPERATORS if shape.is_list else OPERATORS[shape.type.kind])))
    if operator == "exists":
        return Check(left, operator)
    if operator not in ("pmatch", "regex") and draw(st.integers(0, 5)) == 0:
        other = draw(operand())
        flags = "".join(table.FIELDS[ref.name].flags for ref in (left, other) if isinstance(ref, FieldRef))
        if operands.shape(other) == shape and "R" not in flags and "evt.type" not in (left.name, other.name):
            return Check(
                left, operator, Transformer("val", (other,)) if isinstance(other, FieldRef) else other
            )
    literal = _literal(operator, shape.type.kind)
    listed = st.lists(literal, max_size=3).map(lambda items: ListLiteral(tuple(items)))
    if operator in ("in", "intersects", "pmatch"):
        return Check(left, operator, draw(listed))
    if draw(st.booleans()) and operator not in ("<", "<=", ">", ">="):
        return Check(left, operator, draw(listed), draw(st.sampled_from(["anyof", "allof", "oneof"])))
    return Check(left, operator, draw(literal))


def _literal(operator: str, kind: Kind) -> st.SearchStrategy[Literal]:
    if operator in _STRING_PATTERNS:
        return _STRING_PATTERNS[operator].map(Literal)
    if kind in _LITERALS:
        return st.sampled_from(_LITERALS[kind]).map(Literal)
    if kind in (Kind.INTEGER, Kind.IDENTITY, Kind.DOUBLE):
        return NUMBERS.map(lambda number: Literal(b"%d" % number))
    names = st.sampled_from([name.encode() for name in TYPES])
    return (TEXT | names).map(Literal)


def conditions(checks: st.SearchStrategy[Check], leaves: int = 8) -> st.SearchStrategy[Expr]:
    """Trees over these checks."""
    return st.recursive(
        checks,
        lambda inner: (
            inner.map(Not)
            | st.lists(inner, max_size=4).map(lambda c: And(tuple(c)))
            | st.lists(inner, max_size=4).map(lambda c: Or(tuple(c)))
        ),
        max_leaves=leaves,
    )


CONDITION = conditions(check())


def several(*choices: Sequence[object]) -> st.SearchStrategy[tuple[object, ...]]:
    """One of each, by one byte; the first is the plainest. Facts have a hundred parts: to draw each by
    itself takes a hundred times as long as to ask all of them.
    """
    size = len(choices)
    return st.binary(min_size=size, max_size=size).map(
        lambda drawn: tuple(one[byte % len(one)] for one, byte in zip(choices, drawn, strict=True))
    )


def built(make: Callable[..., T], **choices: Sequence[object]) -> st.SearchStrategy[T]:
    """What `make` makes of one of each of these."""
    return several(*choices.values()).map(lambda found: make(**dict(zip(choices, found, strict=True))))


_RANDOM = random.Random(0)  # noqa: S311  the same each time, so that what was found is found again


def _text() -> bytes:
    """Every other time one of WORDS."""
    return _RANDOM.choice((_RANDOM.choice(WORDS), _letters()))


def _letters() -> bytes:
    return bytes(_RANDOM.choices(_ALPHABET, k=_RANDOM.randint(0, 6)))


def _texts(most: int) -> tuple[bytes, ...]:
    return tuple(_text() for _ in range(_RANDOM.randint(0, most)))


# What facts may be: as many as a byte picks from.
MANY = range(128)
FLAGS = [False, True]
_TEXTS = [*WORDS, *(_text() for _ in MANY)]
_GIVEN = [(), *(_texts(3) for _ in MANY)]
_LABELS = [dict(zip(_texts(2), (_text(), _text()), strict=False)) for _ in MANY]
_ENVIRONMENTS = [(), *((one,) for one in _VARIABLES), *itertools.product(_VARIABLES, repeat=2)]
_KINDS = [{_RANDOM.choice(_NUMBERS): _text() for _ in range(_RANDOM.randint(0, 3))} for _ in MANY]
_STANDARDS = [
    {
        number: plain_facts.PlainDescriptor(number, _text(), name=_text())
        for number in range(3)
        if _RANDOM.random() < 0.5
    }
    for _ in MANY
]
_USAGES = [Usage(0, 0, 0, 0, 0, number, _RANDOM.choice(_NUMBERS)) for number in _NUMBERS]
_MOUNTS = [tuple(Mount(_text(), _text()) for _ in range(_RANDOM.randint(0, 2))) for _ in MANY]
_HOST_NAMES = [
    {addresses.text_of(ip): b",".join((_text(), *_texts(1))) for ip in IPS if _RANDOM.random() < 0.4}
    for _ in MANY
]
_SAID = [{name: _text() for name in _PARAMETERS if _RANDOM.random() < 0.4} for _ in MANY]
_RAW = [
    {name: _RANDOM.choice((_RANDOM.choice(_NUMBERS), _text())) for name in one} for one in reversed(_SAID)
]
_ENDPOINTS = list(itertools.starmap(Endpoint, itertools.product(IPS, _NUMBERS)))

CREATOR = built(plain_facts.PlainProcess, comm=_TEXTS, exe=_TEXTS, exepath=_TEXTS, args=_GIVEN, pid=_NUMBERS)
_NO_LEADER: list[plain_facts.PlainProcess | None] = [None]


def _process(
    parents: st.SearchStrategy[plain_facts.PlainProcess | None],
) -> st.SearchStrategy[plain_facts.PlainProcess]:
    number = or_none(_NUMBERS)
    alone = built(
        plain_facts.PlainProcess,
        comm=_TEXTS,
        exe=_TEXTS,
        exepath=_TEXTS,
        args=_GIVEN,
        cwd=or_none(_TEXTS[:100]),
        env=or_none(_ENVIRONMENTS),
        descriptor_kinds=or_none(_KINDS[:100]),
        standards=_STANDARDS,
        usage=or_none(_USAGES),
        pid=_NUMBERS,
        vpid=_NUMBERS,
        session_leader=_NO_LEADER + [plain_facts.PlainProcess(comm=text) for text in _TEXTS[:20]],
        **dict.fromkeys(
            (
                *("tid", "uid", "tty", "vsid", "vpgid", "pgid", "exe_flags", "cap_effective"),
                *("exe_ctime", "pidns_start"),
            ),
            number,
        ),
    )
    relatives = st.tuples(parents, st.none() | CREATOR, st.lists(CREATOR, max_size=2).map(tuple))
    return st.tuples(alone, relatives).map(
        lambda one: replace(one[0], parent=one[1][0], creator=one[1][1], creators=one[1][2])
    )


PROCESS = _process(_process(_process(st.none()) | st.none()) | st.none())
SOCKET = several(
    [b"tcp", b"udp"], or_none(_ENDPOINTS), or_none(_ENDPOINTS), or_none(FLAGS), FLAGS, FLAGS
).map(lambda found: Socket(*found))  # type: ignore[arg-type]  # in the order of its fields
DESCRIPTOR = st.tuples(
    built(
        plain_facts.PlainDescriptor,
        num=[-2, 0, 3],
        typechar=[b"f", b"d", b"o", b"4", b"u"],
        name=or_none(_TEXTS[:100]),
        nameraw=or_none(_TEXTS[:100]),
        ino=or_none(_NUMBERS),
        upper_layer=or_none(FLAGS),
    ),
    st.none() | SOCKET,
).map(lambda one: replace(one[0], socket=one[1]))
CONTAINER = st.just(HOST) | built(
    Container,
    id=[text for text in _TEXTS if text != HOST.id],
    full_id=_TEXTS,
    name=or_none(_TEXTS[:100]),
    image_repository=or_none(_TEXTS[:100]),
    privileged=or_none(FLAGS),
    labels=_LABELS,
    pod_labels=_LABELS,
    pod_namespace=or_none([b"a", b"b", *_TEXTS[:60]]),
    pod_sandbox_id=or_none(_TEXTS[:100]),
    mounts=or_none(_MOUNTS[:100]),
)
_USERS = [User(_text(), _text(), _text(), _text()) for _ in MANY]
_OWN = built(
    plain_facts.PlainEvent,
    type=TYPES,
    num=[1, 2, 3],
    result=or_none([-2, -1, 0, 3]),
    open_read=or_none(FLAGS),
    open_write=or_none(FLAGS),
    user=_USERS,
    group=_TEXTS,
    host_names=_HOST_NAMES,
    arguments=_SAID,
    raw_arguments=_RAW,
)
EVENT = st.tuples(_OWN, PROCESS, st.none() | DESCRIPTOR, CONTAINER).map(
    lambda one: replace(one[0], process=one[1], fd=one[2], container=one[3])
)

assert PARAMETERS.keys() >= set(_PARAMETERS)
