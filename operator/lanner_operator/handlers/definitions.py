# SPDX-License-Identifier: Apache-2.0
"""Are the resource definitions as new as this operator? Helm never changes them once they are there.

The API server drops what a definition does not know, without a word to who wrote it. So the schema that it
serves is compared with the one that this version has: by names of fields, since all else it refuses aloud.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_engine.resources import crds
from lanner_engine.resources.rule_object import API_VERSION

OPENAPI: Final = f"/openapi/v3/apis/{API_VERSION}"  # every account may read it
SHOWN: Final = 5
COMMAND: Final = "kubectl apply --server-side --force-conflicts -f charts/lanner/crds"


async def outdated(api: Api) -> str:
    """What to say of definitions that are older than this version; "" when none is, or it is not known."""
    try:
        found = await api.request("GET", OPENAPI)
    except ApiError:
        return ""
    lacking = list(_lacking((found.get("components") or {}).get("schemas") or {}))
    if not lacking:
        return ""
    return (
        "the resource definitions are older than this operator, and what is written there is lost: they have"
        f" no {listed(lacking)}; `{COMMAND}` brings the new ones"
    )


def listed(paths: Sequence[str]) -> str:
    """The first of them, and how many more."""
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return ", ".join(paths[:SHOWN]) + more


def _lacking(served: Mapping[str, Any]) -> Iterator[str]:
    """Fields by kind and path. A kind that is not served is waited for elsewhere."""
    kinds = {kind: schema for schema in served.values() for kind in _kinds(schema)}
    for resource in crds.RESOURCES:
        (version,) = crds.definition(resource)["spec"]["versions"]
        if resource.kind in kinds:
            wanted = version["schema"]["openAPIV3Schema"]
            yield from absent(wanted, kinds[resource.kind], resource.kind)


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    return [str(one.get("kind")) for one in schema.get("x-kubernetes-group-version-kind") or ()]


def absent(wanted: Mapping[str, Any], served: Mapping[str, Any], path: str) -> Iterator[str]:
    """Fields of `wanted`, a schema of what is at `path`, that `served` does not have."""
    known = served.get("properties") or {}
    for name, schema in (wanted.get("properties") or {}).items():
        if name in known:
            yield from absent(schema, known[name], f"{path}.{name}")
        else:
            yield f"{path}.{name}"
    if isinstance(served.get("items"), Mapping):
        yield from absent(wanted.get("items") or {}, served["items"], f"{path}[]")
