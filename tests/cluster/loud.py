# SPDX-License-Identifier: Apache-2.0
"""A namespace that makes as many alerts as it can, and pods that all do something at once: manifests.

Rules tell by a word among the arguments, so that nothing else on the machine trips them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.cluster.images import BOX

EMERGENCIES = 60
PLATFORM = 3


def rule(name: str, word: str, priority: str) -> dict[str, Any]:
    return {
        "name": name,
        "desc": "made for a test",
        "condition": f'evt.type = execve and proc.args contains "{word}"',
        "output": "seen %proc.cmdline",
        "priority": priority,
    }


def tenant_rules(namespace: str) -> dict[str, Any]:
    """As many as a tenant likes, of the highest priority there is."""
    rules = [rule(f"Tenant {number}", f"tenant-{number}.", "EMERGENCY") for number in range(EMERGENCIES)]
    return _object("FalcoRule", "tenant", {"rules": rules}, namespace)


def platform_rules() -> dict[str, Any]:
    rules = [rule(f"Platform {number}", f"platform-{number}.", "CRITICAL") for number in range(PLATFORM)]
    return _object("ClusterFalcoRule", "platform", {"rules": rules})


def burst_rules(number: int) -> dict[str, Any]:
    rules = [rule(f"Burst {one}", f"burst-{one}.", "NOTICE") for one in range(number)]
    return _object("ClusterFalcoRule", "burst", {"rules": rules})


def pods(namespace: str, number: int, script: str, containers: int = 1) -> dict[str, Any]:
    """`app-0` and so on, each container with a shell that runs the script."""
    made = [_pod(namespace, f"app-{one}", script, containers) for one in range(number)]
    return {"apiVersion": "v1", "kind": "List", "items": made}


def tripping(words: Sequence[str], pause_s: float) -> str:
    """A program with each word among its arguments, again and again."""
    return f"while true; do for word in {' '.join(words)}; do /bin/true $word; sleep {pause_s}; done; done"


def once(prefix: str, number: int, pause_s: float) -> str:
    """After a pause, in which the container becomes known, a shell for each number, then rest. The words are
    not in the script itself, whose arguments a rule looks at too.
    """
    shells = (f"sh -c : $p-{one}." for one in range(number))
    return "; ".join((f"p={prefix}; sleep {pause_s}", *shells, "sleep 86400"))


def _object(kind: str, name: str, spec: dict[str, Any], namespace: str = "") -> dict[str, Any]:
    meta = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": "lanner.dev/v1alpha1", "kind": kind, "metadata": meta, "spec": spec}


def _pod(namespace: str, name: str, script: str, containers: int) -> dict[str, Any]:
    run = {"image": BOX, "imagePullPolicy": "Never", "command": ["sh", "-c", script]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": f"c{one}", **run} for one in range(containers)],
        },
    }
