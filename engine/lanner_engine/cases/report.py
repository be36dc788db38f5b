# SPDX-License-Identifier: Apache-2.0
"""Outcomes for a terminal: each case that failed with its reasons, rules that no case is about, one line of
sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lanner_engine.cases.running import Bench, Outcome
from lanner_engine.diagnostics import visible

Outcomes = Mapping[str, Sequence[Outcome]]  # by file

_SHOWN: Final = 10  # names before "and n more"


def lines(outcomes: Outcomes, benches: Sequence[Bench]) -> Iterator[str]:
    for found in outcomes.values():
        for outcome in found:
            yield from _failed(outcome)
    yield from _untested(outcomes, benches)


def failed(outcomes: Outcomes) -> int:
    """How many cases failed."""
    return sum(bool(outcome.failures) for found in outcomes.values() for outcome in found)


def conclusion(outcomes: Outcomes, errors: int) -> str:
    cases = sum(map(len, outcomes.values()))
    bad = failed(outcomes)
    parts = [f"{cases - bad} passed", f"{bad} failed"]
    if errors:
        parts.append(f"{errors} {'error' if errors == 1 else 'errors'}, whose cases did not run")
    return f"{cases} {'case' if cases == 1 else 'cases'}: {', '.join(parts)}"


def failure_lines(outcome: Outcome) -> Iterator[str]:
    """What is wrong with one case, without its name."""
    for failure in outcome.failures:
        line, column = failure.span.position()
        yield f"{visible(failure.span.source.name)}:{line}:{column}: {visible(failure.message)}"
        yield from (f"  {line}" for line in failure.lines)


def _failed(outcome: Outcome) -> Iterator[str]:
    if outcome.failures:
        yield f"FAILED {visible(outcome.case.name)}"
        yield from (f"  {line}" for line in failure_lines(outcome))
        yield ""


def _untested(outcomes: Outcomes, benches: Sequence[Bench]) -> Iterator[str]:
    """Rules that no case wants to fire: a mistake in them goes unnoticed."""
    tested = {one.rule for found in outcomes.values() for outcome in found for one in outcome.case.alerts}
    names = list(dict.fromkeys(name for bench in benches for name in bench.names if name not in tested))
    if names and outcomes:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        yield f"no case wants an alert of: {visible(', '.join(names[:_SHOWN]))}{more}"
