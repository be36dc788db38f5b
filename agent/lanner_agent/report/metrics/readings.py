# SPDX-License-Identifier: Apache-2.0
"""Where the value of each metric of the agent comes from.

What is counted by a reason has a row for each reason that there can be, at 0 too: Prometheus takes no notice
of a counter that begins above it. Unforeseen reasons are `other`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from typing import Final

from lanner_agent.enrich.cri.failure import Reason
from lanner_agent.kernel import tables
from lanner_agent.kernel.record_layout import Reason as Loss
from lanner_agent.pipeline.kinds import Kinds
from lanner_agent.publish.events import suppressed
from lanner_agent.publish.output import Output, is_now
from lanner_agent.recording import counted
from lanner_agent.report import counters
from lanner_agent.report.metrics.sources import Sources
from lanner_apiserver.metrics.family import Labels, Sample, one
from lanner_engine.engine_version import ENGINE

TACTIC: Final = "mitre_"
RING_FULL: Final = tables.REASONS[Loss.RING_FULL]
WORDS: Final = 64  # that one output may count by


def build(_: object) -> list[Sample]:
    engine = ".".join(map(str, ENGINE))
    return [(("agent", metadata.version("lanner"), engine, os.uname().release), 1)]


def seen(given: Sources) -> list[Sample]:
    return [((one.event_type,), one.seen) for one in given.sifted()]


def held_back(given: Sources) -> list[Sample]:
    return [((one.event_type,), one.held_back) for one in given.sifted()]


def recorded(given: Sources) -> list[Sample]:
    return [((one.event_type,), one.recorded) for one in given.sifted()]


def lost(given: Sources) -> list[Sample]:
    """Of each type that comes a row for the reason that is the usual one."""
    rows = dict.fromkeys(((one.event_type, RING_FULL) for one in given.sifted()), 0)
    rows |= {(one.event_class, one.reason): one.value for one in given.kernel() if one.lost}
    return list(rows.items())


def incomplete(given: Sources) -> list[Sample]:
    return [((one.event_class, one.reason), one.value) for one in given.kernel() if not one.lost]


def evaluated(given: Sources) -> list[Sample]:
    """Of each type that comes, also of one whose events are all held back."""
    rows = Counter(dict.fromkeys((one.event_type for one in given.sifted()), 0))
    rows.update(dict(given.counts.evaluated))
    return [((event_type,), number) for event_type, number in rows.items()]


def dry_run(given: Sources) -> list[Sample]:
    """Those that are not told by object are `other`."""
    tried = given.counts.dry_run
    return [*(((one.object.key,), one.matches) for one in tried.objects()), ((counters.OTHER,), tried.untold)]


def given_up(given: Sources) -> list[Sample]:
    return one(sum(dict(given.counts.failed).values()))


def outlived(given: Sources) -> list[Sample]:
    return one(given.counts.outlived)


def busy_s(given: Sources) -> list[Sample]:
    return one(given.counts.timing.busy_s)


def evaluation(given: Sources) -> list[Sample]:
    return [((), given.counts.timing.of_an_event)]


def delay(given: Sources) -> list[Sample]:
    return [((), given.counts.timing.delay)]


def waiting_bytes(given: Sources) -> list[Sample]:
    return one(given.rings.waiting())


def ring_bytes(given: Sources) -> list[Sample]:
    return one(given.rings.size)


def run_seconds(given: Sources) -> list[Sample]:
    return [((one.program,), one.seconds) for one in given.run_times()]


def runs(given: Sources) -> list[Sample]:
    return [((one.program,), one.times) for one in given.run_times()]


def alerts(given: Sources) -> Iterator[Sample]:
    return _by_kind(given.counts.kinds)


def together(given: Sources) -> Iterator[Sample]:
    return _by_kind(given.counts.together)


def _by_kind(kinds: Kinds) -> Iterator[Sample]:
    """Tags of a rule name its tactic as `mitre_…`; the first of them counts."""
    for kind, number in dict(kinds.counts).items():
        tactic = next((tag.removeprefix(TACTIC) for tag in kind.tags if tag.startswith(TACTIC)), "")
        yield (kind.rule, kind.namespace, kind.priority.label, tactic), number


def parked(given: Sources) -> list[Sample]:
    return one(given.parked())


def waits(given: Sources) -> list[Sample]:
    counts = given.counts
    return [(("waited",), counts.parked), (("too many others waited",), counts.crowded_out)]


def unnamed(given: Sources) -> list[Sample]:
    found = Counter(dict.fromkeys(sorted(counters.GROUPS["unresolved"]), 0))
    for reason, number in dict(given.counts.unresolved).items():
        found[counters.cause(reason)] += number
    return [((str(reason),), number) for reason, number in found.items()]


def unselected(given: Sources) -> list[Sample]:
    return one(sum(dict(given.counts.unselected).values()))


def containers(given: Sources) -> list[Sample]:
    return one(given.containers().get("known", 0))


def lookups(given: Sources) -> list[Sample]:
    counts = given.containers()
    words = ("resolved", "retried", "connection_failed", *(f"unresolved_{reason}" for reason in Reason))
    return [((word.removeprefix("unresolved_"),), counts.get(word, 0)) for word in words]


def rules(given: Sources) -> list[Sample]:
    program = given.program()
    return one(0 if program is None else len(program.rules))


def reloads(given: Sources) -> list[Sample]:
    source = given.rules
    return [] if source is None else [(("loaded",), source.loaded), (("refused",), source.refused)]


def recorded_records(given: Sources) -> list[Sample]:
    return [] if given.recording is None else one(given.recording.counts[counted.RECORDS])


def recorded_bytes(given: Sources) -> list[Sample]:
    return [] if given.recording is None else one(given.recording.counts[counted.BYTES])


def recording_lost(given: Sources) -> list[Sample]:
    return _of_recording(given, counted.LOST)


def captures(given: Sources) -> list[Sample]:
    return _of_recording(given, counted.OUTCOMES)


def recording_queue(given: Sources) -> list[Sample]:
    return [] if given.recording is None else one(given.recording.waiting())


def _of_recording(given: Sources, words: Iterable[str]) -> list[Sample]:
    recording = given.recording
    return [] if recording is None else [((word,), recording.counts[word]) for word in words]


def bundle(given: Sources) -> list[Sample]:
    found = given.bundle()
    if found is None:
        return []
    index = found.index
    return [((index.name if index else "built-in", index.bundleSha256 if index else ""), 1)]


def propagation(given: Sources) -> list[Sample]:
    return [] if given.propagation is None else [((), given.propagation)]


def conditions(given: Sources) -> list[Sample]:
    return [((str(one["type"]),), one["status"] == "True") for one in given.conditions()]


def gaps(given: Sources) -> list[Sample]:
    return [] if given.gaps is None else one(given.gaps().get("gaps", 0))


def gap_seconds(given: Sources) -> list[Sample]:
    return [] if given.gaps is None else one(given.gaps().get("seconds", 0))


def requests(given: Sources) -> list[Sample]:
    return list(dict(given.requests).items())


def output_lost(given: Sources) -> Iterator[Sample]:
    """With a row for each output, so that one is known that never lost anything."""
    for output in given.outputs():
        yield (output.title, ""), 0
        yield from _told(output, output.lost())


def output_counts(given: Sources) -> Iterator[Sample]:
    for output in given.outputs():
        yield from _told(output, {word: n for word, n in output.counts().items() if not is_now(word)})


def output_now(given: Sources) -> Iterator[Sample]:
    for output in given.outputs():
        yield from _told(output, {word: n for word, n in output.counts().items() if is_now(word)})


def _told(output: Output, numbers: Mapping[str, int]) -> Iterator[tuple[Labels, float]]:
    """A bounded number of words; what comes beyond is one."""
    for at, (word, number) in enumerate(dict(numbers).items()):
        yield (output.title, word if at < WORDS else counters.OTHER), number


def suppressed_events(given: Sources) -> list[Sample]:
    if given.events is None:
        return []
    counts = given.events()
    return [((cause,), counts.get(cause, 0)) for cause in suppressed.CAUSES]
