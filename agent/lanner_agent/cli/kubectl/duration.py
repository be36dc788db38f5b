# SPDX-License-Identifier: Apache-2.0
"""Durations on the command line, as kubectl writes them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

import click

from lanner_agent.cli.kubectl import printing

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Duration(click.ParamType[timedelta]):
    """30s, 5m, 2h, 1d; `longest` at most."""

    name = "duration"

    def __init__(self, longest: timedelta | None = None) -> None:
        self._longest = longest

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,6})([smhd])", str(value), re.ASCII)
        if found is None:
            self.fail(f"{printing.cell(value, 50)} is no duration: write 30s, 5m, 2h or 1d", param, ctx)
        made = timedelta(seconds=int(found[1]) * _UNITS[found[2]])
        if self._longest is not None and not timedelta() < made <= self._longest:
            self.fail(f"{value} is not between 1s and {written(self._longest)}", param, ctx)
        return made


def written(one: timedelta) -> str:
    """In the largest unit that it is a multiple of: 90s, 5m, 1h."""
    seconds = int(one.total_seconds())
    size, unit = max((size, unit) for unit, size in _UNITS.items() if seconds % size == 0)
    return f"{seconds // size}{unit}"
