# SPDX-License-Identifier: Apache-2.0
"""`kubectl lanner status`: the nodes that are watched, what is lost there, and what is weaker where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import click

from lanner_agent.app import exits
from lanner_agent.cli.kubectl import printing, reading, target
from lanner_agent.cli.kubectl.asking import Asker, asked
from lanner_agent.cli.kubectl.node_state import NodeState, leases, state
from lanner_agent.cli.kubectl.resource import DAEMONSETS, DEPLOYMENTS, EVENTS, LEASES, NODES
from lanner_apiserver import missing_pods

_CHART: Final = {"labelSelector": "app.kubernetes.io/part-of=lanner"}
_WORDS: Final = 300  # characters of a condition's message
_COLUMNS: Final = ("NODE", "READY", "RULES", "ALERTS", "LOST", "SEEN", "WEAKER")
_MORE: Final = ("NO-EVENT", "VERSION", "KERNEL")


@dataclass(frozen=True, slots=True)
class Standing:
    """Nodes, and what the chart installed."""

    nodes: tuple[NodeState, ...]
    parts: tuple[dict[str, Any], ...]


@click.command("status")
@printing.form_option(*printing.FORMS)
@target.cluster_options
def command(form: str | None, **given: Any) -> int:
    """Show which nodes are watched, with which rules, and what does not work there.

    RULES is the bundle that is in force, ALERTS their number since the agent started, LOST the events that
    the kernel could not hand over, SEEN the age of the agent's last sign of life, WEAKER what does not work
    or is known less well; the words are below. Exits 1 when a node is not watched.
    """
    notes: list[str] = []
    standing = asked(target.taken(given), lambda asker: _standing(asker, notes))
    now = datetime.now(UTC)
    if form in ("json", "yaml"):
        parts = {"nodes": [one.as_json() for one in standing.nodes], "installed": list(standing.parts)}
        click.echo(printing.document(form, parts))
    else:
        for line in _text(standing, now, wide=form == "wide"):
            click.echo(line)
    printing.notes(notes)
    watched = all(one.ready == "True" and not one.silent(now) for one in standing.nodes)
    return exits.OK if watched and standing.nodes else exits.PROBLEMS


async def _standing(asker: Asker, notes: list[str]) -> Standing:
    nodes = await asker.listed(NODES)
    installed: list[Mapping[str, Any]] = []
    renewed: dict[str, str] = {}
    for resource, kind in ((DEPLOYMENTS, "Deployment"), (DAEMONSETS, "DaemonSet")):
        lost = f"whether every {kind} of Lanner runs is not known"
        found = await asker.listed_if_allowed(resource, None, lost, _CHART)
        installed += [{**one, "kind": kind} for one in found or ()]
    for agents in (one for one in installed if one["kind"] == "DaemonSet"):
        renewed |= await _renewed(asker, agents)
    parts = [{**_part(one), "missing": await _missing(asker, one)} for one in installed]
    notes += asker.notes
    states = sorted((state(one, renewed) for one in nodes), key=lambda one: one.name)
    return Standing(tuple(states), tuple(parts))


async def _missing(asker: Asker, one: Mapping[str, Any]) -> str:
    """Why nodes are without an agent; "" where none is."""
    if one["kind"] != "DaemonSet" or not missing_pods.of(one):
        return ""
    lost, namespace = "why pods are missing is not known", reading.text(one, "metadata", "namespace")
    events = await asker.listed_if_allowed(EVENTS, namespace, lost, missing_pods.QUERY)
    return missing_pods.of(one, events or ())


async def _renewed(asker: Asker, agents: Mapping[str, Any]) -> dict[str, str]:
    """Signs of life of the agents of one installation."""
    namespace, name = (reading.text(agents, "metadata", key) for key in ("namespace", "name"))
    lost = "when agents were heard of last is not known"
    found = await asker.listed_if_allowed(LEASES, namespace, lost)
    return leases(found or (), f"{name}-")


def _part(one: Mapping[str, Any]) -> dict[str, Any]:
    """How many pods of a workload are ready, of those that there should be."""
    status = reading.mapping(one, "status")
    daemons = one["kind"] == "DaemonSet"
    ready = reading.number(status, "numberReady" if daemons else "readyReplicas")
    wanted = (
        reading.number(status, "desiredNumberScheduled")
        if daemons
        else reading.number(one, "spec", "replicas")
    )
    return {
        "kind": one["kind"],
        "namespace": reading.text(one, "metadata", "namespace"),
        "name": reading.text(one, "metadata", "name"),
        "version": reading.text(one, "metadata", "labels", "app.kubernetes.io/version"),
        "ready": ready,
        "wanted": wanted,
    }


def _text(standing: Standing, now: datetime, wide: bool) -> Iterator[str]:
    names = (*_COLUMNS, *_MORE) if wide else _COLUMNS
    if standing.nodes:
        rows = [_row(one, now, wide) for one in standing.nodes]
        yield from printing.Columns(*names).lines(rows)
    else:
        yield "No node is watched: there is no FalcoNode."
    yield ""
    for one in standing.parts:
        where = f"{one['kind']} {one['namespace']}/{one['name']}"
        version = f", version {one['version']}" if one["version"] else ""
        yield printing.cell(f"{where}: {one['ready']} of {one['wanted']} ready{version}")
        if one["missing"]:
            yield printing.cell(f"nodes are without an agent: {one['missing']}", printing.WIDEST)
    yield from _troubles(standing.nodes, now)


def _row(one: NodeState, now: datetime, wide: bool) -> Sequence[str]:
    more = (one.without_event, one.version, one.kernel) if wide else ()
    ready = "Unknown" if one.silent(now) else one.ready
    seen, weaker = reading.age(one.renewed, now), ",".join(one.weaker)
    row = (one.name, ready, one.bundle, one.alerts, sum(one.lost.values()), seen, weaker, *more)
    return tuple(map(printing.cell, row))


def _troubles(nodes: Sequence[NodeState], now: datetime) -> Iterator[str]:
    """A line for each thing that is weaker, nodes of which the same is said together."""
    said: dict[str, list[str]] = {}
    for one in nodes:
        for kind, words in one.weaker.items():
            said.setdefault(f"{kind}: {printing.cell(words, _WORDS)}", []).append(one.name)
        for reason, count in one.lost.items():
            said.setdefault(f"events lost: {reason.replace('_', ' ')}: {count:,}", []).append(one.name)
        if one.failures:
            words = f"{one.failures} rule objects cannot be used: kubectl describe falconode {one.name}"
            said.setdefault(words, []).append(one.name)
        if one.silent(now):
            words = f"silent for {reading.age(one.renewed, now)}"
            said.setdefault(words, []).append(one.name)
    for words, names in said.items():
        yield printing.cell(f"{_listed(names)}: {words}", printing.WIDEST)


def _listed(names: Sequence[str]) -> str:
    most = 3
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
