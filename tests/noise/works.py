# SPDX-License-Identifier: Apache-2.0
"""Ordinary work, as works.yaml tells it."""

from __future__ import annotations

import pathlib
import shutil
from dataclasses import dataclass
from typing import Any, Final

import yaml

HOST: Final = "host"


@dataclass(frozen=True, slots=True)
class Work:
    """`where`: names of places (places.py) in which it is done. `needs`: programs without which it cannot be
    done. `short`: done on the host by the tests as well. `once`: in a run, as a machine does it once
    a day.
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
    written: list[dict[str, Any]] = yaml.safe_load(pathlib.Path(__file__).with_name("works.yaml").read_text())
    return tuple(_work(one) for one in written)


def _work(written: dict[str, Any]) -> Work:
    whole: dict[str, Any] = {**written}
    for key in ("needs", "where"):
        if key in written:
            whole[key] = tuple(written[key])
    return Work(**whole)


WORKS: Final = _read()
