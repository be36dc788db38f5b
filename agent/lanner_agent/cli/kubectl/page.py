# SPDX-License-Identifier: Apache-2.0
"""`kubectl lanner page`: opens the operator's page, over a port that kubectl forwards with the user's own
rights.

A token of the account that opens the page, made for it alone, becomes a ticket at the other end, which stands
in the URL: it is good once, for a minute.
"""

from __future__ import annotations

import contextlib
import webbrowser
from dataclasses import dataclass
from typing import Any, Final

import click

from lanner_agent.app import exits
from lanner_agent.cli.kubectl import forwarding, reading, target
from lanner_agent.cli.kubectl.asking import PATIENCE_S, Asker, ClusterError, Object, asked, explained
from lanner_agent.cli.kubectl.resource import LEASES, PODS, SERVICE_ACCOUNT_TOKENS, SERVICE_ACCOUNTS
from lanner_agent.cli.kubectl.target import Target
from lanner_apiserver.errors import ApiError
from lanner_engine.resources.page_contact import AUDIENCE

TOKEN_S: Final = 600  # the shortest that an API server makes
_OPERATOR: Final = {"labelSelector": "app.kubernetes.io/name=lanner,app.kubernetes.io/component=operator"}
_PORT: Final = "LANNER_PAGE_PORT"
_NAME: Final = "LANNER_NAME"
_ENABLE: Final = "helm upgrade … --reuse-values --set page.enabled=true"


@dataclass(frozen=True, slots=True)
class Operator:
    """Its pod, the port of the page there, and a token that opens it."""

    pod: str
    port: int
    token: str


@click.command("page")
@click.option(
    "-n",
    "--namespace",
    metavar="NAME",
    default="lanner",
    show_default=True,
    help="Where Lanner is installed.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Of this machine; else one that is free.",
)
@click.option(
    "--browser/--no-browser",
    default=True,
    help="Open it, or print its address only: other users of a machine can read how a browser is started.",
)
@target.cluster_options
def command(namespace: str, port: int, browser: bool, **given: Any) -> int:
    """Open the page of the cluster: alerts of all nodes as they come, rules, nodes, the last change.

    kubectl forwards a port of this machine to the operator's pod for as long as this command runs; Ctrl-C
    ends it. The address that is printed opens the page once, within a minute. It takes the rights of the Role
    NAME-page in Lanner's namespace, and the chart's value page.enabled.
    """
    where = target.taken({**given, "namespace": namespace})
    found = asked(where, _found)
    forward = forwarding.forwarded(_words(where), found.pod, found.port, port)
    with forward as local, contextlib.suppress(KeyboardInterrupt):
        url = forwarding.entered(local, found.token)
        click.echo(url)
        click.echo("lanner: good once, for a minute; Ctrl-C ends the connection", err=True)
        if browser:
            webbrowser.open(url)
        local.wait()
    return exits.OK


async def _found(asker: Asker) -> Operator:
    """Raises ClusterError."""
    pod = await _pod(asker)
    said = _environment(pod)
    port = said.get(_PORT, "")
    if not (port.isascii() and port.isdigit() and int(port)):
        raise ClusterError("the operator serves no page", _ENABLE)
    account = f"{said.get(_NAME) or 'lanner'}-page"
    return Operator(reading.text(pod, "metadata", "name"), int(port), await _token(asker, account))


async def _pod(asker: Asker) -> Object:
    found = await asker.listed(PODS, asker.namespace, _OPERATOR)
    running = (one for one in found if reading.text(one, "status", "phase") == "Running")
    ready = sorted(running, key=lambda one: reading.text(one, "metadata", "creationTimestamp"))
    if len(ready) > 1:
        return await _leading(asker, ready)
    if not ready:
        raise ClusterError(
            f"no operator of Lanner runs in namespace {asker.namespace}", "-n names another namespace"
        )
    return ready[-1]


async def _leading(asker: Asker, pods: list[Object]) -> Object:
    """Of several, the one that serves the page: who holds their Lease. Raises ClusterError."""
    name = f"{_environment(pods[-1]).get(_NAME) or 'lanner'}-operator"
    holder = reading.text(await asker.one(LEASES, name, asker.namespace) or {}, "spec", "holderIdentity")
    named = (one for one in pods if reading.text(one, "metadata", "name") == holder)
    return next(named, pods[-1])


def _environment(pod: Object) -> dict[str, str]:
    """Of the operator's container, what is said there in so many words."""
    containers = reading.objects(pod, "spec", "containers")
    own = [one for one in containers if one.get("name") == "operator"]
    said = (entry for one in own for entry in reading.objects(one, "env"))
    return {reading.text(entry, "name"): reading.text(entry, "value") for entry in said}


async def _token(asker: Asker, account: str) -> str:
    path = f"{SERVICE_ACCOUNTS.path(asker.namespace, account)}/token"
    body = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"audiences": [AUDIENCE], "expirationSeconds": TOKEN_S},
    }
    try:
        made = await asker.api.request("POST", path, body=body, timeout_s=PATIENCE_S)
    except ApiError as error:
        if error.not_found:
            raise ClusterError(f"there is no account {account}, which opens the page", _ENABLE) from error
        raise explained(error, "create", SERVICE_ACCOUNT_TOKENS, asker.namespace) from error
    return reading.text(made, "status", "token")


def _words(where: Target) -> list[str]:
    """The same cluster, for kubectl."""
    named = (("--kubeconfig", where.kubeconfig), ("--context", where.context), ("-n", where.namespace))
    return [word for option, value in named if value for word in (option, value)]
