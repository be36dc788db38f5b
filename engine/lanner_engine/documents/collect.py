# SPDX-License-Identifier: Apache-2.0
"""Sources to definitions: decides for each YAML document what it is, and applies all of them in order.

Documents are applied in the order of sources and within them from top to bottom, later ones on top of earlier
ones. Manifests that follow each other, with no rules file between, are first sorted by load order, namespace
and name, as a cluster would load them; so a rules file behind manifests overrides them. FalcoRules form a set
for each namespace, which comes after everything of the cluster: it can use the cluster's lists and macros,
and changes nothing for others. Of a disabled manifest only the shape of the resource is looked at, unless
those are asked for. A source that is no YAML adds nothing; an element with an error is left out, the others
stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lanner_engine.documents import manifest, rules_file, yaml_reader
from lanner_engine.documents.builder import DefinitionsBuilder
from lanner_engine.documents.definitions import Definitions
from lanner_engine.documents.manifest import Manifest
from lanner_engine.documents.nodes import Mapping, Node
from lanner_engine.documents.problems import Problems
from lanner_engine.source import Diagnostic, RuleError, Source


def collect(sources: Sequence[Source]) -> tuple[Definitions, tuple[Diagnostic, ...]]:
    """Everything the sources define, and everything wrong with their shape. Raises nothing for bad input."""
    found = Problems()
    *_, made = stages(sources, found)
    return made, found.diagnostics(sources)


def stages(sources: Sequence[Source], found: Problems, *, disabled: bool = False) -> Iterator[Definitions]:
    """What is defined behind each rules file, at last everything. A rules file must be complete with those
    before it; manifests need not be (specification 1.1). With `disabled` those that are so count as well.
    """
    builder = DefinitionsBuilder(found=found)
    waiting: list[Manifest] = []
    tenants: list[Manifest] = []
    behind_rules = False
    for source in sources:
        if behind_rules:
            yield builder.definitions()
            behind_rules = False
        for root in _roots(source, builder):
            if isinstance(root, Mapping):
                described = manifest.describe(root, builder.problems)
                if described is not None and (disabled or described.active):
                    (tenants if described.owner.namespace else waiting).append(described)
                continue
            _apply(waiting, builder)
            rules_file.apply(root, builder)
            behind_rules = True
    _apply(waiting, builder)
    yield _with_tenants(builder, tenants)


def _with_tenants(cluster: DefinitionsBuilder, tenants: list[Manifest]) -> Definitions:
    view = cluster.definitions()
    builders: dict[str, DefinitionsBuilder] = {}
    for described in sorted(tenants, key=lambda one: one.owner.order):
        own = builders.setdefault(described.owner.namespace, DefinitionsBuilder(view, cluster.problems))
        _apply([described], own)
    return replace(view, namespaces={name: builder.definitions() for name, builder in builders.items()})


def _roots(source: Source, builder: DefinitionsBuilder) -> Iterator[Node]:
    try:
        yield from yaml_reader.read(yaml_reader.whole(source), builder.problems)
    except RuleError as error:
        for diagnostic in error.diagnostics:
            builder.problems.add(diagnostic)


def _apply(waiting: list[Manifest], builder: DefinitionsBuilder) -> None:
    """Apply the manifests that have gathered, and forget them."""
    for described in sorted(waiting, key=lambda one: one.owner.order):
        manifest.apply(described, builder)
    waiting.clear()
