# SPDX-License-Identifier: Apache-2.0
"""Sources among the rules that are named: pulled before anything is loaded, and followed while it runs.

Their rules are in a folder of the state directory each; where that is unchanged, a start needs no registry.
What speaks HTTP and knows signatures, 26 MB, is imported where there is a source.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import pathlib
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from lanner_agent.app import logs
from lanner_agent.settings.model import RulesSettings
from lanner_sources import reference
from lanner_sources.reference import Reference

if TYPE_CHECKING:
    from lanner_agent.policy.pulled.pulling import Say, Source

_AS_PATHS: Final = {"oci:/": reference.OCI, "https:/": reference.HTTPS}  # what pathlib makes of them
_END_S: Final = 5.0


def named(path: pathlib.Path) -> Reference | None:
    """The source that is meant; None for a file or directory. Raises SourceError."""
    text = str(path)
    for prefix, scheme in _AS_PATHS.items():
        if text.startswith(prefix):
            return reference.parse(scheme + text.removeprefix(prefix).lstrip("/"))
    return None


def path(given: pathlib.Path) -> pathlib.Path:
    """Where the rules are."""
    source = named(given)
    return given if source is None else _place(source)


def pulled(rules: RulesSettings) -> tuple[Source, ...]:
    """The sources among the rules. Where one does not come, what came before is used, and that is said; it is
    checked for errors with all others.

    Raises:
        SourceError, RuleError, FolderError: what is wrong with a source that never came.
    """
    places = [one for one in map(named, rules.files) if one is not None]
    if not places:
        return ()
    from lanner_agent.policy.pulled import pulling  # noqa: PLC0415

    found = tuple(_source(one, rules) for one in places)
    for one in found:
        trouble = pulling.tried(one, _say) if one.folder.origin is not None else ""
        if trouble:
            logs.say(f"lanner: {trouble}", logging.WARNING)
        if one.folder.origin is None:
            one.pull()
    return found


@contextlib.contextmanager
def followed(sources: Sequence[Source], every_s: float, say: Say) -> Iterator[None]:
    """New versions are put in their folders, where they are noticed like an edit."""
    stop = threading.Event()
    if not sources:
        yield
        return
    from lanner_agent.policy.pulled import pulling  # noqa: PLC0415

    thread = threading.Thread(
        target=pulling.follow, args=(sources, every_s, stop, say), name="sources", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_END_S)


def _source(place: Reference, rules: RulesSettings) -> Source:
    """Checked with the rules that are named before it."""
    from lanner_agent.cli import source_options  # noqa: PLC0415
    from lanner_agent.policy.pulled import folder, pulling  # noqa: PLC0415
    from lanner_sources.fetching import Wanted  # noqa: PLC0415

    before: list[pathlib.Path] = []
    for one in rules.files:
        if named(one) == place:
            break
        before.append(path(one))
    key = source_options.trusted(rules.public_keys)
    wanted = Wanted(place, key, credentials=source_options.who(place, None))
    return pulling.Source(wanted, folder.Folder(_place(place)), before)


def _place(source: Reference) -> pathlib.Path:
    """A folder's name is made of the source without its tag, within which versions are compared."""
    state = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    cache = os.environ.get("XDG_STATE_HOME") or pathlib.Path.home() / ".local/state"
    folder = pathlib.Path(state) if state else pathlib.Path(cache) / "lanner"
    return folder / "sources" / hashlib.sha256(source.name.encode()).hexdigest()[:16]


def _say(text: str) -> None:
    logs.say(f"lanner: {text}")
