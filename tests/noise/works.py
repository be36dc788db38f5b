# SPDX-License-Identifier: Apache-2.0
"""Ordinary work, as works.yaml tells it."""

from __future__ import annotations

import pathlib
import shutil
from dataclasses import dataclass
from typing import Final

import yaml


@dataclass(frozen=True, slots=True)
class Work:
    """`needs`: programs without which it cannot be done. `short`: done by the tests as well. `script`: for
    bash, begins in an empty folder, leaves nothing outside of it.
    """

    name: str
    needs: tuple[str, ...]
    script: str
    short: bool = False

    @property
    def lacking(self) -> tuple[str, ...]:
        return tuple(one for one in self.needs if shutil.which(one) is None)


def _read() -> tuple[Work, ...]:
    written = yaml.safe_load(pathlib.Path(__file__).with_name("works.yaml").read_text())
    return tuple(Work(**{**one, "needs": tuple(one["needs"])}) for one in written)


WORKS: Final = _read()
