# SPDX-License-Identifier: Apache-2.0
"""`lanner agent`: the agent on one node of a cluster, with rules from the operator's bundle."""

from __future__ import annotations

import asyncio
import pathlib
from collections.abc import Callable
from functools import partial
from typing import Any

import click

from lanner_agent.apiserver import node_identity
from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.app import cluster_agent, exits, logs, page
from lanner_agent.app.cluster import Options
from lanner_agent.app.settings_watch import SettingsWatch
from lanner_agent.app.stdout_form import StdoutForm
from lanner_agent.cli import setting_options
from lanner_agent.kernel.inotify import Inotify
from lanner_agent.kernel.loading import Loading
from lanner_agent.publish import json_lines, redact
from lanner_agent.settings.model import Settings
from lanner_apiserver import connection
from lanner_apiserver.client import Api

_NAME = "LANNER_NAME"


@click.command("agent", epilog=exits.HELP)
@click.option("--node-name", envvar="LANNER_NODE_NAME", default="", help="This node's name in the cluster.")
@click.option("--node-ip", envvar="LANNER_NODE_IP", default="", help="Where this node's kubelet listens.")
@click.option("--namespace", envvar="LANNER_NAMESPACE", default="", help="Where Lanner is installed.")
@click.option("--pod-name", envvar="LANNER_POD_NAME", default="", help="This pod, if it is one.")
@click.option("--pod-uid", envvar="LANNER_POD_UID", default="", help="This pod's uid.")
@click.option("--name", envvar=_NAME, default="lanner", show_default=True, help="The installation's name.")
@setting_options.every("agent")
@click.option(
    "--kubeconfig", type=click.Path(), help="Outside a pod: the cluster to join.  [default: $KUBECONFIG]"
)
def command(  # noqa: PLR0913  (one for each option)
    *,
    node_name: str,
    node_ip: str,
    namespace: str,
    pod_name: str,
    pod_uid: str,
    name: str,
    config: pathlib.Path | None,
    kubeconfig: str | None,
    **settings: Any,
) -> int:
    """Watch this node of a cluster: rules come from the cluster, alerts go to it and to standard output.

    In a pod everything is known by itself; each option can also be given by the environment, and
    what is a setting by a file. Detection goes on when the API server, the container runtime or the kubelet
    are away. SIGTERM ends with a summary.
    """
    read = partial(setting_options.read, config, settings)
    configured = read()
    logs.use(configured.settings.log.format)
    given = NodeIdentity(node_name, None, pod_name, pod_uid, namespace)
    found = node_identity.completed(given)
    _need(found.name, "--node-name", "LANNER_NODE_NAME")
    _need(found.namespace, "--namespace", "LANNER_NAMESPACE")
    api = Api(asyncio.run(connection.server(kubeconfig)), "lanner-agent")
    redact.use(configured.settings.redaction.made())
    form = StdoutForm(json_lines.line, configured.settings)
    options = _options(configured.settings, identity=found, node_ip=node_ip, name=name, form=form)
    loading = click.get_current_context().find_object(Loading) or Loading()

    def following(say: Callable[[str], None]) -> SettingsWatch:
        watch = SettingsWatch("agent", read, configured, say, Inotify())
        watch.on("secrets", form.take)
        watch.on("log", lambda new: logs.use(new.log.format))
        watch.on("redaction", lambda new: redact.use(new.redaction.made()))
        return watch

    return cluster_agent.run(api, options, loading, following)


def _options(settings: Settings, **given: Any) -> Options:
    return Options(
        **given,
        cri_socket=settings.cri.socket or None,
        verify_kubelet=settings.kubelet_tls == "verify",
        state_dir=settings.state_dir,
        health_port=settings.health_port,
        metrics=settings.metrics.made(),
        spread_s=settings.write_spread,
        matching=settings.rules.matching,
        proven_s=settings.proven_after,
        index=settings.index,
        exec_sessions=settings.exec_sessions,
        reports=settings.reports,
        events=settings.events.made(),
        outputs=settings.outputs,
        page=_page(settings),
    )


def _page(settings: Settings) -> page.Wanted | None:
    found = settings.page
    if not found.enabled:
        return None
    _need(found.address, "--page-address", "LANNER_PAGE_ADDRESS")
    keeping = found.made()
    return None if keeping is None else page.Wanted(found.address, found.port, keeping)


def _need(value: str, option: str, variable: str) -> None:
    if not value:
        raise click.UsageError(f"give {option} or ${variable}: no service account token of a pod tells it")
