# SPDX-License-Identifier: Apache-2.0
"""The status of a rule object when Lanner is uninstalled -> the patch after which it claims no node. Pure.

Rules outlive an uninstall. Whether they are accepted stays true; that they are in force does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lanner_operator.status import conditions
from lanner_operator.status.conditions import Said

REASON: Final = "Uninstalled"
_NO_NODES: Final = {"desired": 0, "loaded": 0, "skipped": 0, "failed": 0, "pending": 0}
_GONE: Final = ("bundle", "failures")


def patch(status: Mapping[str, Any], uid: str, now: str) -> dict[str, Any] | None:
    """A merge patch of the status of the object with this uid; None where there is nothing to take back."""
    known = [one for one in status.get("conditions") or () if isinstance(one, Mapping)]
    programmed = next((one for one in known if one.get("type") == conditions.PROGRAMMED), None)
    if programmed is None or programmed.get("reason") == REASON:
        return None
    made = {
        "conditions": [_unknown(one, now) if _claims(one) else dict(one) for one in known],
        "nodes": _NO_NODES,
        "summary": "0/0",
        **{key: None for key in _GONE if key in status},
    }
    return {"metadata": {"uid": uid}, "status": made}


def _claims(one: Mapping[str, Any]) -> bool:
    """Whether it says that nodes have the rules. What is said of a spec with errors stays true."""
    kind = one.get("type")
    return kind == conditions.PROGRAMMED or (kind == conditions.READY and one.get("status") != "False")


def _unknown(before: Mapping[str, Any], now: str) -> dict[str, Any]:
    generation = before.get("observedGeneration")
    message = "Lanner was uninstalled: no node has an agent"
    said = Said("Unknown", REASON, message, generation if isinstance(generation, int) else 0)
    return conditions.dated({str(before["type"]): said}, [before], now)[0]
