# SPDX-License-Identifier: Apache-2.0
"""Families and what to read them of -> the registry that a page shows, with this process's memory and time.

Values of labels are others' choice. They are cut, escaped, and bounded in number: what comes beyond is added
up as `other`. A family that cannot be read is left out and counted, and the others are shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Generic, TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from lanner_apiserver.metrics.family import Family, Labels, Sample
from lanner_apiserver.metrics.histogram import Histogram

ROWS: Final = 4096  # of one family
LENGTH: Final = 128  # of one value of a label
OTHER: Final = "other"
UNREADABLE: Final = "lanner_metrics_unreadable_total"
UNREADABLE_HELP: Final = "Families that an error kept off this page, by name; please report it."

S = TypeVar("S")


class Page(Collector, Generic[S]):
    """`families` are read of `source` when `collect` is called."""

    def __init__(self, families: Sequence[Family[S]], source: S) -> None:
        self._families = families
        self._source = source
        self._unreadable: Counter[str] = Counter()

    def registry(self) -> CollectorRegistry:
        """With the process's own numbers: memory, processor time, descriptors."""
        made = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=made)
        made.register(self)
        return made

    def collect(self) -> Iterator[Metric]:
        """Every family once, in the table's order."""
        for family in self._families:
            try:
                yield _metric(family, family.read(self._source))
            except Exception:  # one family must not take the others with it
                self._unreadable[family.name] += 1
        unreadable = CounterMetricFamily(UNREADABLE, UNREADABLE_HELP, labels=("metric",))
        for name, number in self._unreadable.items():
            unreadable.add_metric((name,), number)
        yield unreadable


def shown(value: str) -> str:
    """One line of characters that can be seen, at most LENGTH of them."""
    plain = value[:LENGTH]
    if plain.isprintable():
        return plain
    escaped = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in plain)
    return escaped[:LENGTH]


def _metric(family: Family[S], samples: Iterable[Sample]) -> Metric:
    if family.kind == "histogram":
        return _histogram(family, samples)
    form = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
    metric = form(family.name, family.help, labels=family.labels)
    for labels, value in _bounded(samples):
        metric.add_metric(labels, value)
    return metric


def _histogram(family: Family[S], samples: Iterable[Sample]) -> Metric:
    metric = HistogramMetricFamily(family.name, family.help, labels=family.labels)
    for labels, seen in samples:
        assert isinstance(seen, Histogram)  # noqa: S101  the family's kind
        names = (*map(floatToGoString, seen.bounds), "+Inf")
        total = seen.total
        metric.add_metric([shown(one) for one in labels], list(zip(names, seen.up_to(), strict=True)), total)
    return metric


def _bounded(samples: Iterable[Sample]) -> Iterable[tuple[Labels, float]]:
    """Each set of labels once: two names that are the same when they are cut are one."""
    found: dict[Labels, float] = {}
    for labels, value in samples:
        assert not isinstance(value, Histogram)  # noqa: S101  the same
        key = tuple(map(shown, labels))
        if key not in found and len(found) >= ROWS:
            key = (OTHER,) * len(labels)
        found[key] = found.get(key, 0) + value
    return found.items()
