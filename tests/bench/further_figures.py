# SPDX-License-Identifier: Apache-2.0
"""The figures beside those of the loops -> a table: what, figure, and what it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.bench import agents, loop_table
from tests.bench.figure_names import STATES, spent_ms
from tests.bench.loop_table import duration
from tests.bench.loops import LOOPS
from tests.bench.sizes import ALERTS_HZ as HZ

Results = Mapping[str, Any]
HEAD = "| what | figure | of that |\n| :-- | --: | :-- |\n"
RULES = (agents.PUBLIC, agents.DEFAULT)
SHOWN_MS = 1


def table(results: Results) -> str:
    """In Markdown."""
    first = (*_programs(results), *_at_rest(results), *_starts(results), *_swap(results))
    rows = (*first, *_many(results), *_flood(results), *_delay(results), *_outputs(results), *_rest(results))
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _programs(results: Results) -> Iterator[tuple[str, str, str]]:
    """By the kernel's own clock, which is read twice for each program that runs."""
    by_state = results["programs"]["ns"]
    for name, least in by_state[loop_table.EMPTY].items():
        of = ", ".join(f"{rules} {duration(by_state[state][name])}" for rules, state in STATES.items())
        above = by_state[loop_table.PUBLIC][name] - least
        title = f"time inside the programs, {LOOPS[name].what}"
        yield (
            title,
            duration(above),
            f"above empty programs, public rules; empty programs {duration(least)}, {of}",
        )


def _at_rest(results: Results) -> Iterator[tuple[str, str, str]]:
    for rules in RULES:
        one = results["at_rest"][rules]
        twice = f"the kernel counts those twice: {one['rss_as_counted_mib']:.1f} MiB"
        rings = f"rings {one['rings_mib']:.1f} MiB; {twice}"
        yield f"memory at rest, {rules}", f"{one['rss_mib']:.1f} MiB", rings
        woken = f"over {one['seconds']} s, in which it woke up {one['woken_a_second']:.1f} times a second"
        yield f"CPU at rest, {rules}", f"{one['cpu_share']:.2%}", f"of one, {woken}"


def _starts(results: Results) -> Iterator[tuple[str, str, str]]:
    for rules in RULES:
        one = results["start"][rules]
        shares = f"median of {one['times']}: {_shares(one['steps'])}; beside that: {_shares(one['beside'])}"
        yield f"from the start to “watching”, {rules}", f"{one['seconds']:.2f} s", shares


def _shares(steps: Mapping[str, float]) -> str:
    """The longest first."""
    longest = sorted(steps.items(), key=lambda step: -step[1])
    return ", ".join(f"{step} {seconds:.2f} s" for step, seconds in longest)


def _swap(results: Results) -> Iterator[tuple[str, str, str]]:
    one = results["swap"]
    missed = f"of {one['opened']:,} events meanwhile {one['missed']} missed"
    longest = f"median of {one['times']}, longest {one['longest_s']:.2f} s; {missed}"
    yield f"{one['rules']:,} rules replaced", f"{one['median_s']:.2f} s", longest


def _many(results: Results) -> Iterator[tuple[str, str, str]]:
    one = results["many_rules"]
    timed = zip(one["rules"], one["ns"], strict=True)
    each = ", ".join(f"{number:,} rules {duration(ns)}" for number, ns in timed)
    more = f"{each}; of the medians x {one['median_ratio']:.2f}; {one['lost']:,} lost"
    yield "an open beside many rules", f"x {one['ratio']:.2f}", more


def _flood(results: Results) -> Iterator[tuple[str, str, str]]:
    titles = {"evaluated": "every open comes, no rule is true", "alerts": "every open is an alert"}
    for name, title in titles.items():
        one = results["flood"][name]
        full = f"{one['full_speed']:,.0f}/s came at full speed, of which {one['lost_share']:.1%} were lost"
        more = f"of one core's time, {duration(one['each_ns'])} each; {full}; {_held(one)}"
        yield title, f"{one['a_second']:,.0f}/s", more


def _held(one: Mapping[str, float]) -> str:
    """0 is no rate: none that was tried lost nothing."""
    if not one["held_a_second"]:
        return "each rate that was tried lost some"
    return f"{one['held_a_second']:,.0f}/s for {one['held_s']:.0f} s lost nothing"


def _delay(results: Results) -> Iterator[tuple[str, str, str]]:
    one = results["delay"]
    median, most, longest = (f"{1000 * one[name]:.1f} ms" for name in ("p50_s", "p99_s", "longest_s"))
    more = f"median of {one['times']:,}; 99 of 100 {most}, longest {longest}"
    yield "from an open to its alert's line", median, more


def _outputs(results: Results) -> Iterator[tuple[str, str, str]]:
    """Times of the processor, in a second of so many alerts."""
    for name, one in results["outputs"]["each"].items():
        more = f"of a processor a second: {parts(one)}; {one['a_second']:,.0f}/s arrive"
        yield f"{HZ:,} alerts a second to {name}, {one['dead']} dead", _spent(one), more
    for name, one in results["outputs"]["dead"].items():
        least = min(one["a_second"].values())
        held = f"99 of 100 hold the watch up {one['held_up_ms']['p99']:.2f} ms at most"
        more = f"of a processor a second: {parts(one)}; {least:,.0f}/s arrive in each that works; {held}"
        yield f"{HZ:,} alerts a second to all outputs, {name} dead", _spent(one), more
    for name, one in results["outputs"]["delay"].items():
        most = f"median; 99 of 100 {one['p99']:.1f} ms, longest {one['longest']:.1f} ms"
        yield f"from an alert to its arrival, {name}", f"{one['p50']:.1f} ms", most


def _spent(one: Results) -> str:
    return f"{spent_ms(one):.0f} ms"


def parts(one: Results) -> str:
    """Of the thread that watches and of each output's, in milliseconds of a processor."""
    each = {name: us * HZ / 1e3 for name, us in one["processor_us"].items()}
    return ", ".join(f"{name} {ms:.0f}" for name, ms in each.items() if ms >= SHOWN_MS)


def _rest(results: Results) -> Iterator[tuple[str, str, str]]:
    for what, number in results["replay"]["a_second"].items():
        yield "records replayed", f"{number:,.0f}/s", f"of one core's time: {what}"
    one = results["metrics_page"]
    more = f"median, longest {one['longest_ms']:.1f} ms of a processor; {one['bytes'] / 1e3:.0f} kB"
    yield f"page of metrics with {one['rules']:,} rules", f"{one['ms']:.1f} ms", more
