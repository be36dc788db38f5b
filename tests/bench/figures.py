# SPDX-License-Identifier: Apache-2.0
"""Nanoseconds of states -> build/bench/<name>.json and a table."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "build/bench"

Figures = Mapping[str, Mapping[str, float]]  # state -> what was timed -> nanoseconds


def write(name: str, figures: Figures) -> Path:
    """The figures with the kernel they hold for and their ratios to the first state."""
    first = next(iter(figures.values()))
    ratios = {
        state: {work: round(ns / first[work], 3) for work, ns in timed.items()}
        for state, timed in figures.items()
    }
    return keep(name, {"nanoseconds": figures, "ratios": ratios})


def keep(name: str, data: Mapping[str, object]) -> Path:
    """Any data as JSON, with the machine it holds for."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps({**machine(), **data}, indent=2) + "\n")
    return path


def machine() -> dict[str, str | int]:
    """What figures depend on."""
    cpus = len(os.sched_getaffinity(0))
    return {"kernel": platform.release(), "machine": platform.machine(), "cpus": cpus}


def table(figures: Figures) -> str:
    """A row for each state: nanoseconds, and how many times those of the first row."""
    first = next(iter(figures.values()))
    rows = [f"{'':36}" + "".join(f"{work:>24}" for work in first)]
    for state, timed in figures.items():
        cells = (f"{ns:12.1f} ns  x {ns / first[work]:5.2f}" for work, ns in timed.items())
        rows.append(f"{state:36}" + "".join(f"{cell:>24}" for cell in cells))
    return "\n".join(rows)
