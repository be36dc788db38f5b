# SPDX-License-Identifier: Apache-2.0
"""The tables read in Python as bpf/index reads them: an event's facts in, the clauses that are left out.

One question differs on purpose: a name satisfies a key when its length and first bytes are the key's, where
the kernel compares a hash of them, which lets through more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lanner_engine.fields.model import EXE_FROM_MEMFD, HOST, Event, Process
from lanner_engine.fields.readers import process_facts
from lanner_engine.index import accounts, variants
from lanner_engine.index.actor_tables import ActorTables
from lanner_engine.index.classes import CLASS_OF
from lanner_engine.index.numbers import NONE, SOME, Question, Source
from lanner_engine.index.places import EXACT, KEY_BYTES, PREFIX, Key
from lanner_engine.index.rows import ByValue, Row
from lanner_engine.index.tables import ClassTables, Place, Tables
from tests.engine.index.reading_texts import CallEvent, by_texts

ACCOUNTS = {0: b"root", 1: b"daemon", 2: b"bin"}  # of the host, as the agent has read them
LOOKED_AT = 63  # bytes of the path as given; of a longer one anything may follow
MAX_NAMES = 32  # of a path that is walked to its root
_KINDS = {b"f": variants.KIND_FILE, b"m": variants.KIND_FILE, b"d": variants.KIND_DIRECTORY}


Known = Callable[[Event, Source], int | None]  # a number that the kernel has of an event, if it is known


def result_only(event: Event, source: Source) -> int | None:
    """Of an exec that succeeds, and of what is no call, the kernel asks nothing."""
    if source is not Source.RESULT or event.result is None or CLASS_OF[event.type] == "fork":
        return None
    if CLASS_OF[event.type] == "exec" and event.result >= 0:
        return None
    return event.result & (1 << 64) - 1


def left(classes: Tables, event: Event, known: Known = result_only) -> Row | None:
    """The clauses that may hold; None: no table knows the event, so everything is of interest."""
    tables = classes.get(CLASS_OF[event.type])
    row = tables.events.get((event.type, variant(event))) if tables is not None else None
    if tables is None or row is None:
        return None
    row &= _by_process(tables, event) & _by_actor(tables, event)
    for question in tables.questions.get(event.type, ()):
        row &= _by_number(tables, question, known(event, question.source))
    if CLASS_OF[event.type] == "open":
        row &= _by_path(tables, event) & _by_given(tables, event)
    if isinstance(event, CallEvent):
        row &= by_texts(tables, event.texts, _at_place)
    return row


def variant(event: Event) -> int:
    event_class = CLASS_OF[event.type]
    failed = (event.result or 0) < 0
    if event_class == "exit":
        return variants.UNKNOWN
    if event_class == "open":
        return variants.KIND_FAILED << variants.ACCESS_BITS if failed else _of_open(event)
    if event_class == "exec":
        return _of_exec(event, failed=failed)
    return variants.FAILED if failed else variants.SUCCEEDED


def _of_exec(event: Event, *, failed: bool) -> int:
    """A script in a memfd is let through whatever is asked."""
    flags = event.process.exe_flags
    if flags is None or (event.process.script_flags or 0) & EXE_FROM_MEMFD:
        return variants.UNKNOWN
    return flags | (variants.EXEC_FAILED if failed else 0)


def _of_open(event: Event) -> int:
    asked = (bool(event.open_read), bool(event.open_write))
    access = {(True, False): 0, (False, True): 1, (True, True): 2, (False, False): 3}[asked]
    kind = _KINDS.get(event.fd.typechar if event.fd is not None else b"", variants.KIND_OTHER)
    return access | kind << variants.ACCESS_BITS | (variants.CREATED if event.open_create else 0)


def _by_number(tables: ClassTables, question: Question, number: int | None) -> Row:
    if number is None:
        return tables.all
    low = number & question.mask  # of an address only the lower half is masked
    by = tables.numbers[question]
    if question.bits:
        return by.values.get(SOME if low else NONE, by.default)
    return by.values.get((number >> 64 << 64 | low).to_bytes(16, "little"), by.default)


def _by_process(tables: ClassTables, event: Event) -> Row:
    parent = event.process.parent
    by_place = tables.host if event.container.id == HOST.id else tables.container
    own = _of_name(tables, tables.name, event.process.comm)
    return by_place & own & _of_name(tables, tables.parent, b"" if parent is None else parent.comm)


def _of_name(tables: ClassTables, table: ByValue, name: bytes) -> Row:
    """An empty name is one that is not known."""
    return table.values.get(name, table.default) if name else tables.all


def _by_actor(tables: ClassTables, event: Event) -> Row:
    """What the accounts of a container say is not known."""
    asked, process = tables.actor, event.process
    on_host = event.container.id == HOST.id
    row = _of_number(tables, asked.uid, process.uid) & _of_number(tables, asked.login, process.loginuid)
    if on_host and process.uid in ACCOUNTS:
        row &= _of_name(tables, asked.user, ACCOUNTS[process.uid])
    if on_host and process.loginuid in ACCOUNTS:
        row &= _of_name(tables, asked.login_name, ACCOUNTS[process.loginuid])
    row &= asked.terminal if process.tty else asked.no_terminal
    return row & _by_forebears(tables, asked, process_facts.forebears(process))


def _of_number(tables: ClassTables, table: ByValue, number: int | None) -> Row:
    return tables.all if number is None else _of_name(tables, table, accounts.text(number))


def _by_forebears(tables: ClassTables, asked: ActorTables, found: list[Process]) -> Row:
    """One without a name may have any."""
    if not all(one.comm for one in found):
        return tables.all
    row, none = asked.free, 0
    for one in found:
        row |= asked.some.get(one.comm, 0)
        none |= asked.none.get(one.comm, 0)
    return row & ~none


def _by_path(tables: ClassTables, event: Event) -> Row:
    """Of a failed open nothing is known, nor of what has no name."""
    path = event.fd.name if event.fd is not None and (event.result or 0) >= 0 else None
    names = [] if path is None else _names(path)
    if not names:
        return tables.all
    row = _at_place(tables.places["last"], names[-1])
    row &= _at_place(tables.places["parent"], names[-2] if names[1:] else b"")
    if len(names) > MAX_NAMES:
        return row
    some = tables.places["some"].free
    for name in names:
        some |= _at_place(tables.places["some"], name)
    return row & some & _at_place(tables.places["top"], names[0])


def _names(path: bytes) -> list[bytes]:
    """None of the root, nor of what is in no tree."""
    return path[1:].split(b"/") if path[:1] == b"/" and path != b"/" else []


def _at_place(place: Place, name: bytes, executable: bool = False) -> Row:
    row = place.free
    for key in _satisfied(place, name):
        if key.executable is executable:
            row |= place.keys[key]
    return row


def _satisfied(place: Place, name: bytes) -> Iterator[Key]:
    return (key for key in place.keys if _satisfies(name, key))


def _satisfies(name: bytes, key: Key) -> bool:
    text = key.text
    if key.kind == EXACT:
        return len(name) == len(text) and name[:KEY_BYTES] == text[:KEY_BYTES]
    if not 0 < len(text) <= min(KEY_BYTES, len(name)):
        return False
    return name.startswith(text) if key.kind == PREFIX else name.endswith(text)


def _by_given(tables: ClassTables, event: Event) -> Row:
    given = None if event.fd is None else event.fd.nameraw
    dots = given is not None and (b".." in given or len(given) >= LOOKED_AT)
    return tables.all if dots else tables.all & ~tables.dotted
