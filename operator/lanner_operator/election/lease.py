# SPDX-License-Identifier: Apache-2.0
"""The Lease by which operators agree on one that writes, as the API server has it. Pure.

The times in it are for people. No operator compares them with its own clock: a Lease has lapsed when it was
seen unchanged for as long as it is good for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lanner_operator.installation import COMPONENT_LABEL, INSTANCE_LABEL, Installation

LIFE_S: Final = 15  # without a renewal, then another one may take it
LONGEST: Final = 253  # characters of a name that is shown
MOST_LIFE_S: Final = 60  # of one that says more


@dataclass(frozen=True, slots=True)
class Seen:
    """`holder` "" where it was given up; `mark` is another after each renewal; `version` the object's."""

    holder: str
    mark: tuple[str, str]
    life_s: float
    version: str


def read(found: Mapping[str, Any]) -> Seen:
    """What stands in it; a field of another type counts as absent."""
    spec = found.get("spec") or {}
    holder = str(spec.get("holderIdentity") or "")[:LONGEST]
    said = spec.get("leaseDurationSeconds")
    life_s = said if isinstance(said, int) else LIFE_S
    mark = (holder, str(spec.get("renewTime")))
    return Seen(
        holder, mark, min(max(life_s, LIFE_S), MOST_LIFE_S), str(found["metadata"]["resourceVersion"])
    )


def held(
    installation: Installation,
    identity: str,
    before: Mapping[str, Any] | None,
    now: str,
    owner: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The object as `identity` holds it from `now` on (RFC 3339 with microseconds); `before` as it is. It
    goes with its owner.
    """
    old = (before or {}).get("spec") or {}
    mine = old.get("holderIdentity") == identity
    changes = old.get("leaseTransitions")
    number = changes if isinstance(changes, int) else 0
    spec = {
        "holderIdentity": identity,
        "leaseDurationSeconds": LIFE_S,
        "acquireTime": old.get("acquireTime") or now if mine else now,
        "renewTime": now,
        "leaseTransitions": number if mine or before is None else number + 1,
    }
    return _object(installation, before, spec, [dict(owner)] if owner else [])


def given_up(installation: Installation, before: Mapping[str, Any], now: str) -> dict[str, Any]:
    """The object as it is for the next one to take at once."""
    spec = {**(before.get("spec") or {}), "holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": now}
    return _object(installation, before, spec, before["metadata"].get("ownerReferences") or [])


def _object(
    installation: Installation,
    before: Mapping[str, Any] | None,
    spec: Mapping[str, Any],
    owners: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """With the version that it replaces: the API server refuses it where another one was quicker."""
    meta: dict[str, Any] = {"name": installation.operator_lease, "namespace": installation.namespace}
    meta["labels"] = {COMPONENT_LABEL: "operator", INSTANCE_LABEL: installation.name}
    if owners:
        meta["ownerReferences"] = list(owners)
    if before is not None:
        meta["resourceVersion"] = before["metadata"]["resourceVersion"]
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": meta, "spec": dict(spec)}
