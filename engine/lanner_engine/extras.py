# SPDX-License-Identifier: Apache-2.0
"""What `pip install lanner` leaves out: the agent's and the operator's packages, which extras bring.

One distribution holds all of the code. By itself it has what the rule language needs; pyproject.toml lists
the packages of each size. Here an extra is known by modules of its packages, which are looked for and not
imported.
"""

from __future__ import annotations

from importlib import util
from typing import Final

from lanner_engine.source import LannerError

MODULES: Final = {
    "agent": (
        "aiohttp",
        "cryptography",
        "google.protobuf",
        "grpc",
        "jinja2",
        "opentelemetry.proto",
        "prometheus_client",
        "pylibbpf",
        "pythonjsonlogger",
        "rich",
    ),
    "operator": ("aiohttp", "cryptography", "jinja2", "kopf", "prometheus_client", "pythonjsonlogger"),
    "sources": ("aiohttp", "cryptography"),
    "kubeconfig": ("kubernetes",),
    "kubectl": ("aiohttp", "kubernetes"),
}


class ExtraError(LannerError):
    """An extra without which a command does nothing."""


def install(extra: str) -> str:
    """How to have an extra. No index has the package, so that its name alone installs nothing of ours."""
    return f"install the same wheel with [{extra}]"


def lacking(extra: str) -> tuple[str, ...]:
    """The modules of an extra that are not installed."""
    return tuple(module for module in MODULES[extra] if not is_installed(module))


def need(extra: str, what: str) -> None:
    """Raises ExtraError, in one line: `what` needs the extra, and how to have it."""
    if lacking(extra):
        raise ExtraError(f"{what} needs lanner[{extra}]: {install(extra)}")


def is_installed(module: str) -> bool:
    """Without importing it."""
    try:
        return util.find_spec(module) is not None
    except ModuleNotFoundError:  # the package that it would be in is not there
        return False
