# SPDX-License-Identifier: Apache-2.0
"""Which cluster and which namespace are meant, by the options that kubectl has for that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])
_KUBECONFIG: Final = click.option(
    "--kubeconfig", metavar="FILE", help="The kubeconfig; else $KUBECONFIG, else ~/.kube/config."
)
_CONTEXT: Final = click.option(
    "--context", metavar="NAME", help="The kubeconfig's context; else its current."
)
_NAMESPACE: Final = click.option(
    "-n", "--namespace", metavar="NAME", help="The namespace; else that of the context."
)
_EVERYWHERE: Final = click.option(
    "-A", "--all-namespaces", "everywhere", is_flag=True, help="All namespaces."
)


@dataclass(frozen=True, slots=True)
class Target:
    """What was given; None where nothing was."""

    kubeconfig: str | None = None
    context: str | None = None
    namespace: str | None = None
    everywhere: bool = False


def cluster_options(command: Command) -> Command:
    return _KUBECONFIG(_CONTEXT(command))


def namespace_options(command: Command) -> Command:
    """Those of the cluster, and one namespace or all."""
    return cluster_options(_NAMESPACE(_EVERYWHERE(command)))


def namespace_option(command: Command) -> Command:
    """Those of the cluster, and one namespace."""
    return cluster_options(_NAMESPACE(command))


def taken(given: dict[str, Any]) -> Target:
    """Takes these options out of what a command was given. Raises UsageError."""
    names = ("kubeconfig", "context", "namespace", "everywhere")
    found = Target(**{name: given.pop(name) for name in names if name in given})
    if found.everywhere and found.namespace:
        raise click.UsageError("--namespace and --all-namespaces exclude each other")
    return found
