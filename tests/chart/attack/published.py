# SPDX-License-Identifier: Apache-2.0
"""What MITRE publishes -> data/attack.tsv of lanner_page, which lanner_page.matrix reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_NOTICE: Final = (
    "© The MITRE Corporation. This work is reproduced and distributed with the permission of "
    "The MITRE Corporation."
)


def written(data: Mapping[str, Any], version: str) -> str:
    """The table of a document with `tactics` and `techniques`; it names tactics `privilege-escalation`."""
    tactics = sorted((one["id"], one["name"], _word(one["shortname"])) for one in data["tactics"].values())
    techniques = sorted(
        (number, one["name"], " ".join(map(_word, one["tactics"])))
        for number, one in data["techniques"].items()
    )
    rows = ("\t".join(row) for row in (*tactics, *techniques))
    return "\n".join((f"# {version}", f"# {_NOTICE}", *rows)) + "\n"


def _word(short: str) -> str:
    return short.replace("-", "_")
