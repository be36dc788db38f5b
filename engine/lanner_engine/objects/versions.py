# SPDX-License-Identifier: Apache-2.0
"""Versions of API objects, each read once: its shape and its nodes.

Every object has one, and so has every previous version; some are applied more than once. Small ones that the
last check read are kept for the next one, so that an edit costs the edited object; what is large is read
again, since its nodes cost fifty times its text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lanner_engine import steps
from lanner_engine.documents import object_spec
from lanner_engine.documents.object_spec import ObjectSpec
from lanner_engine.objects.memory import Memory
from lanner_engine.objects.spec_check import TOO_LARGE, about, check_spec
from lanner_engine.resources.rule_object import RuleObject
from lanner_engine.source import Diagnostic

SMALL: Final = 4_096  # characters of a spec whose nodes are kept


@dataclass(frozen=True, slots=True)
class Version:
    """One version. `faults` is what is wrong with its shape; there is a `spec` only without faults.

    Versions are equal when the same object has the same content.
    """

    object: RuleObject
    digest: bytes
    faults: tuple[Diagnostic, ...] = field(compare=False, repr=False)
    spec: ObjectSpec | None = field(compare=False, repr=False)

    @property
    def key(self) -> str:
        return self.object.key


@dataclass(frozen=True, slots=True)
class Weighed:
    """A version that was not read yet: `size` is what reading it costs, in characters."""

    object: RuleObject
    digest: bytes
    size: int


Fingerprint = tuple[str, str, int, bytes]


def fingerprint(one: Weighed) -> Fingerprint:
    """What names a version, without holding it."""
    return one.object.key, one.object.uid, one.object.generation, one.digest


def weigh(one: RuleObject) -> Weighed:
    """The version of an object; what is no JSON, or nests too deep to be written, weighs nothing."""
    try:
        written = json.dumps(one.spec, sort_keys=True, separators=(",", ":"), default=dict).encode()
    except (TypeError, ValueError, RecursionError):
        written = b""
    return Weighed(one, hashlib.sha256(written).digest(), len(written))


class Versions:
    """Reads versions; small ones once as long as they are asked for in every check."""

    def __init__(self) -> None:
        self._memory: Memory[Fingerprint, Version] = Memory()

    def read(self, weighed: Weighed) -> Version:
        if weighed.size > SMALL:
            return _read(weighed)
        return self._memory.get(fingerprint(weighed), lambda: _read(weighed))

    def forget(self) -> None:
        self._memory.forget()


def too_large(weighed: Weighed, message: str) -> Version:
    """The version, refused for its size or for what all objects hold together; it is not read."""
    hint = "delete objects, or make lists shorter"
    fault = about(weighed.object, message, hint=hint, reason=TOO_LARGE)
    return Version(weighed.object, b"", (fault,), None)


def _values(spec: object) -> int:
    """How many values and keys there are; it is JSON, so that it ends."""
    found = 0
    waiting = [spec]
    while waiting:
        one = waiting.pop()
        inner = one.values() if isinstance(one, Mapping) else one if isinstance(one, list | tuple) else ()
        waiting.extend(inner)
        found += 1 + len(inner)
    return found


def _read(weighed: Weighed) -> Version:
    one = weighed.object
    if not weighed.size:
        return Version(one, weighed.digest, (about(one, "the spec is no JSON"),), None)
    values = _values(one.spec)
    if values * steps.VALUE > steps.OBJECT:
        most = steps.OBJECT // steps.VALUE
        return too_large(weighed, f"too much: the spec holds {values:,} values, one object may hold {most:,}")
    faults = check_spec(one)
    return Version(one, weighed.digest, faults, None if faults else object_spec.read(one))
