# SPDX-License-Identifier: Apache-2.0
"""A file, an environment and options -> the settings in force, or every reason why there are none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from lanner_agent.policy.files import rule_files
from lanner_agent.settings import complaints
from lanner_agent.settings.catalogue import SETTINGS, Setting
from lanner_agent.settings.errors import SettingsError
from lanner_agent.settings.layers import Layers
from lanner_agent.settings.model import Settings
from lanner_engine.documents import nodes, yaml_reader
from lanner_engine.documents.problems import Problems
from lanner_engine.source import Diagnostic, RuleError, Source, Span

FILE: Final = Path("/etc/lanner/lanner.yaml")  # where no other is named
SHOWN: Final = 50  # complaints; a hostile file has one a character
DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class InForce:
    """`origins` of what is not left at its default; `file` is the one that was read."""

    settings: Settings
    origins: Mapping[Setting, str]
    file: Path | None

    def origin(self, setting: Setting) -> str:
        """Where its value comes from, in words."""
        return self.origins.get(setting, DEFAULT)


def default_file(file: Path = FILE) -> Path | None:
    """The file of the default place, where there is one; one that is out of reach is there too."""
    try:
        return file if file.exists() else None
    except OSError:
        return file


def read(file: Path | None, environment: Mapping[str, str], options: Mapping[Setting, Any]) -> InForce:
    """Defaults, over them the file, the environment, the options. `file` None: none at all.

    Raises:
        SettingsError: with every reason.
    """
    layers = Layers()
    if file is not None and (root := _document(file)) is not None:
        layers.document(root)
    layers.environment(environment)
    for setting, value in options.items():
        layers.put(setting.keys, value, setting.option)
    try:
        settings = Settings.model_validate(layers.values, by_alias=True, by_name=False)
    except ValidationError as error:
        found = [complaints.diagnostic(one, layers) for one in error.errors(include_url=False)]
        found.sort(key=lambda one: (one.span.source.name, one.span.start))
        raise SettingsError(tuple(found[:SHOWN])) from None
    return InForce(settings, _origins(layers), file)


def _origins(layers: Layers) -> dict[Setting, str]:
    return {one: layers.places[one.keys].origin for one in SETTINGS if one.keys in layers.places}


def _document(file: Path) -> nodes.Mapping | None:
    """The one mapping that the file holds; None when it is empty."""
    found = Problems()
    try:
        roots = yaml_reader.read(yaml_reader.whole(_source(file)), found)
    except RuleError as error:
        raise SettingsError(error.diagnostics) from None
    for root in roots[1:]:
        found.error(complaints.WRONG, "a second document", root.origin.span(root.start, root.start + 1))
    if roots and not isinstance(roots[0], nodes.Mapping):
        span = roots[0].origin.span(roots[0].start, roots[0].start + 1)
        found.error(complaints.WRONG, f"a mapping is expected, not {nodes.kind(roots[0])}", span)
    if found.kept:
        raise SettingsError(tuple(found.kept[:SHOWN]))
    return roots[0] if roots and isinstance(roots[0], nodes.Mapping) else None


def _source(file: Path) -> Source:
    if os.path.isdir(file):  # where pathlib raises, reading says why
        nowhere = Span(Source(str(file), ""), 0, 0)
        raise SettingsError((Diagnostic("error", "LOAD_ERR_FILE_READ", "a directory, not a file", nowhere),))
    gathered = rule_files.gather((file,))
    if gathered.diagnostics:
        raise SettingsError(gathered.diagnostics)
    return gathered.sources[0]
