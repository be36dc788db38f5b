# SPDX-License-Identifier: Apache-2.0
"""Ordinary work, as works.yaml tells it."""

from __future__ import annotations

import pathlib
import shutil
from dataclasses import dataclass
from typing import Final

import yaml

HOST: Final = "host"


@dataclass(frozen=True, slots=True)
class Work:
    """`where`: names of places (places.py) in which it is done. `needs`: programs without which it cannot be
    done. `short`: done on the host by the tests as well. `once`: in a run, as nights and releases come
    rarely.
    `script`: for bash, begins in an empty folder, leaves nothing outside of it but in a place that is thrown
    away.
    """

    name: str
    script: str
    needs: tuple[str, ...] = ()
    where: tuple[str, ...] = (HOST,)
    short: bool = False
    once: bool = False

    @property
    def lacking(self) -> tuple[str, ...]:
        return tuple(one for one in self.needs if shutil.which(one) is None)


def _read() -> tuple[Work, ...]:
    written = yaml.safe_load(pathlib.Path(__file__).with_name("works.yaml").read_text())
    return tuple(
        Work(**{key: tuple(value) if isinstance(value, list) else value for key, value in one.items()})
        for one in written
    )


WORKS: Final = _read()
