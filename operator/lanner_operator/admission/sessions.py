# SPDX-License-Identifier: Apache-2.0
"""A question of the API server about pods/exec, pods/attach or pods/ephemeralcontainers -> a notice for the
agent of the pod's node. Always allowed: this tells who enters a pod, and guards nothing.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final
from urllib.parse import quote

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_engine.resources import exec_notice
from lanner_engine.resources.exec_notice import ExecNotice
from lanner_operator.admission import outbox
from lanner_operator.admission.outbox import Outbox
from lanner_operator.admission.review import ReviewError

OUTCOMES: Final = ("told", "dry_run", "no_pod", "no_container", "no_key", "crowded", "busy", "failed", "late")
TELLING_S: Final = 1.5  # less than the 2 s for which the API server waits
AT_ONCE: Final = 32  # sessions that are being told
OF_NAMESPACE: Final = 8  # of these
_VERBS: Final = {
    "exec": exec_notice.EXEC,
    "attach": exec_notice.ATTACH,
    "ephemeralcontainers": exec_notice.DEBUG,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """`request` is that of the AdmissionReview, of which the parts named here were looked at."""

    uid: str
    verb: str
    namespace: str
    pod: str
    request: Mapping[str, Any]


def read(body: bytes) -> Asked:
    """Raises ReviewError."""
    try:
        request = json.loads(body)["request"]
        resource = request["resource"]["resource"]
        verb = _VERBS.get(request.get("subResource"))
        if resource != "pods" or verb is None:
            raise ReviewError("this webhook is about pods/exec, pods/attach and pods/ephemeralcontainers")
        dict(request["userInfo"]), dict(request["object"])
        return Asked(str(request["uid"]), verb, str(request["namespace"]), str(request["name"]), request)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ReviewError(f"this is no AdmissionReview: {type(error).__name__}") from None


class Sessions:
    """`counts` are sessions by outcome."""

    def __init__(self, api: Api, out: Outbox, counts: Counter[str]) -> None:
        self._api = api
        self._outbox = out
        self._counts = counts
        self._telling: Counter[str] = Counter()  # by namespace

    async def tell(self, asked: Asked) -> None:
        """Returns when the node's agent can know of it, or when that takes too long. Never raises for what
        the question holds.
        """
        own, telling = asked.namespace, self._telling
        if telling[own] >= OF_NAMESPACE or telling.total() >= AT_ONCE:
            self._counts["busy"] += 1
            return
        telling[own] += 1
        try:
            async with asyncio.timeout(TELLING_S):
                outcome = await self._told(asked)
        except TimeoutError:
            outcome = "late"
        except ApiError:
            outcome = "failed"
        except (ValueError, LookupError, TypeError, AttributeError):
            outcome = "no_container"
        finally:
            telling[own] -= 1
            if not telling[own]:
                del telling[own]
        self._counts[outcome] += 1

    async def _told(self, asked: Asked) -> str:
        if asked.request.get("dryRun"):
            return "dry_run"
        pod = await self._pod(asked)
        node = str(((pod or {}).get("spec") or {}).get("nodeName") or "")
        if pod is None or not node:
            return "no_pod"
        notices = list(islice(_notices(asked, pod), outbox.OF_NAMESPACE + 1))
        if not notices:
            return "no_container"
        outcome = await self._outbox.put(node, asked.namespace, notices[: outbox.OF_NAMESPACE])
        return "crowded" if len(notices) > outbox.OF_NAMESPACE else outcome

    async def _pod(self, asked: Asked) -> dict[str, Any] | None:
        """A new ephemeral container comes with the whole pod; of a session its options come alone."""
        if asked.verb == exec_notice.DEBUG:
            return dict(asked.request["object"])
        where = f"/api/v1/namespaces/{quote(asked.namespace, safe='')}/pods/{quote(asked.pod, safe='')}"
        try:
            return dict(await self._api.request("GET", where, timeout_s=TELLING_S))
        except ApiError as error:
            if error.not_found:
                return None
            raise


def _notices(asked: Asked, pod: Mapping[str, Any]) -> Iterator[ExecNotice]:
    """One for each container that is entered or made. A name that no container has is no notice's, so that
    who makes names up leaves no more of them than there are containers.
    """
    given = asked.request["object"]
    if asked.verb != exec_notice.DEBUG:
        name = str(given.get("container") or _only(pod))
        for one in _containers(pod):
            if one["name"] == name:
                yield _notice(asked, pod, asked.uid, one, given)
        return
    there = {one["name"] for one in _ephemeral(asked.request.get("oldObject") or {})}
    for number, one in enumerate(_ephemeral(given)):
        if one["name"] not in there:
            yield _notice(asked, pod, f"{asked.uid}.{number}", one, one)


def _only(pod: Mapping[str, Any]) -> str:
    """What the API server takes where a session names no container."""
    found = pod["spec"]["containers"]
    return str(found[0]["name"]) if len(found) == 1 else ""


def _containers(pod: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    spec = pod["spec"]
    return chain(spec["containers"], spec.get("initContainers") or (), _ephemeral(pod))


def _ephemeral(pod: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list((pod.get("spec") or {}).get("ephemeralContainers") or ())


def _notice(
    asked: Asked, pod: Mapping[str, Any], id: str, container: Mapping[str, Any], given: Mapping[str, Any]
) -> ExecNotice:
    """Who attaches has what the container was made with: no user types into one without standard input."""
    who = asked.request["userInfo"]
    attach = asked.verb == exec_notice.ATTACH
    return exec_notice.notice(
        id=id,
        verb=asked.verb,
        pod_uid=str(pod["metadata"]["uid"]),
        container=str(container["name"]),
        user=str(who.get("username") or ""),
        groups=[str(one) for one in who.get("groups") or ()],
        command=[str(one) for one in (*(given.get("command") or ()), *(given.get("args") or ()))],
        stdin=bool(given.get("stdin")) and bool(container.get("stdin") or not attach),
        tty=bool((container if attach else given).get("tty")),
        at=time.time_ns(),
    )
