# SPDX-License-Identifier: Apache-2.0
"""The settings as options of a command, and what a command was given -> the settings in force.

An option's name, its form and its help are the setting's. Options win over the environment, that over the
file, that over the defaults.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

import click

from lanner_agent.settings import catalogue, page, reading
from lanner_agent.settings.catalogue import Setting
from lanner_agent.settings.reading import InForce

Command = TypeVar("Command", bound=Callable[..., Any])

# readable=False: access(2) knows no capabilities, and reading says it in the form of all problems.
FILE: Final = click.Path(readable=False, path_type=pathlib.Path)
_METAVARS: Final = {
    "rules.files": "PATH",
    "cri.socket": "PATH",
    "rules.appendOutput": "TEXT",
    "rules.publicKeys": "FILE",
} | {
    "recording.file": "FILE",
    "recording.on": "RULE",
    "recording.folder": "PATH",
}


def every(*commands: str) -> Callable[[Command], Command]:
    """--config, and an option for each setting that one of these commands reads."""
    return _with_config(catalogue.of(*commands))


def named(*keys: str) -> Callable[[Command], Command]:
    """--config, and an option for each of these settings."""
    return _with_config([one for one in catalogue.SETTINGS if one.key in keys])


def _with_config(settings: Iterable[Setting]) -> Callable[[Command], Command]:
    def decorate(function: Command) -> Command:
        config = click.option(
            "--config",
            type=FILE,
            metavar="FILE",
            envvar="LANNER_CONFIG",
            help=f"Settings; an option and the environment win over it.  [env: LANNER_CONFIG; default: "
            f"{reading.FILE}, where it is]",
        )
        return config(some(settings)(function))

    return decorate


def some(settings: Iterable[Setting]) -> Callable[[Command], Command]:
    """An option for each of them."""

    def decorate(function: Command) -> Command:
        for setting in reversed([one for one in settings if one.option]):
            function = _option(setting)(function)
        return function

    return decorate


def read(config: pathlib.Path | None, given: Mapping[str, Any]) -> InForce:
    """The file that is named, or that of the default place; over it the environment and the options given.

    Raises:
        SettingsError: with every reason.
    """
    return reading.read(config or reading.default_file(), os.environ, wanted(given))


def wanted(given: Mapping[str, Any]) -> dict[Setting, Any]:
    """What was said on the command line, of the options that `some` made."""
    values = ((one, given.get(one.parameter)) for one in catalogue.SETTINGS)
    return {one: _plain(one, value) for one, value in values if value is not None and value != ()}


def _plain(setting: Setting, value: Any) -> Any:
    """As the file would have it."""
    if setting.key == "rules.select":
        return [{action: name} for action, name in value]
    return list(value) if setting.several else value


def _option(setting: Setting) -> Callable[[Command], Command]:
    names = [setting.option, setting.parameter]
    if setting.info.annotation is bool:
        names[0] += f"/--no-{setting.option.removeprefix('--')}"
    return click.option(
        *names,
        default=None,
        help=f"{setting.info.description}  [{_also(setting)}]",
        **_form(setting),
    )


def _form(setting: Setting) -> dict[str, Any]:
    if setting.key == "rules.select":
        kind = (click.Choice(["enable", "disable"]), str)
        return {"nargs": 2, "multiple": True, "type": kind, "metavar": "enable|disable NAME|tag:TAG"}
    if setting.key == "page.listen":  # the option alone means the usual place
        return {"is_flag": False, "flag_value": str(page.PORT), "metavar": "[HOST:PORT]", "type": str}
    form: dict[str, Any] = {"multiple": setting.several, "metavar": _METAVARS.get(setting.key)}
    if setting.info.annotation is bool:
        return {}
    if setting.choices:
        return {**form, "type": click.Choice(setting.choices, case_sensitive=False)}
    if setting.bounds:
        kind_of = click.IntRange if setting.info.annotation is int else click.FloatRange
        return {**form, "type": kind_of(*setting.bounds)}  # type: ignore[arg-type]  # whole numbers for whole ones
    return {**form, "type": str}


def _also(setting: Setting) -> str:
    """Where it can be said besides, and the default."""
    value = catalogue.default(setting)
    default = "" if value in ("", []) else f"default: {str(value).lower() if value is True else value}"
    variable = f"env: {setting.variable}" if setting.variable else ""
    return "; ".join(filter(None, (variable, f"file: {setting.key}", default)))
