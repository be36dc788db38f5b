# SPDX-License-Identifier: Apache-2.0
"""`lanner agent`: the agent on one node of a cluster, with rules from the operator's bundle."""

from __future__ import annotations

import asyncio
import pathlib
from typing import Any

import click

from lanner_agent.apiserver import identity
from lanner_agent.apiserver.identity import NodeIdentity
from lanner_agent.app import cluster_agent, exits
from lanner_agent.app.cluster import Options
from lanner_agent.cli import event_options, indexing, output_options, selecting
from lanner_agent.cli import secrets as secrets_option
from lanner_agent.kernel.loading import Loading
from lanner_agent.publish import json_lines
from lanner_agent.publish.settings.outputs import OutputsSettings
from lanner_apiserver import connection
from lanner_apiserver.client import Api
from lanner_engine.codegen.compile import Matching

_NAME = "LANNER_NAME"


@click.command("agent", epilog=exits.HELP)
@click.option("--node-name", envvar="LANNER_NODE_NAME", default="", help="This node's name in the cluster.")
@click.option("--node-ip", envvar="LANNER_NODE_IP", default="", help="Where this node's kubelet listens.")
@click.option("--namespace", envvar="LANNER_NAMESPACE", default="", help="Where Lanner is installed.")
@click.option("--pod-name", envvar="LANNER_POD_NAME", default="", help="This pod, if it is one.")
@click.option("--pod-uid", envvar="LANNER_POD_UID", default="", help="This pod's uid.")
@click.option("--name", envvar=_NAME, default="lanner", show_default=True, help="The installation's name.")
@click.option(
    "--cri-socket",
    envvar="LANNER_CRI_SOCKET",
    default="",
    help="Container runtime; found by itself in the usual places.",
)
@click.option(
    "--kubelet-tls",
    envvar="LANNER_KUBELET_TLS",
    type=click.Choice(["verify", "skip"]),
    default="verify",
    show_default=True,
    help="Whether the kubelet's certificate must be the cluster's; skip where kubelets sign their own.",
)
@click.option(
    "--state-dir",
    envvar="LANNER_STATE_DIR",
    type=click.Path(path_type=pathlib.Path),
    default="/var/lib/lanner",
    show_default=True,
    help="Keeps the last rules.",
)
@click.option(
    "--health-port",
    envvar="LANNER_HEALTH_PORT",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Of /healthz and /readyz; 0 for none.",
)
@click.option(
    "--write-spread",
    "spread_s",
    envvar="LANNER_WRITE_SPREAD",
    type=click.FloatRange(0, 60),
    default=0.2,
    show_default=True,
    help="Seconds over which nodes spread what they write at the same time; 3 for thousands of nodes.",
)
@click.option(
    "--match",
    "matching",
    envvar="LANNER_MATCHING",
    type=click.Choice(["first", "all"]),
    default="first",
    show_default=True,
    help=selecting.MATCHING,
)
@click.option(
    "--proven-after",
    "proven_s",
    envvar="LANNER_PROVEN_AFTER",
    type=click.FloatRange(0, 3600),
    default=60.0,
    show_default=True,
    help="Seconds for which rules must have been in force to be started with after others killed the agent.",
)
@output_options.option
@indexing.option
@secrets_option.option
@event_options.options
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
    cri_socket: str,
    kubelet_tls: str,
    state_dir: pathlib.Path,
    health_port: int,
    spread_s: float,
    matching: Matching,
    proven_s: float,
    index: bool,
    outputs: OutputsSettings,
    secrets: str,
    kubeconfig: str | None,
    **events: Any,
) -> int:
    """Watch this node of a cluster: rules come from the cluster, alerts go to it and to standard output.

    In a pod everything is known by itself; each option can also be given by the environment. Detection goes
    on when the API server, the container runtime or the kubelet are away. SIGTERM ends with a summary.
    """
    given = NodeIdentity(node_name, None, pod_name, pod_uid, namespace)
    found = identity.completed(given)
    _need(found.name, "--node-name", "LANNER_NODE_NAME")
    _need(found.namespace, "--namespace", "LANNER_NAMESPACE")
    api = Api(asyncio.run(connection.server(kubeconfig)), "lanner-agent")
    options = Options(
        identity=found,
        node_ip=node_ip,
        name=name,
        cri_socket=cri_socket or None,
        verify_kubelet=kubelet_tls == "verify",
        state_dir=state_dir,
        health_port=health_port,
        spread_s=spread_s,
        matching=matching,
        proven_s=proven_s,
        index=index,
        form=secrets_option.applied(json_lines.line, secrets),
        events=event_options.settings(events),
        outputs=outputs,
    )
    loading = click.get_current_context().find_object(Loading) or Loading()
    return cluster_agent.run(api, options, loading)


def _need(value: str, option: str, variable: str) -> None:
    if not value:
        raise click.UsageError(f"give {option} or ${variable}: no service account token of a pod tells it")
