# SPDX-License-Identifier: Apache-2.0
"""Options of the commands that talk to a registry, and what they mean."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from lanner_engine.source import LannerError
from lanner_sources import credentials, keys, reference
from lanner_sources.credentials import Credentials
from lanner_sources.errors import SourceError
from lanner_sources.http import Reach
from lanner_sources.keys import PublicKey
from lanner_sources.reference import Artifact, Reference

Command = TypeVar("Command", bound=Callable[..., Any])
PATH: Final = click.Path(readable=False, path_type=pathlib.Path)
_MOST: Final = 1 << 20


class FileError(LannerError):
    """A file that an option names cannot be read."""


class Named(click.ParamType[Reference]):
    """An OCI reference or an https URL."""

    name = "reference"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Reference:
        try:
            return value if isinstance(value, Artifact) else reference.parse(str(value))
        except SourceError as error:
            self.fail(f"{error}. {error.hint}".rstrip(". ") + ".", param, ctx)


def registry(function: Command) -> Command:
    """--ca, --plain-http, --docker-config."""
    plain = click.option(
        "--plain-http", is_flag=True, help="Ask without TLS; this machine is asked so anyway."
    )
    ca = click.option(
        "--ca", type=PATH, metavar="FILE", envvar="LANNER_PULL_CA", help="Authorities to trust, in PEM.  "
        "[env: LANNER_PULL_CA; default: the system's]",
    )  # fmt: skip
    config = click.option(
        "--docker-config", type=PATH, metavar="FILE",
        help="Who to be, as `docker login` keeps it; helpers are not run.  "
        "[default: $DOCKER_CONFIG/config.json, ~/.docker/config.json]",
    )  # fmt: skip
    return ca(plain(config(function)))


def reach(ca: pathlib.Path | None, plain_http: bool) -> Reach:
    """Any host: the user named it. Raises FileError."""
    return Reach(ca=text(ca) if ca else "", plain=plain_http)


def who(place: Reference, config: pathlib.Path | None) -> Credentials:
    """For the registry. Raises FileError for a named file, SourceError for one that is no configuration."""
    if not isinstance(place, Artifact):
        return credentials.NOBODY
    if config is None:
        folder = os.environ.get("DOCKER_CONFIG")
        config = (pathlib.Path(folder) if folder else pathlib.Path.home() / ".docker") / "config.json"
        if not os.access(config, os.R_OK):
            return credentials.NOBODY
    return credentials.of_host(text(config), place.host)


def trusted(paths: tuple[pathlib.Path, ...]) -> tuple[PublicKey, ...]:
    """The keys in these files. Raises FileError, SourceError."""
    return tuple(key for path in paths for key in keys.public(text(path)))


def text(path: pathlib.Path) -> str:
    """Raises FileError."""
    try:
        with open(path, encoding="utf-8") as file:
            found = file.read(_MOST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read: {getattr(error, 'strerror', 'it is no text')}") from None
    if len(found) > _MOST:
        raise FileError(f"{path} is larger than {_MOST >> 20} MiB")
    return found
