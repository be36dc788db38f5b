# SPDX-License-Identifier: Apache-2.0
"""Fields of the paths that calls name: fs.path.*, evt.abspath (specification 7.3).

fs.path.* are of calls that worked: what a failed one names is in evt.arg and evt.abspath.
"""

from __future__ import annotations

from lanner_engine.fields.field import Argument, Field, Records


def _path(name: str, meaning: str, read: str) -> tuple[Field, Field]:
    """The absolute path, and the path as given."""
    code = f"None if (x := {read}) is None else x."
    return (
        Field(f"fs.path.{name}", "CHARBUF", meaning, f"{code}path", records=Records.NAMES),
        Field(
            f"fs.path.{name}raw",
            "CHARBUF",
            "the same as given to the call",
            f"{code}raw",
            records=Records.NAMES,
        ),
    )


FIELDS = (
    *_path("name", "absolute path a filesystem call works on", "path_facts.only_path({e})"),
    *_path(
        "source",
        "absolute path that a move or a mount takes from; of a link the link itself",
        "{e}.fs_source",
    ),
    *_path(
        "target", "absolute path that a move or a mount makes; of a link what it leads to", "{e}.fs_target"
    ),
    Field(
        "evt.abspath",
        "CHARBUF",
        "absolute path of a call relative to a directory; .src and .dst are those of a call with two",
        "path_facts.absolute({e})",
        Argument.SIDE,
        "path_facts.absolute({e}, {a})",
        tail=True,
        records=Records.NAMES,
    ),
)
