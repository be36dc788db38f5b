# SPDX-License-Identifier: Apache-2.0
"""The installation's own objects, watched in its namespace: the bundle's ConfigMaps, the agents' Leases, the
DaemonSet.

Not by kopf, which would watch them in the whole cluster, and spend a millisecond on each renewal of a Lease.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_apiserver.following import Following, Objects
from lanner_operator.apiserver.contacts import Contacts
from lanner_operator.handlers.view import ClusterView
from lanner_operator.installation import Installation
from lanner_operator.reconcile.dirty import Dirty


class OwnObjects:
    """`paths` are what is watched; `tasks` do it for ever, each with its part of the view."""

    def __init__(
        self, api: Api, installation: Installation, view: ClusterView, dirty: Dirty, contacts: Contacts
    ) -> None:
        self._api = api
        self._installation = installation
        self._view = view
        self._dirty = dirty
        self._contacts = contacts

    @property
    def paths(self) -> tuple[str, ...]:
        one = self._installation
        return one.config_maps, one.leases, one.daemon_sets

    def tasks(self) -> tuple[Coroutine[Any, Any, None], ...]:
        return self._bundles(), self._leases(), self._daemon_sets()

    async def _bundles(self) -> None:
        """Another writer's change of index or shards is to be undone."""
        one = self._installation
        async for objects in self._following(one.config_maps, {"labelSelector": one.bundle_selector}):
            self._view.config_maps = objects
            self._dirty.mark()

    async def _leases(self) -> None:
        """Renewals mark nothing: the roll is called every half minute. One that is deleted does: its agent
        may be waited for no longer. The dictionary is the same one each time.
        """
        known: frozenset[str] | None = None
        async for objects in self._following(self._installation.leases, {}):
            self._view.leases = objects
            if known is None or known - objects.keys():
                self._dirty.mark()
            known = frozenset(objects)

    async def _daemon_sets(self) -> None:
        query = {"fieldSelector": f"metadata.name={self._installation.daemon_set}"}
        async for objects in self._following(self._installation.daemon_sets, query):
            self._view.daemon_sets = objects
            self._dirty.mark()

    def _following(self, path: str, query: Mapping[str, str]) -> AsyncIterator[Objects]:
        def health(error: ApiError | None) -> None:
            if error is None:
                self._contacts.well(path)
            else:
                self._contacts.ill(path, error)
            if path == self._installation.leases:
                self._view.hearing.note(error)

        return Following(self._api, path, query, health).states()
