# SPDX-License-Identifier: Apache-2.0
"""What a FalcoNode counts: no text that others wrote can make a key, and nothing that was counted is left
out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from lanner_agent.enrich.cri.failure import CRIError, Reason
from lanner_agent.kernel import tables
from lanner_agent.pipeline.counts import Counts
from lanner_agent.pipeline.metadata import NO_ANSWER
from lanner_agent.publish.events import suppressed
from lanner_agent.report import counters

MAX_KEYS = 192  # the definition's
NUMBERS = st.dictionaries(st.text(max_size=30), st.integers(0, 1 << 40), max_size=300)


@dataclass(frozen=True, slots=True)
class Counted:
    event_class: str
    reason: str
    value: int
    lost: bool


def test_the_definition_has_room_for_all_of_them() -> None:
    assert len(counters.every_key()) <= MAX_KEYS
    assert all(len(key) <= MAX_KEYS for key in counters.every_key())


@given(NUMBERS, NUMBERS, st.dictionaries(st.text(max_size=30), NUMBERS, max_size=5))
def test_whatever_is_counted_two_hundred_keys_cannot_happen(
    reasons: dict[str, int], causes: dict[str, int], groups: dict[str, dict[str, int]]
) -> None:
    counts = Counts(unresolved=Counter(reasons), unselected=Counter(causes), failed=Counter(causes))
    kernel = [Counted("openat", reason, number, lost=True) for reason, number in causes.items()]
    made = counters.counters(counts, kernel, {**groups, "events": causes, "containers": reasons})
    assert made.keys() <= counters.every_key()
    assert sum(made[key] for key in made if key.startswith("lost_")) == sum(causes.values())
    assert sum(made[key] for key in made if key.startswith("unresolved_")) == sum(reasons.values())
    events = [key for key in made if key.startswith("events_")]
    assert sum(made[key] for key in events) == sum(causes.values())


def test_a_runtimes_own_words_are_no_key() -> None:
    errors = [CRIError(Reason.UNAVAILABLE, f"dial unix /run/{n}.sock: refused") for n in range(200)]
    counts = Counts(unresolved=Counter({str(error): 1 for error in errors} | {NO_ANSWER: 2, "else": 3}))
    made = counters.counters(counts, (), {})
    told = {key: number for key, number in made.items() if key.startswith("unresolved_")}
    assert told == {"unresolved_unavailable": 200, "unresolved_no_answer": 2, "unresolved_other": 3}
    assert made["unresolved"] == 205


def test_every_cause_that_the_agent_knows_has_its_key() -> None:
    kernel = [Counted("openat", reason, 1, reason in tables.LOSSES) for reason in tables.REASONS]
    kernel = [one for one in kernel if one.reason not in tables.PROGRESS]
    groups = {
        "events": dict.fromkeys(suppressed.CAUSES, 1),
        "containers": {f"unresolved_{reason}": 1 for reason in Reason},
        "bundles": {"loaded": 1, "refused": 1},
        "blind": {"gaps": 1, "seconds": 1},
    }
    made = counters.counters(Counts(), kernel, groups)
    assert not [key for key in made if key.endswith("_other")]
    assert (made["lost_ring_full"], made["events_dropped_queue_full"], made["blind_gaps"]) == (1, 1, 1)


def test_what_never_happened_is_left_out_but_for_what_is_looked_for() -> None:
    made = counters.counters(
        Counts(evaluated=Counter(openat=5)), (), {"bundles": {"loaded": 1, "refused": 0}}
    )
    assert made == {
        **dict.fromkeys(("alerts", "parked", "unresolved", "given_up", "not_waited", "outlived"), 0),
        "unselected": 0,
        "together": 0,
        "events": 5,
        "bundles_loaded": 1,
        "bundles_refused": 0,
    }
