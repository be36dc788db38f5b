# SPDX-License-Identifier: Apache-2.0
"""The constants table of a generated module: the only way for a rule's text into generated code."""

from __future__ import annotations

from collections.abc import Hashable


class Constants:
    """Values by generated names (K0, K1, ...); equal values of one type share a name."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self._names: dict[tuple[type, object], str] = {}

    def add(self, value: Hashable) -> str:
        """The name that stands for the value in generated code."""
        key = (type(value), value)
        name = self._names.get(key)
        if name is None:
            name = self._names[key] = f"K{len(self.values)}"
            self.values[name] = value
        return name

    def keep(self, value: object) -> str:
        """The name of a value that is not compared with others: a function, a table."""
        name = f"K{len(self.values)}"
        self.values[name] = value
        return name
