# SPDX-License-Identifier: Apache-2.0
"""The specs that are held: of a set of objects no more than the judge reads, however many there are.

In: each object as the watch tells of it, whose spec is held while there is room. Before each judgement what
is not going to be read is let go, and what is and is not held is listed anew. So there is a bound, for a
namespace and for all of them; an object beyond it takes what its outline takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lanner_apiserver.client import Api
from lanner_apiserver.errors import CONFLICT, ApiError
from lanner_engine.objects.limits import ALL_NAMESPACES, limits_of
from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.reconcile import packed, rule_objects
from lanner_operator.reconcile.packed import Outline, Packed
from lanner_operator.status import send

AT_ONCE: Final = 8
LISTING_S: Final = 30.0


@dataclass(slots=True)
class _Taken:
    """Of one namespace: what the texts of the specs that are held come to, and how many they are."""

    characters: int = 0
    objects: int = 0


class Specs:
    """Filled by handlers, asked by the task that reconciles; who stands by only says what is kept."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._held: dict[str, tuple[RuleObject, Packed]] = {}  # by uid; the object with its outline
        self._taken: dict[str, _Taken] = {}  # by namespace; "" is the cluster's, of which no tenant can take
        self._everybodys = 0  # characters of all namespaces

    @property
    def bytes(self) -> int:
        """What all that is held takes."""
        return sum(made.bytes for _, made in self._held.values())

    def take(self, one: RuleObject) -> RuleObject:
        """The object with an outline; its spec is held where there is room."""
        known = self._of(one)
        if known is not None:
            return replace(one, spec=known.outline)
        self._let_go(one.uid)
        made = packed.packed(one)
        outlined = replace(one, spec=made.outline)
        if self._has_room(one.namespace, made.size):
            self._hold(outlined, made)
        return outlined

    async def filled(self, objects: Sequence[RuleObject], read: Container[str]) -> tuple[RuleObject, ...]:
        """The same objects; those whose keys are in `read` with their specs. One that was changed meanwhile
        keeps its outline: its next version is on its way. For one of the cluster's that is an ApiError, as
        it is for a request that fails: all others depend on these.
        """
        wanted = {one.uid for one in objects if one.key in read}
        self.keep(wanted)
        room = asyncio.Semaphore(AT_ONCE)
        outlined = (one for one in objects if isinstance(one.spec, Outline) and one.uid in wanted)
        missing = (one for one in outlined if self._of(one) is None)
        for problem in await asyncio.gather(*(self._listed(one, room) for one in missing)):
            if problem is not None:
                raise problem
        return tuple(self._with_spec(one) for one in objects)

    def keep(self, uids: Container[str]) -> None:
        """The specs of all other objects are let go."""
        for uid in [uid for uid in self._held if uid not in uids]:
            self._let_go(uid)

    async def _listed(self, one: RuleObject, room: asyncio.Semaphore) -> ApiError | None:
        """Listed by its name, which needs no other right than the watch."""
        path, query = send.path(one).rpartition("/")[0], {"fieldSelector": f"metadata.name={one.name}"}
        try:
            async with room:
                page = await self._api.request("GET", path, query=query, timeout_s=LISTING_S)
        except ApiError as error:
            return error
        for item in page.get("items") or ():
            found = rule_objects.read(one.kind, item).object
            if (found.uid, found.generation) == (one.uid, one.generation):
                made = packed.packed(found)
                self._hold(replace(one, spec=made.outline), made)
        late = not one.namespace and self._of(one) is None
        return (
            ApiError(CONFLICT, "Conflict", f"{one.name} changes at this moment", None, path) if late else None
        )

    def _with_spec(self, one: RuleObject) -> RuleObject:
        made = self._of(one)
        return one if made is None else replace(one, spec=made)

    def _of(self, one: RuleObject) -> Packed | None:
        """The spec of this version."""
        known = self._held.get(one.uid)
        return known[1] if known is not None and known[0].generation == one.generation else None

    def _has_room(self, namespace: str, size: int) -> bool:
        most, taken = limits_of(namespace), self._taken.get(namespace, _Taken())
        if taken.characters + size > most.characters or taken.objects >= most.objects:
            return False
        return not namespace or self._everybodys + size <= ALL_NAMESPACES

    def _hold(self, outlined: RuleObject, made: Packed) -> None:
        self._let_go(outlined.uid)
        self._held[outlined.uid] = outlined, made
        self._count(outlined.namespace, made.size, 1)

    def _let_go(self, uid: str) -> None:
        if uid not in self._held:
            return
        one, made = self._held.pop(uid)
        self._count(one.namespace, -made.size, -1)

    def _count(self, namespace: str, characters: int, objects: int) -> None:
        taken = self._taken.setdefault(namespace, _Taken())
        taken.characters += characters
        taken.objects += objects
        self._everybodys += characters if namespace else 0
        if not taken.objects:
            del self._taken[namespace]
