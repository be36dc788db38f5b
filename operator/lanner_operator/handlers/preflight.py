# SPDX-License-Identifier: Apache-2.0
"""Before anything is watched: are the resource types there, and may we do what we have to?

kopf looks for resource types once, so they must be there before it starts. What is missing is said in one
message that names what to do; then this waits, since an operator that ends and is started again says the
same with less patience.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_engine.resources.rule_object import API_VERSION, GROUP
from lanner_operator.apiserver import permissions
from lanner_operator.apiserver.permissions import Permission
from lanner_operator.installation import Installation

PREFLIGHT_EVERY_S: Final = 5.0
KINDS: Final = ("clusterfalcorules", "falcorules", "falconodes")


async def passed(
    api: Api, installation: Installation, needed: Sequence[Permission], say: Callable[[str], None]
) -> None:
    """Returns when nothing is missing any more; each new reason is said once."""
    said = ""
    while problem := await missing(api, installation, needed):
        if problem != said:
            say(f"waiting: {problem}")
        said = problem
        await asyncio.sleep(PREFLIGHT_EVERY_S)
    if said:
        say("everything is there now")


async def missing(api: Api, installation: Installation, needed: Sequence[Permission]) -> str:
    """What is missing, in words; "" for nothing."""
    try:
        kinds = await _missing_kinds(api)
        if kinds:
            names = ", ".join(f"{kind}.{GROUP}" for kind in kinds)
            return (
                f"the API server does not know {names}: install the chart's resource definitions, "
                "with `kubectl apply --server-side -f charts/lanner/crds/`"
            )
        refused = await permissions.missing(api, installation, needed)
    except ApiError as error:
        return f"the API server cannot be asked: {error}"
    if refused:
        lines = "".join(f"\n  {line}" for line in refused)
        return f"the API server refuses this identity what the chart's operator roles grant:{lines}"
    return ""


async def _missing_kinds(api: Api) -> list[str]:
    try:
        found = await api.request("GET", f"/apis/{API_VERSION}")
    except ApiError as error:
        if not error.not_found:
            raise
        return list(KINDS)
    names = {resource.get("name") for resource in found.get("resources") or ()}
    return [kind for kind in KINDS if kind not in names]
