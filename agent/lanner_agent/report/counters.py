# SPDX-License-Identifier: Apache-2.0
"""What the agent counted since it started -> the counters of its FalcoNode. Pure.

The keys are a fixed set, below the 192 that the definition allows: a count whose cause is not in the list
of its group is added to the group's `_other`, so that no text of an error, of a rule or of a runtime can make
a key. Which class of events was lost stands in the log and in the Event about it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from lanner_agent.enrich import environments, exec_sessions
from lanner_agent.enrich.cri.failure import ADVICE, Reason
from lanner_agent.kernel import reentry, ring, tables
from lanner_agent.pipeline.counts import Counts
from lanner_agent.pipeline.metadata import NO_ANSWER
from lanner_agent.pipeline.summary import KernelCounter
from lanner_agent.publish.events import suppressed
from lanner_agent.publish.remembered import output as remembered
from lanner_agent.publish.sending import delivery
from lanner_agent.publish.settings.outputs import OutputsSettings

OTHER: Final = "other"
_KERNEL: Final = frozenset({*tables.REASONS, reentry.PASSED_OVER, ring.OVERTAKEN} - tables.PROGRESS)
# Group -> what it may count; as the sources call it.
GROUPS: Final[Mapping[str, frozenset[str]]] = {
    "lost": tables.LOSSES | {reentry.PASSED_OVER},
    "partial": _KERNEL - tables.LOSSES,
    "unresolved": frozenset({*Reason, "no answer"}),
    "bundles": frozenset({"loaded", "refused"}),
    "settings": frozenset({"loaded", "refused"}),
    "redacted": frozenset({"default", "own"}),
    "kernel": frozenset({"seen", "held_back", "recorded"}),
    "dry_run": frozenset({"matches", "untold"}),
    "blind": frozenset({"gaps", "seconds"}),
    "events": frozenset(
        {
            *(
                "offered",
                "below_threshold",
                "unwanted",
                "repeated",
                "published",
                "series_patched",
                "series_continued",
            ),
            *("summaries", "retries", "throttled", "queue_length", "series_active", "failed"),
            *("drops_told", "drops_refused", "oldest_wait_s"),
            *suppressed.CAUSES,
        }
    ),
    "containers": frozenset(
        {
            *("known", "resolved", "retried", "evicted", "connections", "connection_failed"),
            *(f"unresolved_{reason}" for reason in Reason),
        }
    ),
    "exec": frozenset(exec_sessions.COUNTED),
    "host_names": frozenset(
        {"names", "without an address", "on old answers", "too many", "answers", "failures"}
    ),
    "environments": frozenset({environments.GONE, environments.CUT, environments.HUNG}),
    "outputs": frozenset(
        f"{output} {word}"
        for output in (*OutputsSettings.model_fields, remembered.TITLE)
        if output != "stdout"
        for word in delivery.TOLD
    ),
    OTHER: frozenset(),  # groups that are not here
}
_ALWAYS: Final = (
    *("events", "alerts", "together", "parked", "unresolved", "given_up", "not_waited", "outlived"),
    *("unselected", "bundles_loaded", "bundles_refused"),
)


def every_key() -> frozenset[str]:
    """Every key there can be."""
    made = {_key(group, word) for group, words in GROUPS.items() for word in (*words, OTHER)}
    return frozenset({*made, *_ALWAYS})


def counters(
    counts: Counts, kernel: Iterable[KernelCounter], groups: Mapping[str, Mapping[str, int]]
) -> dict[str, int]:
    """`groups`: further numbers by group (`events`, `bundles`). What never happened is left out, but for the
    numbers that are always looked for.
    """
    unresolved = dict(counts.unresolved)  # in one step: the hot thread goes on counting
    numbers = Counter(dict.fromkeys(_ALWAYS, 0))
    numbers.update(
        events=counts.events,
        alerts=sum(dict(counts.alerts).values()),
        together=sum(dict(counts.together.counts).values()),
        parked=counts.parked,
        unresolved=sum(unresolved.values()),
        given_up=sum(dict(counts.failed).values()),
        not_waited=counts.crowded_out,
        outlived=counts.outlived,
        unselected=sum(dict(counts.unselected).values()),
    )
    for group, word, number in (*_kernel(kernel), *_unresolved(unresolved), *_grouped(groups)):
        known = word in GROUPS.get(group, ())
        numbers[_key(group, word if known else OTHER)] += number
    return {key: numbers[key] for key in sorted(numbers) if numbers[key] or key in _ALWAYS}


def _kernel(counted: Iterable[KernelCounter]) -> Iterator[tuple[str, str, int]]:
    return (("lost" if one.lost else "partial", one.reason, one.value) for one in counted)


def _unresolved(by_reason: Mapping[str, int]) -> Iterator[tuple[str, str, int]]:
    return (("unresolved", cause(reason), number) for reason, number in by_reason.items())


def cause(reason: str) -> str:
    """The sentence for people begins with the advice; behind it are a runtime's own words."""
    if reason == NO_ANSWER:
        return "no answer"
    return next((str(one) for one, advice in ADVICE.items() if reason.startswith(advice)), OTHER)


def _grouped(groups: Mapping[str, Mapping[str, int]]) -> Iterator[tuple[str, str, int]]:
    return (
        (group if group in GROUPS else OTHER, word, number)
        for group, values in groups.items()
        for word, number in values.items()
    )


def _key(group: str, word: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", f"{group}_{word}".lower()).strip("_")
