# SPDX-License-Identifier: Apache-2.0
"""The field table for people: rows of text, chosen by a pattern, and the page docs/reference/fields.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from lanner_engine.fields import host_names
from lanner_engine.fields.field import Argument, Field
from lanner_engine.fields.globbing import glob
from lanner_engine.fields.table import FIELDS

_ARGUMENTS = {
    Argument.INDEX: "n",
    Argument.TEXT: "text",
    Argument.PARAMETER: "name",
    Argument.EVENT: "event",
    Argument.SIDE: "src",
    Argument.LEVEL_OR_NAME: "n",
}
_NOTES = {
    "F": "in conditions only",
    "P": "in outputs only",
    "R": "not compared with other fields",
    "X": "not in transformers",
    "L": "a list",
    "D": "deprecated",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One field. `name` says how an argument is given: `container.mount[text]`, `evt.arg.name`; without and
    with one where it may be left out.
    """

    field: Field
    name: str
    type: str
    records: str
    notes: str

    @property
    def meaning(self) -> str:
        return self.field.meaning


def rows(pattern: str = "") -> list[Row]:
    """The fields whose name or meaning holds the pattern, in the order of names; a pattern with `*` or `?` is
    a glob over names.
    """
    return [_row(FIELDS[name]) for name in sorted(FIELDS) if _wanted(FIELDS[name], pattern.lower())]


def _wanted(field: Field, pattern: str) -> bool:
    if "*" in pattern or "?" in pattern:
        return glob(pattern.encode(), field.name.encode())
    return pattern in field.name or pattern in field.meaning.lower()


def _row(field: Field) -> Row:
    notes = [_NOTES[flag] for flag in field.flags if flag in _NOTES]
    if field.many:
        asked = "all ancestors and creators" if field.creators else "all ancestors"
        notes.insert(0, f"{asked} without an argument")
    if field.ends and field.name not in host_names.FIELDS:
        notes.insert(0, "either end")
    if field.metadata:
        notes.append("from the container runtime")
    if field.why_absent:
        notes.append(field.why_absent)
    return Row(field, _name(field), _type(field), field.records.value, ", ".join(notes))


def _type(field: Field) -> str:
    return "its parameter's" if field.type_name == "DYN" else field.type_name


def _name(field: Field) -> str:
    if field.argument is Argument.NONE:
        return field.name
    word = _ARGUMENTS[field.argument]
    given = f".{word}" if field.tail else f"[{word}]"
    return f"{field.name}{given}" if field.required else f"{field.name}, {field.name}{given}"


def page() -> str:
    """docs/reference/fields.md."""
    groups = groupby(rows(), key=lambda row: row.field.name.partition(".")[0])
    return "\n".join([_HEAD, *(line for name, group in groups for line in _section(name, group))])


def _section(name: str, group: Iterable[Row]) -> Iterator[str]:
    yield f"\n## {name}\n"
    yield "| field | type | meaning | answered by | |"
    yield "|---|---|---|---|---|"
    for row in group:
        cells = (f"`{row.name}`", row.type, row.meaning, row.records, row.notes)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


_HEAD = """\
# Fields

Every field that a condition or an output can name; `lanner fields [PATTERN]` prints the same table. Made from
the table in the code by `make reference`.

- An argument stands in brackets, `proc.aname[2]`, or behind a dot, `evt.arg.flags`.
- A field is *absent* on events that do not have it: every check of an absent field is false, `!=` as well,
  and an output prints `<NA>`.
- A parameter that is empty, as one is that could not be read, is the text `<NA>`, NULL where it is bytes.
- Without an index a field of ancestors asks all of them in a condition, and an output prints all, the parent
  first; `proc.apid` and `proc.aenv` print those of the process itself. Those that ask creators ask, in
  conditions only, also who made the process or an ancestor and is not its parent any more, and who made
  these in turn.
- *Answered by* says which records hold the field. A rule may name fields that nothing answers: they are
  absent, for the reason that stands there.
- Types decide which operators fit. Texts (CHARBUF, FSPATH, FSRELPATH) take all but those for bytes; numbers
  take `=`, `!=`, `<`, `<=`, `>`, `>=`, `in` and `intersects`; BOOL takes `= true`; IPADDR and IPNET take `=`,
  `!=` and `in`; every field takes `exists`."""
