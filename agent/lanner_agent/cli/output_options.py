# SPDX-License-Identifier: Apache-2.0
"""The option --outputs: a file that says where alerts go besides standard output. Used by run and agent."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click
import pydantic
import yaml

from lanner_agent.publish import escape
from lanner_agent.publish.settings.outputs import OutputsSettings

Command = TypeVar("Command", bound=Callable[..., Any])

_BYTES: Final = 1 << 20


def option(command: Command) -> Command:
    """--outputs, as the parameter `outputs`: OutputsSettings."""
    return click.option(
        "--outputs",
        envvar="LANNER_OUTPUTS",
        type=click.Path(readable=False, path_type=pathlib.Path),
        callback=_read,
        metavar="PATH",
        help="YAML file that says where alerts go besides standard output.",
    )(command)


def _read(context: click.Context, parameter: click.Parameter, path: pathlib.Path | None) -> OutputsSettings:
    if path is None:
        return OutputsSettings()
    try:
        with path.open("rb") as file:
            # no implicit types: what a setting is, its model says
            given = yaml.load(file.read(_BYTES), Loader=yaml.CBaseLoader)  # noqa: S506  makes texts only
        return OutputsSettings.model_validate(given or {})
    except pydantic.ValidationError as error:
        raise click.BadParameter(f"{path}: {_places(error)}", context, parameter) from None
    except (OSError, yaml.YAMLError) as error:
        raise click.BadParameter(f"{path}: {error}", context, parameter) from None


def _places(error: pydantic.ValidationError) -> str:
    """`file.path: Field required`, for each."""
    return "; ".join(
        f"{escape.shown('.'.join(map(str, one['loc'])))}: {escape.shown(one['msg'])}"
        for one in error.errors(include_url=False)
    )
