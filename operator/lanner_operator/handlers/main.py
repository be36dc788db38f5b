# SPDX-License-Identifier: Apache-2.0
"""The command `lanner-operator`. In: a shell. Out: an exit status, documented in --help."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import importlib
import os
import pathlib
import resource
import secrets
import socket
from collections.abc import Mapping, Sequence
from importlib import metadata
from types import MappingProxyType
from typing import Any, Final, NoReturn

from lanner_apiserver import log_lines
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_apiserver.metrics.place import LOCALHOST, Place
from lanner_engine.objects.limits import DEFAULT, Budgets
from lanner_operator.handlers import farewell, log, renewing
from lanner_operator.handlers.options import Options
from lanner_operator.installation import Installation
from lanner_operator.reconcile.places import DEFAULT_NUMBERS, Numbers
from lanner_operator.reconcile.startup_taint import KEY

OK, USAGE, CANNOT_RUN, BUG = 0, 2, 3, 70
_PORTS: Final = range(0x10000)
_MAX_MIB: Final = 1 << 16
_MAX_REPORTS_S: Final = 86_400
_ROOMS: Final = (
    ("object", DEFAULT.object, "one FalcoRule"),
    ("namespace", DEFAULT.namespace, "the FalcoRules of one namespace"),
    ("namespaces", DEFAULT.namespaces, "the FalcoRules of all namespaces"),
    ("cluster", DEFAULT.cluster, "the ClusterFalcoRules, which no tenant can take"),
)
_NUMBERS: Final = (
    ("namespace", DEFAULT_NUMBERS.namespace, DEFAULT_NUMBERS.namespace, "one namespace"),
    ("namespaces", DEFAULT_NUMBERS.namespaces, 1_000_000, "all namespaces"),
)
_SERVES_NOTHING: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "health_port": 0,
        "admission_port": 0,
        "tell_exec": False,
        "page_port": 0,
        "reports_every": 0,
        "metrics_port": 0,
        "metrics_address": LOCALHOST,
        "metrics_tls": None,
    }
)
_EPILOG: Final = """exit status:
  0   it was told to stop (SIGTERM, Ctrl-C)
  2   options that make no sense
  3   no API server is known, or the health port is taken; of `definitions`: they are not as they should be
  70  a bug in lanner

What can come later is waited for: an API server that is away, resource definitions or permissions that are
missing. The log says what, and GET /readyz."""


_DESCRIPTION: Final = """Watches ClusterFalcoRules and FalcoRules, publishes what has no errors as
ConfigMaps for the agents, and writes into each object's status what became of it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status."""
    given = _parser().parse_args(arguments)
    options = _options(given)
    say = log.say(given.log_format)
    try:
        asyncio.run(given.does(options, say))
    except (ApiError, renewing.OutdatedError) as error:
        say(str(error))
        return CANNOT_RUN
    except OSError as error:
        say(f"cannot serve health pages on port {options.health_port}: {error}")
        return CANNOT_RUN
    except Exception:
        log.bug()
        return BUG
    return OK


async def _run(options: Options, say: log.Say) -> None:
    """Its module is imported here: with kopf it takes as long as all of a farewell's."""
    _take_descriptors()
    operator = importlib.import_module("lanner_operator.handlers.operator")
    await operator.Operator(options, say).run()


def _take_descriptors() -> None:
    """As many as it may have. A container begins with 1,024 where systemd's default holds: fewer than the
    connections to the agents of a large cluster, beside which nobody could ask the webhook or for health.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError):  # fs.nr_open is less by now: what it has must do
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _farewell(options: Options, say: log.Say) -> None:
    api = await Api.connect("lanner-farewell", options.kubeconfig or None)
    try:
        await farewell.run(api, options.installation, say)
    finally:
        await api.close()


async def _definitions(options: Options, say: log.Say) -> None:
    api = await Api.connect("lanner-definitions", options.kubeconfig or None)
    try:
        await renewing.run(api, say)
    finally:
        await api.close()


def _options(given: argparse.Namespace) -> Options:
    installation = Installation(given.namespace, given.name)
    place = Place(given.metrics_port, given.metrics_address, given.metrics_tls)
    return Options(
        installation,
        given.health_port,
        place,
        given.kubeconfig,
        _budgets(given),
        given.admission_port,
        _numbers(given),
        startup_taint=_taints(given),
        tell_exec=given.tell_exec,
        source_hosts=_hosts(given),
        page_port=given.page_port,
        reports_every_s=given.reports_every,
        identity=_identity(given),
    )


def _budgets(given: argparse.Namespace) -> Budgets:
    if "room_object" not in given:  # a farewell judges nothing
        return DEFAULT
    sizes = (given.room_object, given.room_namespace, given.room_namespaces, given.room_cluster)
    return Budgets(*(size << 20 for size in sizes))


def _hosts(given: argparse.Namespace) -> tuple[str, ...]:
    return tuple(given.source_hosts.replace(",", " ").split()) if "source_hosts" in given else ()


def _taints(given: argparse.Namespace) -> bool:
    return "startup_taint" in given and given.startup_taint == "remove"


def _identity(given: argparse.Namespace) -> str:
    """What no other operator is called, where nothing is said."""
    return getattr(given, "identity", "") or f"{socket.gethostname()}_{secrets.token_hex(4)}"


def _numbers(given: argparse.Namespace) -> Numbers:
    if "objects_namespace" not in given:
        return DEFAULT_NUMBERS
    return Numbers(given.objects_namespace, given.objects_namespaces)


class _Parser(argparse.ArgumentParser):
    """One whose complaints are lines like all others."""

    def error(self, message: str) -> NoReturn:
        if log.usage(message):
            self.exit(USAGE)
        super().error(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        "lanner-operator",
        description="Brings FalcoRules to the nodes of a cluster.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"lanner {metadata.version('lanner')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help="watch rules, publish the bundle, tell their status",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.set_defaults(does=_run)
    _add_place(run)
    _add_log_format(run)
    _add_identity(run)
    _add_health_port(run)
    _add_admission_port(run)
    _add_page_port(run)
    _add_reports(run)
    _add_metrics(run)
    _add_rooms(run)
    _add_numbers(run)
    run.add_argument(
        "--startup-taint",
        choices=("keep", "remove"),
        default=os.environ.get("LANNER_STARTUP_TAINT") or "keep",
        help=f"{KEY} of nodes whose agent watches (env LANNER_STARTUP_TAINT, else keep)",
    )
    words = "before an uninstall: no rule says any more that nodes have it"
    run.add_argument(
        "--source-hosts",
        default=os.environ.get("LANNER_SOURCE_HOSTS", ""),
        metavar="HOST[:PORT],…",
        help="hosts that may be asked for rules, *.DOMAIN or * for more; none else (env LANNER_SOURCE_HOSTS)",
    )
    ending = commands.add_parser("farewell", help=words, description=f"{words}. Stops the operator first.")
    ending.set_defaults(does=_farewell, **_SERVES_NOTHING)
    _add_place(ending)
    _add_log_format(ending)
    words = "before an upgrade: the resource definitions become those of this version"
    about = f"{words}. One that has fields which this version does not know stays as it is."
    renewing = commands.add_parser("definitions", help=words, description=about)
    renewing.set_defaults(does=_definitions, **_SERVES_NOTHING)
    _add_place(renewing)
    _add_log_format(renewing)
    return parser


def _add_place(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--namespace",
        default=os.environ.get("LANNER_NAMESPACE", "lanner"),
        help="where Lanner is installed (env LANNER_NAMESPACE, else lanner)",
    )
    command.add_argument(
        "--name",
        default=os.environ.get("LANNER_NAME", "lanner"),
        help="what its objects' names begin with, the chart's fullname (env LANNER_NAME, else lanner)",
    )
    command.add_argument(
        "--kubeconfig",
        default="",
        metavar="PATH",
        help="how to reach the cluster (else $KUBECONFIG, the pod's service account, ~/.kube/config)",
    )


def _add_log_format(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--log-format",
        type=_log_format,
        metavar="|".join(log_lines.FORMATS),
        default=os.environ.get(log_lines.VARIABLE) or "auto",
        help=f"what it says (env {log_lines.VARIABLE}, else auto: JSON lines in a pod without a terminal)",
    )


def _add_identity(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "--identity",
        default=os.environ.get("LANNER_IDENTITY", ""),
        metavar="NAME",
        help="this operator among several, of which one writes; the pod's name "
        "(env LANNER_IDENTITY, else the host's with a random number)",
    )


def _add_health_port(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "--health-port",
        type=_port,
        default=os.environ.get("LANNER_HEALTH_PORT", "8080"),
        help="port of /healthz and /readyz, 0 for none (env LANNER_HEALTH_PORT, else 8080)",
    )


def _add_admission_port(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "--admission-port",
        type=_port,
        default=os.environ.get("LANNER_ADMISSION_PORT", "0"),
        help="port of the webhook that checks rules before they are stored, 0 for none "
        "(env LANNER_ADMISSION_PORT, else 0)",
    )
    run.add_argument(
        "--tell-exec",
        action=argparse.BooleanOptionalAction,
        default=os.environ.get("LANNER_TELL_EXEC") == "true",
        help="tell the agents who enters pods (kubectl exec, attach, debug), by the same port "
        "(env LANNER_TELL_EXEC=true)",
    )


def _add_page_port(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "--page-port",
        type=_port,
        default=os.environ.get("LANNER_PAGE_PORT", "0"),
        help="port of the page, at the pod's loopback, 0 for none (env LANNER_PAGE_PORT, else 0)",
    )


def _add_reports(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "--reports-every",
        type=functools.partial(_number, _MAX_REPORTS_S),
        default=os.environ.get("LANNER_REPORTS_EVERY") or 0,
        metavar="SECONDS",
        help="write Reports (openreports.io) so often, if they changed (env LANNER_REPORTS_EVERY, else not)",
    )


def _add_metrics(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "--metrics-port",
        type=_port,
        default=os.environ.get("LANNER_METRICS_PORT", "0"),
        help="port of /metrics, 0 for none (env LANNER_METRICS_PORT, else 0)",
    )
    run.add_argument(
        "--metrics-address",
        default=os.environ.get("LANNER_METRICS_ADDRESS", LOCALHOST),
        help=f"where /metrics listens, * for every address (env LANNER_METRICS_ADDRESS, else {LOCALHOST})",
    )
    run.add_argument(
        "--metrics-tls",
        type=pathlib.Path,
        default=os.environ.get("LANNER_METRICS_TLS") or None,
        metavar="DIR",
        help="folder with tls.crt and tls.key, perhaps client-ca.crt: HTTPS (env LANNER_METRICS_TLS)",
    )


def _add_rooms(run: argparse.ArgumentParser) -> None:
    for name, default, whose in _ROOMS:
        variable = f"LANNER_ROOM_{name.upper()}"
        run.add_argument(
            f"--room-{name}",
            type=_mib,
            default=os.environ.get(variable) or str(default >> 20),
            metavar="MIB",
            help=f"of each agent's memory for {whose} (env {variable}, else {default >> 20})",
        )


def _add_numbers(run: argparse.ArgumentParser) -> None:
    for name, default, most, whose in _NUMBERS:
        variable = f"LANNER_OBJECTS_{name.upper()}"
        run.add_argument(
            f"--objects-{name}",
            type=functools.partial(_number, most),
            default=os.environ.get(variable) or str(default),
            metavar="NUMBER",
            help=f"of FalcoRules of {whose} that are read, the oldest (env {variable}, else {default})",
        )


def _log_format(text: str) -> str:
    if text not in log_lines.FORMATS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(log_lines.FORMATS)}")
    return text


def _mib(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _MAX_MIB:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of MiB from 1 to {_MAX_MIB}")
    return int(text)


def _number(most: int, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {most}")
    return int(text)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) not in _PORTS:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)
