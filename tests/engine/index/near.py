# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies: conditions over what the index in the kernel asks, and events that come near their
values: a name more or less, one level deeper, the beginning of a name, a name doubled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from lanner_engine.ast import Check, Expr, FieldRef, ListLiteral, Literal, Transformer, literals, walk
from lanner_engine.fields.model import HOST, Container, User
from tests.engine import plain_facts
from tests.engine.index.reading import ACCOUNTS
from tests.engine.meaning.random_conditions import check, conditions

# Names that share their first eight bytes, and names that begin or end others.
NAMES = [b"a", b"b", b"ab", b"ba", b"etc", b".ssh", b"longnameA", b"longnameB", b"xlongname", b"..", b"*"]
USERS = [*ACCOUNTS.values(), b"<NA>", b"other"]
COMMS = [b"sh", b"bash", b"cat", b"catty", b"123456789012345", b""]
OPENS = ["open", "openat", "openat2", "creat", "open_by_handle_at"]
EXECS = ["execve", "execveat"]
OTHERS = ["clone", "procexit", "unlinkat", "connect", "chdir", "ptrace"]

_NAME = st.sampled_from(NAMES)
_FEW = st.lists(_NAME, min_size=1, max_size=3)
PATH = _FEW.map(lambda names: b"/" + b"/".join(names)) | st.just(b"/")
_PIECE = st.sampled_from([b"*", b"?", b"[ab]", b"\\a", b"/", b"//"]) | _NAME | PATH
PATTERN = st.lists(_PIECE, max_size=4).map(b"".join)
_PART = st.one_of(
    PATH,
    PATTERN,
    _FEW.map(b"/".join),
    _FEW.map(lambda names: b"/".join(names) + b"/"),
    st.tuples(PATH, st.integers(0, 6)).map(lambda cut: cut[0][cut[1] :]),
    st.tuples(PATH, st.integers(1, 6)).map(lambda cut: cut[0][: cut[1]]),
)
GIVEN = PATH | st.sampled_from([b"../a", b"a/../b", b"a.b", b"./a", b"/a" * 40, b"/a" * 40 + b"/..", b""])

_TEXT_OPERATORS = [
    "=",
    "==",
    "!=",
    "startswith",
    "endswith",
    "contains",
    "icontains",
    "glob",
    "iglob",
    "regex",
]
_LISTED = ["in", "intersects", "pmatch"]
_MODIFIERS = ["anyof", "allof", "oneof"]


@st.composite
def _texts(
    draw: st.DrawFn, field: str, values: st.SearchStrategy[bytes], operators: Sequence[str] = ()
) -> Check:
    """A check of a text with one of these operators, or of all."""
    operator = draw(st.sampled_from(operators or _TEXT_OPERATORS + 2 * _LISTED))
    literal = (values if operator != "regex" else st.sampled_from([b".*", b"/a.*", b"a"])).map(Literal)
    if operator in _LISTED:
        return Check(FieldRef(field), operator, _list(draw, literal))
    if draw(st.integers(0, 3)) == 0:
        return Check(FieldRef(field), operator, _list(draw, literal), draw(st.sampled_from(_MODIFIERS)))
    return Check(FieldRef(field), operator, draw(literal))


def of_text(field: str) -> st.SearchStrategy[Check]:
    """A check of a path that need not be clean."""
    return _texts(field, _PART | PATH.map(lambda path: path + b"/"))


def _list(draw: st.DrawFn, literal: st.SearchStrategy[Literal]) -> ListLiteral:
    return ListLiteral(tuple(draw(st.lists(literal, max_size=3))))


def _ones(field: str, operators: list[str], values: list[bytes]) -> st.SearchStrategy[Check]:
    def made(operator: str, value: bytes) -> Check:
        right = ListLiteral((Literal(value),)) if operator in _LISTED else Literal(value)
        return Check(FieldRef(field), operator, right)

    return st.builds(made, st.sampled_from(operators), st.sampled_from(values))


_EQUAL = ["=", "==", "!=", "in", "intersects"]
_NUMBERS = [*_EQUAL, "<", "<=", ">", ">="]
_BOOLS = ["evt.is_open_read", "evt.is_open_write", "evt.is_open_exec", "evt.is_open_create", "evt.failed"]
_EXE = ["writable", "upper_layer", "lower_layer", "from_memfd"]
_IMAGES = ["container.image", "container.image.repository", "container.image.tag", "container.image.id"]
_PATHS = ["fd.name", "fd.name", "fd.name", "fd.directory", "fd.directory", "fs.path.name"]
_OPERATOR = st.sampled_from(["=", "!=", "startswith"])


def _ancestor(index: bytes, values: st.SearchStrategy[bytes]) -> st.SearchStrategy[Check]:
    checks = _texts("proc.aname", values, [*_EQUAL, "startswith"])
    return checks.map(lambda check: replace(check, left=FieldRef("proc.aname", index)))


def _numbers(field: str, values: list[bytes]) -> st.SearchStrategy[Check]:
    """A check of one of several."""
    lists = st.lists(st.sampled_from(values).map(Literal), max_size=3).map(tuple).map(ListLiteral)
    asked = st.sampled_from([("in", None), ("=", "anyof"), ("!=", "anyof"), ("=", "allof"), (">", "anyof")])
    return st.builds(lambda listed, how: Check(FieldRef(field), how[0], listed, how[1]), lists, asked)


def _against_another(left: str, operator: str, right: str) -> Check:
    return Check(FieldRef(left), operator, Transformer("val", (FieldRef(right),)))


_IDS = [b"-1", b"0", b"1", b"+2", b"1000"]
ACTOR_CHECK: st.SearchStrategy[Check] = st.one_of(
    *(_texts("proc.aname", st.sampled_from(COMMS), [*_EQUAL, "startswith"]) for _ in range(3)),
    *(_ancestor(index, st.sampled_from(COMMS)) for index in (b"0", b"1", b"2")),
    *(_ones(field, _NUMBERS, _IDS) for field in ("user.uid", "user.loginuid")),
    *(
        _texts(field, st.sampled_from(USERS), [*_EQUAL, "contains"])
        for field in ("user.name", "user.loginname")
    ),
    _ones("proc.tty", _NUMBERS, [b"0", b"0", b"34816", b"+1"]),
    _numbers("proc.tty", [b"0", b"34816"]),
    _numbers("user.uid", [b"0", b"1", b"1000"]),
)
CHECK: st.SearchStrategy[Check] = st.one_of(
    *(_texts(field, _PART) for field in _PATHS),
    _texts("fd.filename", _NAME | _PART),
    _texts("fd.nameraw", GIVEN | _PART),
    _texts("fs.path.nameraw", GIVEN),
    *(_texts(field, st.sampled_from(COMMS)) for field in ("proc.name", "proc.name", "proc.pname")),
    _texts("proc.name", st.just(b"a name of more than fifteen")),
    ACTOR_CHECK,
    ACTOR_CHECK,
    ACTOR_CHECK,
    _texts("container.id", st.sampled_from([b"host", b"0123456789ab", b""])),
    st.sampled_from([*_IMAGES, "container.name", "k8s.ns.name"]).flatmap(
        lambda field: _texts(field, st.sampled_from([b"", b"a", b"host"]))
    ),
    st.builds(_against_another, st.sampled_from(_IMAGES), _OPERATOR, st.sampled_from(_IMAGES)),
    st.builds(
        _against_another, st.sampled_from(["fd.name", "proc.name"]), _OPERATOR, st.just("container.name")
    ),
    *(_ones(field, ["=", "!=", "in"], [b"true", b"false"]) for field in _BOOLS),
    *(_ones(f"proc.is_exe_{what}", ["=", "!="], [b"true", b"false"]) for what in _EXE),
    _ones("proc.is_script_from_memfd", ["=", "!="], [b"true", b"false"]),
    *(_ones(field, _NUMBERS, [b"-2", b"-1", b"0", b"+1", b"3"]) for field in ("fd.num", "evt.rawres")),
    _ones(
        "evt.res", [*_EQUAL, "startswith", "contains"], [b"SUCCESS", b"ENOENT", b"E", b"2", b"SUC", b"ESRCH"]
    ),
    _ones("fd.typechar", _EQUAL, [b"f", b"d", b"m", b"o", b"p"]),
    _ones("fd.type", _EQUAL, [b"file", b"directory", b"memfd", b"pipe"]),
    _ones("evt.type", _EQUAL, [name.encode() for name in (*OPENS, *EXECS, *OTHERS)]),
    _ones("syscall.type", _EQUAL, [b"open", b"execve", b"procexit"]),
    st.builds(
        lambda field: Check(FieldRef(field), "exists"), st.sampled_from([*_PATHS, "proc.pname", *_IMAGES])
    ),
)
_PARTED = ["startswith", "endswith", "contains", "glob"]
_CUT = st.tuples(PATH, st.integers(0, 4), st.integers(2, 8)).map(lambda cut: cut[0][cut[1] :][: cut[2]])
PATH_CHECK: st.SearchStrategy[Check] = st.one_of(
    _texts("fd.name", PATH | _PART),
    _texts("fd.name", _CUT | _PART, _PARTED),
    _texts("fd.directory", PATH, [*_EQUAL, "startswith"]),
    _texts("fd.filename", _NAME | _CUT, [*_EQUAL, *_PARTED]),
)
_MIXED = CHECK | CHECK | CHECK | check()  # the last of any field
NEAR: st.SearchStrategy[Expr] = CHECK | conditions(CHECK, 6) | conditions(_MIXED, 16)

_COMM = st.sampled_from(COMMS)
_RELATIVE = st.builds(plain_facts.PlainProcess, comm=_COMM)
_PROCESS = st.builds(
    plain_facts.PlainProcess,
    comm=_COMM,
    exe_flags=st.none() | st.integers(0, 15),
    script_flags=st.sampled_from([0, 0, 4]),
    parent=st.none() | st.builds(plain_facts.PlainProcess, comm=_COMM, parent=st.none() | _RELATIVE),
    creators=st.lists(_RELATIVE, max_size=2).map(tuple),
    uid=st.none() | st.sampled_from([0, 1, 2, 1000]),
    loginuid=st.none() | st.sampled_from([-1, 0, 1, 2, 1000]),
    tty=st.sampled_from([0, 34816]),
)
_CONTAINER = st.just(HOST) | st.builds(
    Container,
    id=st.sampled_from([b"0123456789ab", b"ba9876543210"]),
    full_id=st.just(b"0" * 64),
    name=st.sampled_from([None, b"a", b"host"]),
    image=st.sampled_from([None, b"", b"a"]),
    image_id=st.sampled_from([None, b"", b"a"]),
    image_repository=st.sampled_from([None, b"", b"a"]),
    pod_namespace=st.sampled_from([None, b"a"]),
)
_TYPES = {b"f": b"file", b"d": b"directory", b"m": b"memfd", b"p": b"pipe", b"o": None}


@st.composite
def _open(draw: st.DrawFn, paths: st.SearchStrategy[bytes]) -> plain_facts.PlainEvent:
    """The facts of an open go together as the decoder makes them."""
    number = draw(st.sampled_from([-2, -1, 0, 3, 3, 3, 3]))
    letter = draw(st.sampled_from([b"f", b"f", b"f", b"d", b"m", b"p", b"o"]))
    nameless = [b"memfd:a", b"memfd:/etc/a"] if letter == b"m" else [b"pipe:[1]", b"a"]
    path = draw(paths if letter in (b"f", b"d") else st.sampled_from(nameless))
    failed = number < 0
    access = draw(st.integers(0, 3))
    return plain_facts.PlainEvent(
        type=draw(st.sampled_from(OPENS)),
        result=number,
        open_read=access in (0, 2),
        open_write=access in (1, 2),
        open_exec=draw(st.booleans()),
        open_create=not failed and draw(st.booleans()),
        process=draw(_PROCESS),
        container=draw(_CONTAINER),
        fd=plain_facts.PlainDescriptor(
            num=max(number, -1),
            typechar=draw(st.sampled_from([b"f", b"o"])) if failed else letter,
            type=None if failed else _TYPES[letter],
            name=draw(st.none() | PATH) if failed else path,
            nameraw=draw(st.none() | GIVEN),
        ),
    )


_HEADS = [b"", b"", b"", b"/x", b"/x", b"/x/", b"/y/x"]
_TAILS = [b"", b"", b"x", b"x", b"/x", b"x/y"]


def _paths_near(written: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Resolved paths; most hold what a condition has written, with something before or behind it."""
    chosen = st.lists(st.sampled_from([one for one in NAMES if one != b".."]), max_size=4).map(b"/".join)
    if not written:
        return chosen.map(_resolved)
    held = st.sampled_from(written)
    near = st.tuples(st.sampled_from(_HEADS), held, st.sampled_from(_TAILS)).map(b"".join)
    return (near | near | near | chosen).map(_resolved)


def _resolved(text: bytes) -> bytes:
    """Without empty names and dots that mean folders; stars and the like stand for letters."""
    plain = text.translate(bytes.maketrans(b"*?[", b"abx"), b"]\\")
    return b"/" + b"/".join(name for name in plain.split(b"/") if name not in (b"", b".."))


def _written(condition: Expr) -> Iterator[bytes]:
    for node in walk(condition):
        if isinstance(node, Check) and isinstance(node.left, FieldRef) and node.left.name.startswith("f"):
            yield from (literal.value for literal in literals(node))


_EXEC = st.builds(
    plain_facts.PlainEvent,
    type=st.sampled_from(EXECS),
    result=st.sampled_from([-2, 0]),
    process=_PROCESS,
    container=_CONTAINER,
)
_OTHER = st.builds(
    plain_facts.PlainEvent,
    type=st.sampled_from([one for one in OTHERS if one != "procexit"]),
    result=st.sampled_from([-2, 0, 3]),
    process=_PROCESS,
    container=_CONTAINER,
    fd=st.none() | st.builds(plain_facts.PlainDescriptor, name=PATH),
)
_EXIT = st.builds(
    plain_facts.PlainEvent,
    type=st.just("procexit"),
    result=st.none(),
    process=_PROCESS,
    container=_CONTAINER,
)


def _events(conditions: Sequence[Expr]) -> st.SearchStrategy[plain_facts.PlainEvent]:
    opened = _open(_paths_near([text for condition in conditions for text in _written(condition)]))
    some = st.one_of(opened, opened, opened, opened, _EXEC, _OTHER, _EXIT)
    return st.builds(_with_user, some, st.sampled_from(USERS), st.sampled_from(USERS))


def _with_user(event: plain_facts.PlainEvent, name: bytes, login: bytes) -> plain_facts.PlainEvent:
    """On the host accounts have their names, in a container any."""
    if event.container == HOST:
        name = ACCOUNTS.get(event.process.uid if event.process.uid is not None else -1, name)
        login = ACCOUNTS.get(event.process.loginuid if event.process.loginuid is not None else -1, login)
    return replace(event, user=User(name, b"/", b"/bin/sh", login))


@st.composite
def path_cases(draw: st.DrawFn) -> tuple[list[Expr], list[plain_facts.PlainEvent]]:
    """The same of paths only, and of opens."""
    drawn = draw(PATH_CHECK | PATH_CHECK | conditions(PATH_CHECK, 4))
    opened = _open(_paths_near(list(_written(drawn))))
    return [drawn], draw(st.lists(opened, min_size=4, max_size=12))


@st.composite
def actor_cases(draw: st.DrawFn) -> tuple[list[Expr], list[plain_facts.PlainEvent]]:
    """The same of who acts only."""
    acts = ACTOR_CHECK | ACTOR_CHECK | _texts("proc.name", st.sampled_from(COMMS), _EQUAL)
    drawn = draw(ACTOR_CHECK | conditions(acts, 6))
    return [drawn], draw(st.lists(_events([drawn]), min_size=4, max_size=12))


@st.composite
def cases(draw: st.DrawFn, least: int = 1, most: int = 3) -> tuple[list[Expr], list[plain_facts.PlainEvent]]:
    """Conditions, and events that come near to what they ask."""
    drawn = draw(st.lists(NEAR, min_size=least, max_size=most))
    return drawn, draw(st.lists(_events(drawn), min_size=1, max_size=10))
