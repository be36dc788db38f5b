# SPDX-License-Identifier: Apache-2.0
"""What is known in the agent -> the status of its FalcoNode. Pure but for asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from lanner_agent.policy.bundle.loaded import Loaded

FAILURES: Final = 64
SKIPPED: Final = 1_000  # more ClusterFalcoRules than there may be
# Only these say which rules are in force on a node; they hold nothing that others wrote.
ACKNOWLEDGEMENT: Final = ("bundle", "conditions", "skipped", "agent")
_REFUSAL: Final = 500


class Told(Protocol):
    """The part of a condition board that is asked here."""

    def conditions(self) -> list[dict[str, Any]]: ...


def status(board: Told, agent: Mapping[str, str], loaded: Loaded | None, since: str) -> dict[str, Any]:
    """`since`: when `loaded` came into force. A built-in set of rules is no bundle."""
    refused = loaded.refused[:FAILURES] if loaded else ()
    return {
        "bundle": _bundle(loaded, since),
        "conditions": board.conditions(),
        "failures": [
            {"rule": one.rule, "reason": one.reason, "message": one.message[:1024]} for one in refused
        ],
        "skipped": sorted(loaded.skipped)[:SKIPPED] if loaded else [],
        "agent": dict(agent),
    }


def _bundle(loaded: Loaded | None, since: str) -> dict[str, Any] | None:
    index = loaded.index if loaded else None
    if index is None:
        return None
    return {
        "name": index.name,
        "revision": index.revision,
        "sha256": index.bundleSha256,
        "loadedAt": since,
    }


def acknowledgement(whole: Mapping[str, Any], refusal: str) -> dict[str, Any]:
    """The part of a status to be written when the API server refuses the whole: which rules are in force,
    and the conditions, of which Ready tells what is missing and why.
    """
    words = f"failures and counters are left out, the API server refused them: {refusal[:_REFUSAL]}"
    conditions = [
        {**one, "message": f"{one['message']}; {words}"} if one["type"] == "Ready" else one
        for one in whole["conditions"]
    ]
    return {key: whole[key] for key in ACKNOWLEDGEMENT if key in whole} | {"conditions": conditions}
