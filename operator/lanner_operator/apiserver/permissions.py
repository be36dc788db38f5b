# SPDX-License-Identifier: Apache-2.0
"""Everything the operator asks the API server for, and the question whether it may.

In: an Api and the installation. Out: the permissions that are missing. The chart's roles grant these and no
others, which a test compares. Asked before the first watch, so that what is missing is said at once and in
the words of a role.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lanner_apiserver.client import Api
from lanner_engine.resources.rule_object import GROUP
from lanner_operator.installation import Installation

REVIEW: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@dataclass(frozen=True, slots=True)
class Permission:
    """Verbs on one resource; in the install namespace only when `own`, on one object only when it has a
    name.
    """

    group: str
    resource: str
    verbs: tuple[str, ...]
    own: bool = False
    name: str = ""

    def __str__(self) -> str:
        what = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{', '.join(self.verbs)} on {what}{f' named {self.name}' if self.name else ''}"


def needed(installation: Installation, *, taints: bool = False) -> tuple[Permission, ...]:
    """Without the Deployment's the bundle has no owner and all else works: it is not here. `taints`: those of
    nodes are removed.
    """
    return (
        *((Permission("", "nodes", ("get", "patch")),) if taints else ()),
        Permission(GROUP, "falcorules", ("list", "watch", "delete")),
        Permission(GROUP, "clusterfalcorules", ("list", "watch", "delete")),
        Permission(GROUP, "falconodes", ("list", "watch", "delete")),
        Permission(GROUP, "falconodes/status", ("patch",)),
        Permission(GROUP, "falcorules/status", ("patch",)),
        Permission(GROUP, "clusterfalcorules/status", ("patch",)),
        Permission("", "configmaps", ("get", "list", "watch", "create", "patch", "delete"), own=True),
        Permission("coordination.k8s.io", "leases", ("list", "watch"), own=True),
        Permission("coordination.k8s.io", "leases", ("create",), own=True),
        Permission(
            "coordination.k8s.io", "leases", ("get", "update"), own=True, name=installation.operator_lease
        ),
        Permission("apps", "daemonsets", ("list", "watch"), own=True, name=installation.daemon_set),
        Permission("", "events", ("list",), own=True),
    )


def for_admission(installation: Installation) -> tuple[Permission, ...]:
    """What the webhook needs. Without it all else works."""
    name = installation.admission
    webhooks = ("admissionregistration.k8s.io", "validatingwebhookconfigurations")
    return (
        Permission(*webhooks, ("get", "patch"), name=name),
        Permission("", "secrets", ("get", "patch"), own=True, name=name),
    )


def for_exec() -> tuple[Permission, ...]:
    """What telling agents who enters pods needs besides. Without it all else works."""
    return (Permission("", "pods", ("get",)),)


def for_page() -> tuple[Permission, ...]:
    """What letting people in takes besides. Without it all else works."""
    return (Permission("authentication.k8s.io", "tokenreviews", ("create",)),)


def for_reports(installation: Installation) -> tuple[Permission, ...]:
    """What writing Reports takes besides, which all have one name. Without it all else works."""
    name = installation.name
    verbs = ("list", "create", "patch", "delete")
    return (
        Permission("openreports.io", "reports", verbs, name=name),
        Permission("openreports.io", "clusterreports", verbs, name=name),
        Permission("", "namespaces", ("get",)),
        Permission("rbac.authorization.k8s.io", "clusterroles", ("get",), name=installation.reports_role),
    )


def hint(path: str) -> str:
    """What to look at when `path` was refused."""
    role = "Role" if "/namespaces/" in path else "ClusterRole"
    return f"; the chart's {role} of the operator grants it: is it there, and bound to this identity?"


async def missing(api: Api, installation: Installation, needed: Iterable[Permission]) -> list[str]:
    """What of `needed` the API server would refuse, a line each. Raises ApiError."""
    wanted = tuple(needed)
    asked = [one for permission in wanted for one in _single(permission)]
    answers = await asyncio.gather(*(_allowed(api, installation, one) for one in asked))
    refused = [one for one, allowed in zip(asked, answers, strict=True) if not allowed]
    return list(_lines(refused, wanted, installation))


def _single(permission: Permission) -> Iterator[Permission]:
    for verb in permission.verbs:
        yield Permission(permission.group, permission.resource, (verb,), permission.own, permission.name)


async def _allowed(api: Api, installation: Installation, asked: Permission) -> bool:
    resource, _, subresource = asked.resource.partition("/")
    attributes = {"group": asked.group, "resource": resource, "verb": asked.verbs[0], "name": asked.name}
    attributes |= {"subresource": subresource, "namespace": installation.namespace if asked.own else ""}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    answer = await api.request("POST", REVIEW, body={**review, "spec": {"resourceAttributes": attributes}})
    return bool(answer.get("status", {}).get("allowed"))


def _lines(
    refused: list[Permission], needed: Iterable[Permission], installation: Installation
) -> Iterator[str]:
    """Verbs of one resource on one line again."""
    for permission in needed:
        verbs = tuple(verb for one in _single(permission) if one in refused for verb in one.verbs)
        if verbs:
            shown = Permission(permission.group, permission.resource, verbs, permission.own, permission.name)
            where = f"in namespace {installation.namespace}" if permission.own else "in the whole cluster"
            yield f"{shown} {where}"
