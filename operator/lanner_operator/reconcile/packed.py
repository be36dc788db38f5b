# SPDX-License-Identifier: Apache-2.0
"""The spec of a rule object as it is held: an outline, and where it is to be judged, what it defines as
compressed text.

As Python objects a spec takes nine times its text; packed it takes less than its text. What is asked of every
object in each round (mode, load order, size, hash) stands in the outline.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lanner_engine.objects.versions import weigh
from lanner_engine.resources.rule_object import DEFINING, RuleObject

OUTLINED: Final = ("mode", "loadOrder")
PLAIN: Final = 1_024  # characters of what defines nothing, and stays as it is: selectors and the like
_LONGEST: Final = 64  # characters of a value in an outline; schemas know no longer ones
_FASTEST: Final = 1
_OVERHEAD: Final = 512  # bytes of the objects around a packed spec


class Outline(Mapping[str, Any]):
    """Of a spec that is not held: its mode and load order. `digest` and `size` are those of all of it."""

    __slots__ = ("_said", "digest", "size")

    def __init__(self, spec: Mapping[str, Any], digest: bytes, size: int) -> None:
        self._said = {key: spec[key] for key in OUTLINED if key in spec and _short(spec[key])}
        self.digest = digest
        self.size = size

    def __getitem__(self, key: str) -> Any:
        return self._said[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._said)

    def __len__(self) -> int:
        return len(self._said)


class Packed(Mapping[str, Any]):
    """What is compressed is unpacked when it is asked for, and not kept. Another process gets it plain."""

    __slots__ = ("_content", "_packed", "_rest", "bytes", "outline")

    def __init__(self, rest: Mapping[str, Any], hidden: Mapping[str, Any], outline: Outline) -> None:
        """`hidden` is what is compressed."""
        self._rest = rest
        self._content = zlib.compress(_text(hidden).encode(), _FASTEST)
        self._packed = frozenset(hidden)
        self.outline = outline
        self.bytes = len(self._content) + _OVERHEAD

    @property
    def digest(self) -> bytes:
        return self.outline.digest

    @property
    def size(self) -> int:
        return self.outline.size

    def __getitem__(self, key: str) -> Any:
        return self._unpacked()[key] if key in self._packed else self._rest[key]

    def __contains__(self, key: object) -> bool:
        return key in self._packed or key in self._rest

    def __iter__(self) -> Iterator[str]:
        yield from self._rest
        yield from self._packed

    def __len__(self) -> int:
        return len(self._rest) + len(self._packed)

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        return dict, (self.plain(),)

    def plain(self) -> dict[str, Any]:
        """All of it, unpacked once."""
        return {**self._rest, **self._unpacked()}

    def _unpacked(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(zlib.decompress(self._content))
        return found


def packed(one: RuleObject) -> Packed:
    """The spec of an object as the API server has it, which nests no deeper than can be written."""
    spec, weighed = one.spec, weigh(one)
    rest = {key: value for key, value in spec.items() if key not in DEFINING}
    if len(_text(rest)) > PLAIN:
        rest = {key: rest[key] for key in OUTLINED if key in rest and _short(rest[key])}
    hidden = {key: value for key, value in spec.items() if key not in rest}
    return Packed(rest, hidden, Outline(spec, weighed.digest, weighed.size))


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))


def _short(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and len(value) <= _LONGEST)
