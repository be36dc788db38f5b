# SPDX-License-Identifier: Apache-2.0
"""What a FalcoNode says of alerts by namespace and rule. Pure.

Of thousands of nodes it is kept packed, and read when Reports are made. An agent of another
version, or a stolen one, may write anything: what has not the expected shape counts as not said, texts become
harmless and short, and of a namespace's own rule only what is about that namespace is taken.
"""

from __future__ import annotations

import json
import re
import sys
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from lanner_engine.program.rule import Priority, parse_priority
from lanner_engine.resources.falco_node import (
    REPORT_BYTES,
    REPORT_LATEST,
    REPORT_ROWS,
    REPORT_SUBJECTS,
    REPORT_TEXT,
)
from lanner_engine.resources.rule_object import CLUSTER_RULE, NAMESPACED_RULE
from lanner_operator.status import words

LARGEST: Final = 4 * REPORT_BYTES  # of one node's; agents write a quarter of it
OBJECT: Final = 512
_TOO_LARGE: Final = b"?"
_NAMESPACE: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_TACTIC: Final = re.compile(r"[a-z0-9_-]{1,64}")


class Key(NamedTuple):
    """Of one rule. `object`: the key of its object, "" for rules files."""

    object: str
    rule: str


class Subject(NamedTuple):
    """A workload, or a node."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """Alerts of a rule about a namespace, "" for none. Times are seconds since the epoch; `subjects` by their
    last times; `more`: there were others.
    """

    namespace: str
    key: Key
    priority: Priority
    tactic: str
    alerts: int
    first: int
    last: int
    subjects: Mapping[Subject, int]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Reported:
    """One node's. `others`: alerts for which it had no row; `wrong`: rows that no agent writes."""

    rows: tuple[Row, ...] = ()
    others: int = 0
    wrong: int = 0


def packed(written: object) -> bytes:
    """As it is kept; empty for nothing."""
    if not isinstance(written, list) or not written:
        return b""
    text = json.dumps(written[: REPORT_ROWS + 1], separators=(",", ":"), ensure_ascii=False)
    found = text.encode("utf-8", "replace")
    return zlib.compress(found, 1) if len(found) <= LARGEST else _TOO_LARGE


def read(kept: bytes) -> Reported:
    """What was kept."""
    if kept == _TOO_LARGE:
        return Reported(wrong=1)
    listed = json.loads(zlib.decompress(kept)) if kept else []
    rows: dict[tuple[str, Key], Row] = {}
    others = wrong = 0
    for one in listed:
        row = _row(one) if isinstance(one, Mapping) else None
        if row is None:
            wrong += 1
        elif not row.key.rule:
            others += row.alerts
        else:
            rows[row.namespace, row.key] = row
    return Reported(tuple(rows.values()), others, wrong)


def _row(one: Mapping[str, Any]) -> Row | None:
    try:
        namespace, owner = _namespace(one["namespace"]), str(one["object"])
        if not _belongs(owner, namespace):
            return None
        return Row(
            namespace=namespace,
            key=Key(_text(owner, OBJECT), _text(one["rule"])),
            priority=parse_priority(str(one["priority"])),
            tactic=tactic if _TACTIC.fullmatch(tactic := str(one["tactic"])) else "",
            alerts=number(one["alerts"]),
            first=seconds(one["firstTime"]),
            last=seconds(one["lastTime"]),
            subjects=dict(_subjects(one.get("subjects"))),
            more=one.get("more") is True,
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _belongs(owner: str, namespace: str) -> bool:
    """A namespace's rule is about that namespace; all others are the cluster's, or a node's own."""
    kind, _, rest = owner.partition("/")
    if kind == NAMESPACED_RULE:
        whose, _, name = rest.partition("/")
        return bool(name) and bool(namespace) and whose == namespace
    return not owner or (kind == CLUSTER_RULE and bool(rest) and "/" not in rest)


def _subjects(written: object) -> Iterator[tuple[Subject, int]]:
    for one in written[:REPORT_SUBJECTS] if isinstance(written, list) else ():
        yield Subject(_text(one["kind"]), _text(one["name"])), seconds(one["lastTime"])


def _namespace(written: object) -> str:
    """Raises ValueError for what is no name of one."""
    if written != "" and not _NAMESPACE.fullmatch(str(written)):
        raise ValueError(written)
    return sys.intern(str(written))


def _text(written: object, longest: int = REPORT_TEXT) -> str:
    """The same object for the same text, which thousands of nodes say."""
    return sys.intern(words.line(str(written), longest))


def number(written: object) -> int:
    """Raises ValueError for what no agent counts."""
    if isinstance(written, bool) or not isinstance(written, int) or not 0 <= written < 1 << 53:
        raise ValueError(written)
    return written


def seconds(written: object) -> int:
    """RFC 3339 -> seconds since the epoch. Raises ValueError, also for what `written_time` cannot write."""
    if not isinstance(written, str) or len(written) > 40:  # noqa: PLR2004  with fractions and a zone
        raise ValueError(written)
    then = datetime.fromisoformat(written)
    found = int((then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp())
    if not 0 <= found <= REPORT_LATEST:
        raise ValueError(written)
    return found


def written_time(at: int) -> str:
    """Seconds since the epoch -> RFC 3339."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
