# SPDX-License-Identifier: Apache-2.0
"""What benchmarks ask for: a line on the terminal about how far they are, and the machine to themselves."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

import pytest
from _pytest.capture import CaptureManager

from tests.bench import figures, sizes, surroundings

Tell = Callable[[str], None]


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest) -> Tell:
    """Shows past pytest's capture what is being done: over the line before on a terminal, else below it."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    assert isinstance(capture, CaptureManager)
    began = time.monotonic()

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            passed = f"[BENCH {(time.monotonic() - began) / 60:4.1f} min] {line}"
            shown = f"\r\033[K{passed}" if sys.stderr.isatty() else f"{passed}\n"
            print(shown, end="", file=sys.stderr, flush=True)

    return say


@pytest.fixture(scope="session")
def alone(tell: Tell) -> Iterator[None]:
    """Refuses to begin beside programs of others in the kernel; keeps what else ran."""
    attached, began = surroundings.attached(), time.time()
    if attached and not sizes.TRIAL:
        pytest.exit(f"another agent's programs are attached, end it first: {'; '.join(attached)}", 1)
    if not sizes.TRIAL:
        surroundings.wait_for_quiet(tell)
    load = surroundings.load()
    yield
    seen = {"load": load, "attached": attached, "attached_after": surroundings.attached()}
    minutes = round((time.time() - began) / 60, 1)
    figures.keep("surroundings", {**seen, "minutes": minutes, "trial": sizes.TRIAL})
