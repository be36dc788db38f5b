# SPDX-License-Identifier: Apache-2.0
"""What became of values that a FalcoRule gives for lists of the cluster: which rules read them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from lanner_engine.objects.verdicts import Verdict
from lanner_engine.resources.tenancy import READERS
from lanner_operator.status import words

LONGEST: Final = 400  # characters of a reader

Readers = Mapping[str, Sequence[str]]  # by list


def readers(verdicts: Iterable[Verdict]) -> Readers:
    """Rules of the cluster in force, in their order."""
    found: dict[str, list[str]] = {}
    for verdict in verdicts:
        for rule in verdict.rules if not verdict.object.namespace else ():
            for name in rule.tenant_lists:
                found.setdefault(name, []).append(words.line(f"{verdict.object.key}: {rule.name}", LONGEST))
    return found


def told(status: dict[str, Any], verdict: Verdict, known: Readers) -> dict[str, Any]:
    """The status with what became of the values, where the version in force gives any."""
    if not verdict.given:
        return status
    rows = [
        {"name": name, "items": number, "readBy": list(known.get(name, ()))[:READERS]}
        for name, number in sorted(verdict.given.items())
    ]
    return {**status, "tenantValues": rows}
