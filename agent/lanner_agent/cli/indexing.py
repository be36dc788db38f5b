# SPDX-License-Identifier: Apache-2.0
"""The option that turns the index in the kernel off, for comparisons."""

from __future__ import annotations

import click

option = click.option(
    "--index/--no-index",
    default=True,
    show_default=True,
    envvar="LANNER_INDEX",
    help="Let the kernel hold back the events that no rule can be true on.",
)
