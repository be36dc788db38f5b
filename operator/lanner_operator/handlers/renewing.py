# SPDX-License-Identifier: Apache-2.0
"""`lanner-operator definitions`: the resource definitions become those of this version, before an upgrade
begins. Helm installs them once and never changes them.

Run by the chart's pre-upgrade hook, with rights of its own on these three objects. A definition that has
fields that this version does not know stays, since with them would go what people wrote there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_engine.resources import crds
from lanner_engine.resources.crds import Resource
from lanner_engine.source import LannerError
from lanner_operator.handlers import definitions

DEFINITIONS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
APPLY: Final = "application/apply-patch+yaml"  # JSON is YAML
OWNER: Final = {"fieldManager": "lanner", "force": "true"}  # instead of Helm's, which never comes back
SERVED_S: Final = 20.0  # until the API server goes by what it was given
LOOK_S: Final = 0.5


class OutdatedError(LannerError):
    """Definitions that are not as they have to be; the message is a sentence."""


async def run(api: Api, say: Callable[[str], None]) -> None:
    """Each is as new as this version, or newer. Where there is none at all, nothing is upgraded: to Argo CD
    an installation is an upgrade, and they come after this. Raises OutdatedError, ApiError.
    """
    found = [(resource, await _found(api, resource)) for resource in crds.RESOURCES]
    if all(one is None for _, one in found):
        say("there are no definitions of Lanner yet: the installation brings them")
        return
    renewed = [await _renew(api, resource, one, say) for resource, one in found]
    await _served(api, SERVED_S if all(renewed) else 0.0)


async def _found(api: Api, resource: Resource) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = await api.request("GET", f"{DEFINITIONS}/{resource.name}")
    except ApiError as error:
        if error.not_found:
            return None
        raise
    return found


async def _renew(
    api: Api, resource: Resource, found: Mapping[str, Any] | None, say: Callable[[str], None]
) -> bool:
    """Whether it is this version's now."""
    if found is None:
        raise OutdatedError(f"there is no {resource.name}; `{definitions.COMMAND}` brings it")
    wanted = crds.definition(resource)
    newer = list(_further(found, wanted))
    if newer:
        names = definitions.listed(newer)
        say(f"{resource.name} stays: it is of a newer version, with {names}")
        return False
    path = f"{DEFINITIONS}/{resource.name}"
    after = await api.request("PATCH", path, body=wanted, query=OWNER, content_type=APPLY)
    same = after["metadata"]["generation"] == found["metadata"]["generation"]
    say(f"{resource.name} is as it should be" if same else f"{resource.name} is renewed")
    return True


def _further(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    """Versions and fields that it has beyond the wanted one, by path."""
    known = {one["name"]: one for one in wanted["spec"]["versions"]}
    for version in found["spec"]["versions"]:
        if version["name"] not in known:
            yield version["name"]
            continue
        its, ours = (one["schema"]["openAPIV3Schema"] for one in (version, known[version["name"]]))
        yield from definitions.absent(its, ours, wanted["spec"]["names"]["kind"])


async def _served(api: Api, patience_s: float) -> None:
    """Who writes after this is not told of fields that the API server drops."""
    until = time.monotonic() + patience_s
    while lacking := await definitions.outdated(api):
        if time.monotonic() >= until:
            raise OutdatedError(lacking)
        await asyncio.sleep(LOOK_S)
