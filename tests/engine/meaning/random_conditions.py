# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies: well-typed conditions, and facts whose values are likely to meet them."""

from __future__ import annotations

from hypothesis import strategies as st

from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal, Not, Or, Transformer
from lanner_engine.fields import addresses, operands, table
from lanner_engine.fields.field import Argument
from lanner_engine.fields.model import HOST, Container, Endpoint, Mount, Socket, User
from lanner_engine.fields.tables.parameters import PARAMETERS
from lanner_engine.fields.types import LIST_OPERATORS, OPERATORS, Kind
from tests.engine import plain_facts

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
TEXT = st.sampled_from(WORDS) | st.text(alphabet="aAb/*?[]\\", max_size=6).map(str.encode)
NUMBERS = st.sampled_from([0, 1, 2, 3, 100])
TYPES = ["open", "openat", "execve", "procexit", "read", "sendto"]
IPS = [b"\x0a\0\0\1", b"\x7f\0\0\1", b"\0" * 15 + b"\1"]
ADDRESSES = [b"10.0.0.1", b"127.0.0.1", b"::1", b"192.168.0.1"]
NETWORKS = [b"10.0.0.0/8", b"127.0.0.1/32", b"0.0.0.0/0", b"::/0", b"::1/128", b"10.0.0.2/31"]
PARAMETER = st.sampled_from(["flags", "name", "res", "uid", "data"])

_LITERALS = {Kind.BOOL: [b"true", b"false"], Kind.ADDRESS: ADDRESSES, Kind.NETWORK: NETWORKS}
_STRING_PATTERNS = {
    "regex": st.sampled_from([b"a.*", b"[ab]+", b"/(a|etc)/.*", b"", b".", b"[[:alpha:]]*"]),
    "bcontains": st.sampled_from([b"61", b"ff", b""]),
    "bstartswith": st.sampled_from([b"61", b"2F", b""]),
}


def optional(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | values


def _argument(field_name: str) -> st.SearchStrategy[bytes | None]:
    field = table.FIELDS[field_name]
    kinds: dict[Argument, st.SearchStrategy[bytes | None]] = {
        Argument.INDEX: st.sampled_from([b"0", b"1", b"2", b"9"]),
        Argument.TEXT: st.sampled_from([b"a", b"0", b"/a*", b"1"]),
        Argument.PARAMETER: PARAMETER.map(str.encode),
        Argument.EVENT: st.sampled_from([name.encode() for name in TYPES]),
        Argument.SIDE: st.sampled_from([b"src", b"dst"]),
        Argument.LEVEL_OR_NAME: st.sampled_from([b"0", b"1", b"A"]),
    }
    if field.argument is Argument.NONE:
        return st.none()
    return kinds[field.argument] if field.required else st.none() | kinds[field.argument]


FIELD = st.sampled_from(sorted(table.FIELDS)).flatmap(
    lambda name: _argument(name).map(lambda argument: FieldRef(name, argument))
)


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


ARGUMENTS = st.lists(TEXT, max_size=3).map(tuple)
CREATOR = st.builds(plain_facts.PlainProcess, comm=TEXT, exe=TEXT, exepath=TEXT, args=ARGUMENTS, pid=NUMBERS)


def _process(
    parents: st.SearchStrategy[plain_facts.PlainProcess | None],
) -> st.SearchStrategy[plain_facts.PlainProcess]:
    number = optional(NUMBERS)
    return st.builds(
        plain_facts.PlainProcess,
        comm=TEXT,
        exe=TEXT,
        exepath=TEXT,
        args=ARGUMENTS,
        cwd=optional(TEXT),
        env=optional(st.lists(st.sampled_from([b"A=a", b"A=", b"B=/a"]), max_size=2).map(tuple)),
        descriptors=optional(st.dictionaries(NUMBERS, st.tuples(TEXT, TEXT), max_size=3)),
        pid=NUMBERS,
        vpid=NUMBERS,
        parent=parents,
        creator=optional(CREATOR),
        creators=st.lists(CREATOR, max_size=2).map(tuple),
        **dict.fromkeys(
            ("tid", "uid", "tty", "vsid", "vpgid", "pgid", "exe_flags", "cap_effective", "fdlimit"), number
        ),
        session_leader=st.none() | st.builds(plain_facts.PlainProcess, comm=TEXT),
        exe_ctime=number,
        pidns_start=number,
    )


PROCESS = _process(_process(_process(st.none()) | st.none()) | st.none())
ENDPOINT = st.builds(Endpoint, st.sampled_from(IPS), NUMBERS)
HOST_NAMES = st.dictionaries(
    st.sampled_from(IPS).map(lambda ip: addresses.text_of(ip).decode()),
    st.lists(TEXT, min_size=1, max_size=2).map(b",".join),
)
SOCKET = st.builds(
    Socket,
    st.sampled_from([b"tcp", b"udp"]),
    optional(ENDPOINT),
    optional(ENDPOINT),
    optional(st.booleans()),
    st.booleans(),
    st.booleans(),
)
DESCRIPTOR = st.builds(
    plain_facts.PlainDescriptor,
    num=st.sampled_from([-2, 0, 3]),
    typechar=st.sampled_from([b"f", b"d", b"o", b"4", b"u"]),
    name=optional(TEXT),
    nameraw=optional(TEXT),
    ino=optional(NUMBERS),
    upper_layer=optional(st.booleans()),
    socket=optional(SOCKET),
)
LABELS = st.dictionaries(TEXT, TEXT, max_size=2)
CONTAINER = st.just(HOST) | st.builds(
    Container,
    id=TEXT.filter(lambda text: text != HOST.id),
    full_id=TEXT,
    name=optional(TEXT),
    image_repository=optional(TEXT),
    privileged=optional(st.booleans()),
    labels=LABELS,
    pod_labels=LABELS,
    pod_namespace=optional(st.sampled_from([b"a", b"b"]) | TEXT),
    pod_sandbox_id=optional(TEXT),
    mounts=optional(st.lists(st.builds(Mount, TEXT, TEXT), max_size=2).map(tuple)),
)
RAW = st.dictionaries(PARAMETER, NUMBERS | TEXT, max_size=4)
EVENT = st.builds(
    plain_facts.PlainEvent,
    type=st.sampled_from(TYPES),
    host_names=HOST_NAMES,
    num=st.integers(1, 3),
    result=optional(st.sampled_from([-2, -1, 0, 3])),
    arguments=st.dictionaries(PARAMETER, TEXT, max_size=4),
    raw_arguments=RAW,
    open_read=optional(st.booleans()),
    open_write=optional(st.booleans()),
    process=PROCESS,
    fd=st.none() | DESCRIPTOR,
    container=CONTAINER,
    user=st.builds(User, TEXT, TEXT, TEXT, TEXT),
    group=TEXT,
)

assert {"flags", "name", "res", "uid", "data"} <= PARAMETERS.keys()
