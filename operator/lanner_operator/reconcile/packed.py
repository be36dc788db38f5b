# SPDX-License-Identifier: Apache-2.0
"""The spec of a rule object as it is held: what defines rules, lists and macros is compressed text.

As Python objects a spec takes nine times its text: all objects of a namespace are held, also large ones that
are never read. Packed it takes less than its text. What else stands in a spec (mode, load order, selectors)
is asked in each round and stays as it is.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lanner_engine.resources.rule_object import DEFINING

SMALL: Final = 4_096  # characters of a spec that stays as it is
_FASTEST: Final = 1


def packed(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same, held in less memory; what is small stays as it is."""
    defining = {key: value for key, value in spec.items() if key in DEFINING}
    try:
        text = json.dumps(defining, separators=(",", ":"))
    except RecursionError:  # too deep to be written, and to be accepted
        return spec
    if len(text) <= SMALL:
        return spec
    rest = {key: value for key, value in spec.items() if key not in DEFINING}
    return Packed(rest, zlib.compress(text.encode(), _FASTEST), frozenset(defining))


class Packed(Mapping[str, Any]):
    """What is compressed is unpacked when it is asked for, and not kept. Another process gets it plain."""

    __slots__ = ("_content", "_defining", "_rest")

    def __init__(self, rest: Mapping[str, Any], content: bytes, defining: frozenset[str]) -> None:
        self._rest = rest
        self._content = content
        self._defining = defining

    def __getitem__(self, key: str) -> Any:
        return self._unpacked()[key] if key in self._defining else self._rest[key]

    def __contains__(self, key: object) -> bool:
        return key in self._defining or key in self._rest

    def __iter__(self) -> Iterator[str]:
        yield from self._rest
        yield from self._defining

    def __len__(self) -> int:
        return len(self._rest) + len(self._defining)

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        return dict, (self.plain(),)

    def plain(self) -> dict[str, Any]:
        """All of it, unpacked once."""
        return {**self._rest, **self._unpacked()}

    def _unpacked(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(zlib.decompress(self._content))
        return found
