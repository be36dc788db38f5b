# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies: conditions over the paths of calls and of execs, and events whose facts follow from
what was written, where the kernel went and where the process was, as agent/lanner_agent/decode makes them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from lanner_agent.decode import paths
from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal
from lanner_engine.fields.model import NamedPath
from lanner_engine.fields.reading import reader
from tests.engine.index import near
from tests.engine.index.reading_texts import CallEvent, Meaning, Text
from tests.engine.meaning.random_conditions import conditions
from tests.engine.plain_facts import PlainDescriptor, PlainProcess

FAILED = -13


@dataclass(frozen=True)
class Name:
    """One path of a call. `went`: where that is known; `folder`: what a relative one is relative to."""

    raw: bytes
    folder: bytes
    went: bytes | None

    @property
    def path(self) -> bytes | None:
        return self.went or (paths.meant(self.raw, self.folder) if self.raw else self.folder)

    def text(self, *, failed: bool) -> bytes:
        """evt.arg."""
        return b"" if failed and not self.raw else paths.resolved(self.raw, self.path)

    @property
    def texts(self) -> tuple[Text, ...]:
        if self.went is not None:
            return Text(self.went, Meaning.ITSELF), Text(self.raw, Meaning.ITSELF)
        if self.raw.startswith(b"/"):
            return (Text(self.raw, Meaning.MEANT),)
        return Text(self.raw, Meaning.MEANT), Text(self.folder, Meaning.FOLDER)


# The parameters that are the call's first path, its second one, and its string.
CALLS: Mapping[str, tuple[str, ...]] = {
    "unlinkat": ("name",),
    "mkdir": ("path",),
    "chmod": ("filename",),
    "fchownat": ("pathname",),
    "truncate": ("path",),
    "rename": ("oldpath", "newpath"),
    "linkat": ("oldpath", "newpath"),
    "symlinkat": ("linkpath", "", "target"),
    "mount": ("dir", "", "dev"),
    "move_mount": ("frompath", "topath"),
}
_MOVES, _LINKS = ("rename", "move_mount"), ("linkat",)

_WRITTEN = st.one_of(
    near.PATH,
    near.GIVEN,
    st.lists(st.sampled_from([*near.NAMES, b".", b""]), max_size=4).map(b"/".join),
    st.just(b"/n" * 140),
)
_CLEAN = st.lists(st.sampled_from([one for one in near.NAMES if one != b".."]), max_size=3).map(
    lambda names: b"/" + b"/".join(names)
)
_NAMED = st.builds(Name, _WRITTEN, _CLEAN, st.none() | _CLEAN)
_PARAMETERS = sorted({name.encode() for names in CALLS.values() for name in names if name})


def _checks(ref: FieldRef) -> st.SearchStrategy[Check]:
    made: st.SearchStrategy[Check] = near.of_text(ref.name)
    return made.map(lambda check: Check(ref, check.operator, check.right, check.modifier))


_OF_CALLS = (
    *(FieldRef(f"fs.path.{which}{raw}") for which in ("name", "source", "target") for raw in ("", "raw")),
    *(FieldRef("evt.abspath", side) for side in (None, b"src", b"dst")),
    *(FieldRef("evt.arg", name) for name in _PARAMETERS),
    *(FieldRef("evt.rawarg", name) for name in (b"name", b"path", b"oldpath", b"linkpath")),
)
_OF_EXECS = (
    *(FieldRef(name) for name in ("proc.exepath", "proc.exe", "proc.cwd")),
    *(FieldRef("evt.arg", name) for name in (b"trusted_exepath", b"exe", b"cwd")),
)
_CALL_CHECK = st.one_of(*map(_checks, _OF_CALLS))
_EXEC_CHECK = st.one_of(*map(_checks, _OF_EXECS), near.CHECK)
CALL_CONDITION: st.SearchStrategy[Expr] = _CALL_CHECK | conditions(_CALL_CHECK, 4)
EXEC_CONDITION: st.SearchStrategy[Expr] = _EXEC_CHECK | conditions(_EXEC_CHECK, 4)


@st.composite
def call_events(draw: st.DrawFn) -> CallEvent:
    event_type = draw(st.sampled_from(sorted(CALLS)))
    first, second, string = (*CALLS[event_type], "", "")[:3]
    failed = draw(st.integers(0, 4)) == 0
    names = [draw(_NAMED) for asked in (first, second) if asked]
    text = draw(_WRITTEN) if string else b""
    cwd = names[0].folder
    facts = _facts(event_type, names, text, cwd if draw(st.booleans()) else b"")
    arguments = {first: names[0].text(failed=failed)}
    raw: dict[str, int | bytes] = {first: names[0].raw}
    if second:
        arguments[second], raw[second] = names[1].text(failed=failed), names[1].raw
    if string:
        device = facts[1].path if event_type == "mount" and facts[1] is not None else None
        arguments[string] = paths.resolved(text, device) if event_type == "mount" else text
        raw[string] = text
    return CallEvent(
        type=event_type,
        result=FAILED if failed else 0,
        arguments=arguments,
        raw_arguments=raw,
        at_paths=tuple(name.path for name in names) if event_type.endswith(("at", "_mount")) else (),
        texts=_texts(event_type, names, text, cwd),
        fs_path=None if failed else facts[0],
        fs_source=None if failed else facts[1],
        fs_target=None if failed else facts[2],
    )


def _facts(event_type: str, names: list[Name], text: bytes, cwd: bytes) -> tuple[NamedPath | None, ...]:
    """fs.path.name, .source and .target of a call that worked. `cwd`: where the device of a mount is, if that
    is a path.
    """
    own = NamedPath(names[0].path, names[0].raw)
    other = NamedPath(names[1].path, names[1].raw) if names[1:] else None
    if event_type in _MOVES:
        return None, own, other
    if event_type in _LINKS:
        return None, other, own
    if event_type == "mount":
        return None, NamedPath(paths.meant(text, cwd), text), own
    if event_type == "symlinkat":
        folder = posixpath.dirname(names[0].path or b"")
        return None, own, NamedPath(paths.meant(text, folder), text)
    return own, None, None


def _texts(event_type: str, names: list[Name], text: bytes, cwd: bytes) -> tuple[Text, ...]:
    found = [one for name in names for one in name.texts]
    if len(CALLS[event_type]) > 2:
        found.append(Text(text, Meaning.MEANT))
        if event_type == "mount" and not text.startswith(b"/"):
            found.append(Text(cwd, Meaning.FOLDER))
    return tuple(found)


@st.composite
def descriptor_events(draw: st.DrawFn) -> CallEvent:
    """Of a file that is given by descriptor."""
    path = draw(_CLEAN)
    return CallEvent(
        type=draw(st.sampled_from(["ftruncate", "fchmod", "fchown"])),
        fs_path=NamedPath(path, path),
        fd=PlainDescriptor(name=path),
        texts=(Text(path, Meaning.ITSELF),),
    )


@st.composite
def exec_events(draw: st.DrawFn) -> CallEvent:
    exepath, exe, cwd = draw(_CLEAN | st.just(b"memfd:a/b")), draw(_WRITTEN), draw(_CLEAN)
    where = cwd if cwd.endswith(b"/") else cwd + b"/"
    return CallEvent(
        type=draw(st.sampled_from(near.EXECS)),
        result=draw(st.sampled_from([0, 0, FAILED])),
        arguments={"trusted_exepath": exepath, "exe": exe, "cwd": where},
        process=PlainProcess(
            exepath=exepath,
            exe=exe,
            cwd=where,
            exe_flags=draw(st.integers(0, 15)),
            script_flags=draw(st.sampled_from([0, 0, 4])),
        ),
        texts=(
            Text(exepath, Meaning.EXECUTABLE),
            *(Text(one, Meaning.ITSELF) for one in (exe, where)),
        ),
    )


_MAX_LENGTH = 255  # bytes of a text in a rule
_TRUE_OF = ("=", "in", "startswith", "endswith", "contains", "glob", "pmatch")


@st.composite
def _told_of(draw: st.DrawFn, event: CallEvent, refs: Sequence[FieldRef]) -> Expr:
    """A check that is true of a field of the event, of the whole value or of a piece; or two of them."""
    known = [(ref, value) for ref in refs if isinstance(value := reader(ref)(event), bytes) and value]
    if not known:
        return Check(refs[0], "=", Literal(b"x"))
    found = [_piece(draw, *draw(st.sampled_from(known))) for _ in range(draw(st.integers(1, 2)))]
    return found[0] if len(found) == 1 else And(tuple(found))


def _piece(draw: st.DrawFn, ref: FieldRef, value: bytes) -> Check:
    start, end = sorted((draw(st.integers(0, len(value))), draw(st.integers(0, len(value)))))
    operator = draw(st.sampled_from(_TRUE_OF)) if len(value) <= _MAX_LENGTH else "startswith"
    asked = {
        "startswith": value[:end][:_MAX_LENGTH],
        "endswith": value[start:],
        "contains": value[start:end],
        "glob": value[:start] + b"*" + value[end:],
        "pmatch": value[:end].rpartition(b"/")[0],
    }.get(operator, value)
    literal = Literal(asked)
    return Check(ref, operator, ListLiteral((literal,)) if operator in ("in", "pmatch") else literal)


Cases = tuple[list[Expr], list[CallEvent]]


@st.composite
def call_cases(draw: st.DrawFn) -> Cases:
    """Conditions, and events that come near to what they ask."""
    found = draw(st.lists(call_events() | descriptor_events(), min_size=1, max_size=3))
    told = draw(_told_of(found[0], _OF_CALLS))
    return [told, *draw(st.lists(CALL_CONDITION, max_size=1))], found


@st.composite
def exec_cases(draw: st.DrawFn) -> Cases:
    """The same of execs."""
    found = draw(st.lists(exec_events(), min_size=1, max_size=3))
    told = draw(_told_of(found[0], _OF_EXECS))
    return [told, *draw(st.lists(EXEC_CONDITION, max_size=1))], found
