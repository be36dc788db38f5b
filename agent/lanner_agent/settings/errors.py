# SPDX-License-Identifier: Apache-2.0
"""The error of a configuration that cannot be used. What it shows of a file goes to logs, so it shows no
value that looks like a secret.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from lanner_agent.publish import redact
from lanner_engine.source import Diagnostic, LannerError

# With a user, a query, or a long part in its path, as web hooks have.
_ADDRESS: Final = re.compile(r"""://[^\s/]*(?:@|\?|/.*(?:@|\?|[^/\s"']{16}))""")


class SettingsError(LannerError):
    """A configuration that cannot be used; `diagnostics` holds every reason found."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("; ".join(one.message for one in diagnostics))
        self.diagnostics = tuple(map(_without_secret, diagnostics))


def _without_secret(found: Diagnostic) -> Diagnostic:
    """The same place; where the marked line holds a secret, its value is as many asterisks."""
    text, start = found.span.source.text, found.span.start
    begin = text.rfind("\n", 0, start) + 1
    line = text[begin:].partition("\n")[0]
    if not _holds_secret(line):
        return found
    key, colon, value = line.partition(":")
    hidden = key + colon + re.sub(r"\S", "*", value)
    source = replace(found.span.source, text=text[:begin] + hidden + text[begin + len(line) :])
    return replace(found, span=replace(found.span, source=source))


def _holds_secret(line: str) -> bool:
    written = line.encode("utf-8", "surrogatepass")
    return redact.redacted(written) != written or _ADDRESS.search(line) is not None
