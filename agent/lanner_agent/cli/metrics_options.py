# SPDX-License-Identifier: Apache-2.0
"""Options --metrics-…: whether and where the page of metrics is served."""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Callable
from typing import Any, Final

import click

from lanner_apiserver.metrics.place import LOCALHOST, Place

_OPTIONS: Final = (
    click.option(
        "--metrics-port",
        envvar="LANNER_METRICS_PORT",
        type=click.IntRange(0, 65535),
        default=0,
        show_default=True,
        help="Of /metrics, for Prometheus; 0 for none.",
    ),
    click.option(
        "--metrics-address",
        envvar="LANNER_METRICS_ADDRESS",
        default=LOCALHOST,
        show_default=True,
        help="Where /metrics listens; * for every address.",
    ),
    click.option(
        "--metrics-tls",
        envvar="LANNER_METRICS_TLS",
        type=click.Path(path_type=pathlib.Path),
        default=None,
        help="HTTPS: a folder with tls.crt and tls.key; with client-ca.crt for its clients only.",
    ),
)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command gets them as one, `metrics`."""

    @functools.wraps(command)
    def given(
        *, metrics_port: int, metrics_address: str, metrics_tls: pathlib.Path | None, **others: Any
    ) -> Any:
        return command(metrics=Place(metrics_port, metrics_address, metrics_tls), **others)

    made: Callable[..., Any] = given
    for option in reversed(_OPTIONS):
        made = option(made)
    return made
