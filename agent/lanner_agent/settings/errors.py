# SPDX-License-Identifier: Apache-2.0
"""The error of a configuration that cannot be used."""

from __future__ import annotations

from lanner_engine.source import Diagnostic, LannerError


class SettingsError(LannerError):
    """A configuration that cannot be used; `diagnostics` holds every reason found."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("; ".join(one.message for one in diagnostics))
        self.diagnostics = diagnostics
