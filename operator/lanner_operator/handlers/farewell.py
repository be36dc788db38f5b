# SPDX-License-Identifier: Apache-2.0
"""`lanner-operator farewell`: before an uninstall, no rule claims any more that a node has it.

Run by the chart's pre-delete hook, with rights of its own. The operator is stopped first, which would write
what is still true for a moment; then every status is looked at until none is wrong for some seconds, because
an operator that is told to stop may finish a round. A failure is said, and holds no uninstall up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Final

from lanner_apiserver.client import MERGE, Api
from lanner_apiserver.errors import ApiError
from lanner_engine.resources.rule_object import CLUSTER_RULE, NAMESPACED_RULE, RuleObject
from lanner_operator import installation as paths
from lanner_operator.installation import Installation
from lanner_operator.reconcile import rule_objects
from lanner_operator.reconcile.observed import WatchedRule
from lanner_operator.status import conditions, farewell, send

MAX_DURATION_S: Final = 40.0
STOPPED_EVERY_S: Final = 1.0
QUIET: Final = 3  # looks in a row with nothing to write
PAGE: Final = "25"  # with their specs, which may have 128 KiB each
KINDS: Final = ((paths.CLUSTER_RULES, CLUSTER_RULE), (paths.RULES, NAMESPACED_RULE))


async def run(api: Api, installation: Installation, say: Callable[[str], None]) -> None:
    """Returns when it is done, or when it has taken too long; the uninstall goes on in any case."""
    try:
        async with asyncio.timeout(MAX_DURATION_S):
            await _stop(api, installation)
            count = await _until_quiet(api)
            say(f"{count} rule objects say that no node has them any more")
    except TimeoutError:
        say(f"rules may say that nodes have them: not all was written within {MAX_DURATION_S:.0f} s")
    except ApiError as error:
        say(f"rules may say that nodes have them: {error.path}: {error}")
    except Exception as error:
        say(f"rules may say that nodes have them: internal error: {type(error).__name__}: {error}")


async def _stop(api: Api, installation: Installation) -> None:
    body = {"spec": {"replicas": 0}}
    try:
        await api.request("PATCH", f"{installation.deployment}/scale", body=body, content_type=MERGE)
    except ApiError as error:
        if not error.not_found:
            raise


async def _until_quiet(api: Api) -> int:
    told, quiet = set[str](), 0
    while True:
        written = await _round(api)
        told |= written
        quiet = 0 if written else quiet + 1
        if quiet == QUIET:
            return len(told)
        await asyncio.sleep(STOPPED_EVERY_S)


async def _round(api: Api) -> set[str]:
    """The keys of the objects that were written. Raises the first ApiError when all were tried."""
    told, problem = set[str](), None
    for path, kind in KINDS:
        async for rules in _pages(api, path, kind):
            patches = _patches(rules)
            try:
                await send.rules(api, patches)
            except ApiError as error:
                problem = problem or error
            told |= {one.key for one, _ in patches}
    if problem is not None:
        raise problem
    return told


def _patches(rules: Iterable[WatchedRule]) -> list[tuple[RuleObject, dict[str, Any]]]:
    made = [
        (rule.object, farewell.patch(rule.status, rule.object.uid, conditions.timestamp())) for rule in rules
    ]
    return [(one, body) for one, body in made if body is not None]


async def _pages(api: Api, path: str, kind: str) -> AsyncIterator[list[WatchedRule]]:
    """One is in memory at a time."""
    query = {"limit": PAGE}
    while True:
        page = await api.request("GET", path, query=query, timeout_s=30.0)
        yield [rule_objects.read(kind, item) for item in page.get("items") or ()]
        further = (page.get("metadata") or {}).get("continue")
        if not further:
            return
        query = {"limit": PAGE, "continue": further}
