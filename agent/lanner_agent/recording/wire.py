# SPDX-License-Identifier: Apache-2.0
"""Items <-> bytes: a kind, a length, and what the item says. Everything is little-endian."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate, pairwise
from typing import Final

from pydantic import ValidationError

from lanner_agent.recording import items
from lanner_agent.recording.items import Batch, Forgotten, Item, Strings, Told
from lanner_engine.source import LannerError

HEAD: Final = struct.Struct("<BI")  # kind, bytes that follow
MAX_ITEM: Final = 16 << 20
MAX_BATCH: Final = 1 << 20  # bytes of records; more are several batches
MAX_RECORD: Final = 1 << 16

_BATCH: Final = struct.Struct("<QQI")  # at, events, number of records
_STRING: Final = struct.Struct("<QBI")  # exec or cgroup, enum string_part, bytes that follow
_NUMBER: Final = struct.Struct("<Q")
_PARTS: Final = 4

# A number is never given to another kind.
JSON: Final[Mapping[int, type[Told]]] = {
    1: items.Header,
    2: items.Rules,
    3: items.Clock,
    4: items.ContainerAnswer,
    5: items.AccountsRead,
    6: items.EnvironmentRead,
    7: items.HostsResolved,
    8: items.Gap,
    9: items.Alerted,
    10: items.End,
}
_STRINGS: Final = 32
_FORGOTTEN: Final = 33
_RECORDS: Final = 34
HEADER: Final = 1
_KINDS: Final = {kind: number for number, kind in JSON.items()}


class WrongError(LannerError):
    """Bytes that are no item."""


def packed(item: Item) -> bytes:
    """One item with its head."""
    if isinstance(item, Batch):
        return _headed(_RECORDS, _batch(item))
    if isinstance(item, Strings):
        return _headed(_STRINGS, b"".join(_string(key, one) for key, one in item.strings.items()))
    if isinstance(item, Forgotten):
        return _headed(_FORGOTTEN, b"".join(map(_NUMBER.pack, sorted(item.numbers))))
    return _headed(_KINDS[type(item)], item.model_dump_json().encode())


def unpacked(kind: int, body: bytes) -> Item | None:
    """None for a kind that a later version has. Raises WrongError."""
    try:
        if kind in _BINARY:
            return _BINARY[kind](body)
        return JSON[kind].model_validate_json(body) if kind in JSON else None  # type: ignore[return-value]  # all are
    except (ValidationError, struct.error) as error:
        raise WrongError(f"an item of kind {kind} that says nothing of that kind") from error


def _headed(kind: int, body: bytes) -> bytes:
    return HEAD.pack(kind, len(body)) + body


def _batch(batch: Batch) -> bytes:
    lengths = list(map(len, batch.records))
    head = _BATCH.pack(batch.at, batch.events, len(lengths))
    return b"".join((head, struct.pack(f"<{len(lengths)}I", *lengths), *batch.records))


def _unpacked_batch(body: bytes) -> Batch:
    at, events, number = _BATCH.unpack_from(body)
    begin = _BATCH.size + 4 * number
    if begin > len(body):
        raise WrongError("a batch of more records than it holds")
    lengths = struct.unpack_from(f"<{number}I", body, _BATCH.size)
    if max(lengths, default=0) > MAX_RECORD or begin + sum(lengths) != len(body):
        raise WrongError("a batch whose records have other lengths")
    records = [body[first:behind] for first, behind in pairwise(accumulate(lengths, initial=begin))]
    return Batch(at, events, records)


def _string(key: int, string: bytes) -> bytes:
    number, part = divmod(key, _PARTS)
    return _STRING.pack(number, part, len(string)) + string


def _unpacked_strings(body: bytes) -> Strings:
    return Strings(dict(_strings(body)))


def _strings(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(body):
        number, part, length = _STRING.unpack_from(body, at)
        at += _STRING.size
        if part >= _PARTS or at + length > len(body):
            raise WrongError("a string beyond the end of its item")
        yield number * _PARTS + part, body[at : at + length]
        at += length


def _unpacked_numbers(body: bytes) -> Forgotten:
    return Forgotten(frozenset(number for (number,) in _NUMBER.iter_unpack(body)))


_BINARY: Final[Mapping[int, Callable[[bytes], Item]]] = {
    _STRINGS: _unpacked_strings,
    _FORGOTTEN: _unpacked_numbers,
    _RECORDS: _unpacked_batch,
}
