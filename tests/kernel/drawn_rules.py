# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies: conditions near to what drawn deeds are, of all that the index asks: paths, who
acts, how it happened as the engine's tests draw them, and numbers of calls and ends of sockets.
"""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal, Not, Or, Transformer
from tests.engine.index import near, near_texts
from tests.engine.meaning.random_conditions import conditions
from tests.kernel.drawn_deeds import PORTS

_EQUAL = ("=", "!=", "in", "intersects")
_ORDER = ("<", "<=", ">", ">=")
_PARTS = ("contains", "startswith", "endswith", "icontains", "glob", "pmatch")
_LISTED = ("in", "intersects", "pmatch")


@st.composite
def _one_of(draw: st.DrawFn, ref: FieldRef, operators: Sequence[str], values: Sequence[bytes]) -> Check:
    operator = draw(st.sampled_from(operators))
    literal = st.sampled_from(values).map(Literal)
    if operator in _LISTED:
        return Check(ref, operator, ListLiteral(tuple(draw(st.lists(literal, min_size=1, max_size=3)))))
    return Check(ref, operator, draw(literal))


def _texts(parameter: bytes, *values: bytes) -> st.SearchStrategy[Check]:
    return _one_of(FieldRef("evt.arg", parameter), (*_EQUAL, *_EQUAL, *_PARTS), values)


def _numbers(ref: FieldRef, *values: int) -> st.SearchStrategy[Check]:
    return _one_of(ref, (*_EQUAL, *_EQUAL, *_ORDER), [b"%d" % value for value in values])


def _raw(parameter: bytes, *values: int) -> st.SearchStrategy[Check]:
    return _numbers(FieldRef("evt.rawarg", parameter), *values)


_NUMBER_CHECK = st.one_of(
    _texts(b"mode", b"0", b"0600", b"04755", b"1ED", b"180", b"S_ISUID", b"S_IFIFO", b"S_IRUSR", b"S_I"),
    _texts(b"flags", b"0", b"O_RDONLY", b"O_CREAT", b"AT_REMOVEDIR", b"CLONE_FS", b"AT_", b"CLOEXEC"),
    _texts(b"request", b"PTRACE_ATTACH", b"PTRACE_SEIZE", b"4711", b"PTRACE", b"47"),
    _texts(b"option", b"PR_SET_DUMPABLE", b"9999", b"PR_", b"99"),
    _texts(b"sig", b"SIGTERM", b"SIGKILL", b"0", b"SIG"),
    _texts(b"cmd", b"BPF_PROG_LOAD", b"F_DUPFD", b"4711", b"BPF", b"DUP"),
    _texts(b"domain", b"AF_INET", b"AF_LOCAL|AF_UNIX", b"AF_UNIX", b"99", b"AF_", b"9"),
    _texts(b"type", b"1", b"2", b"3"),
    _texts(b"length", b"0", b"5", b"8589934592"),
    _texts(b"dev", b"0", b"257"),
    _texts(b"nstype", b"0", b"CLONE_NEWNET"),
    *(_raw(parameter, 0, 1, 5, 1000) for parameter in (b"uid", b"gid", b"length", b"dev", b"proto")),
    _raw(b"mode", 0, 0o600, 0o644, 0o755, 0o4755),
    _raw(b"request", 16, 0x4206, 4711),
    _raw(b"cmd", 0, 5, 1030, 4711),
)
_ADDRESSES = (b"127.0.0.1", b"127.0.0.2", b"::1", b"::", b"0.0.0.0")
_SOCKET_CHECK = st.one_of(
    *(_numbers(FieldRef(f"fd.{letter}port"), 0, *PORTS) for letter in "lrcs"),
    *(_one_of(FieldRef(f"fd.{letter}ip"), _EQUAL, _ADDRESSES) for letter in "lrcs"),
    _one_of(FieldRef("fd.type"), (*_EQUAL, *_PARTS), (b"ipv4", b"ipv6", b"unix", b"file", b"ip")),
    _one_of(FieldRef("fd.typechar"), _EQUAL, (b"4", b"6", b"u", b"f", b"n", b"o")),
    _one_of(FieldRef("fd.l4proto"), (*_EQUAL, *_PARTS), (b"tcp", b"udp", b"raw", b"<NA>", b"p")),
    _one_of(FieldRef("fd.name"), _EQUAL, (b"127.0.0.1:53", b"", b"::1:443")),
    _numbers(FieldRef("fd.num"), -1, 0, 3, 4, 5),
    _one_of(FieldRef("evt.is_fast_open"), ("=", "=", "!=", "in"), (b"true", b"true", b"false")),
)
_OWN = _NUMBER_CHECK | _SOCKET_CHECK
_OF_TYPE = (
    *(
        *near.OPENS,
        *near.EXECS,
        *near.OTHERS,
        "socket",
        "bind",
        "sendto",
        "sendmsg",
        "kill",
        "unshare",
        "bpf",
    ),
    *("mkdirat", "mknodat", "fchmodat", "fchownat", "renameat2", "linkat", "symlinkat", "truncate", "fcntl"),
)
_TYPE = _one_of(FieldRef("evt.type"), ("=", "in", "in"), [name.encode() for name in _OF_TYPE])
_WITH_TYPE: st.SearchStrategy[Expr] = st.builds(
    lambda kind, one, turned: And((kind, Not(one) if turned else one)), _TYPE, _OWN, st.booleans()
)
_MIXED: st.SearchStrategy[Expr] = conditions(_OWN | near.ACTOR_CHECK | near.CHECK, 6)
# Names of processes are what exec gave: near's are those that drawn deeds have.
_HAS = {
    b"cat": pathlib.Path("/proc/self/comm").read_bytes().rstrip(b"\n"),
    b"catty": b"a",
    b"bash": b"ab",
    b"123456789012345": b"longnameA",
}
_NAMED = frozenset({"proc.name", "proc.pname", "proc.aname"})


def _renamed(node: Expr) -> Expr:
    if isinstance(node, And | Or):
        return replace(node, children=tuple(map(_renamed, node.children)))
    if isinstance(node, Not):
        return replace(node, child=_renamed(node.child))
    if not isinstance(node, Check) or not isinstance(node.left, FieldRef) or node.left.name not in _NAMED:
        return node
    right = node.right
    if isinstance(right, ListLiteral):
        return replace(node, right=ListLiteral(tuple(map(_of_deeds, right.items))))
    return replace(node, right=_of_deeds(right)) if isinstance(right, Literal) else node


def _of_deeds(item: Literal | FieldRef | Transformer) -> Literal | FieldRef | Transformer:
    return replace(item, value=_HAS.get(item.value, item.value)) if isinstance(item, Literal) else item


CONDITION: st.SearchStrategy[Expr] = st.one_of(
    near.NEAR,
    near.PATH_CHECK,
    conditions(near.PATH_CHECK, 4),
    near.ACTOR_CHECK,
    near_texts.CALL_CONDITION,
    near_texts.EXEC_CONDITION,
    _OWN,
    _WITH_TYPE,
    _WITH_TYPE,
    _MIXED,
).map(_renamed)
