# SPDX-License-Identifier: Apache-2.0
"""Boots each kernel once and hands the tests what its guest said.

`--kernels=all` (make kernels) boots all of the catalogue, `--kernels=6.1,7.2` those, and they run everything;
without it the routine ones are booted, and run what a kernel can change. Progress is printed: a first run
downloads kernels and builds the guests' disk images.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from _pytest.capture import CaptureManager

from tests.kernels import boot, catalogue, results
from tests.kernels.guests import Guests

Facts = dict[str, Any]
PATIENT = pytest.mark.timeout(boot.LIMIT_S + 600)  # the first test of a kernel builds and boots its guest
CONSOLES = Path(__file__).parents[2] / "build/kernels"  # what each guest wrote last
BOOTED: dict[str, boot.Console] = {}  # by the name in the catalogue


@dataclass(frozen=True, slots=True)
class Report:
    """What one guest said: the lines of watch.py by their first word, and the whole console for messages."""

    kernel: catalogue.Kernel
    console: boot.Console

    def said(self, kind: str) -> list[Facts]:
        """The facts of every line that starts with `kind`."""
        lines = (line.partition(" ") for line in self.console.lines)
        return [json.loads(rest) for word, _, rest in lines if word == kind]

    def pid(self, what: str) -> int:
        """The process that did it."""
        (pid,) = (did["pid"] for did in self.said("DID") if did["what"] == what)
        assert isinstance(pid, int)
        return pid

    def events(self, what: str, *types: str) -> list[Facts]:
        """Events of these types that the process which did `what` caused."""
        pid = self.pid(what)
        return [event for event in self.said("SAW") if event["pid"] == pid and event["type"] in types]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--kernels",
        default="routine",
        help="kernels to boot: routine, all, or names with commas between them",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    try:
        asked = catalogue.chosen(metafunc.config.getoption("--kernels", default="routine"))
    except LookupError as error:
        raise pytest.UsageError(f"--kernels: {error}") from error
    for fixture, kernels in (("report", catalogue.SUPPORTED), ("refusal", catalogue.TOO_OLD)):
        if fixture in metafunc.fixturenames:
            chosen = [kernel for kernel in kernels if kernel in asked]
            metafunc.parametrize(
                fixture, chosen, indirect=True, scope="session", ids=lambda kernel: kernel.name
            )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What only `make kernels` boots is not asked of routine guests."""
    if config.getoption("--kernels", default="routine") == "routine":
        gone = [item for item in items if item.get_closest_marker("systemd")]
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if item not in gone]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A run of chosen kernels makes the page anew; other runs ask whether it is current."""
    chosen = config.getoption("--kernels", default="routine") != "routine"
    return True if chosen and collection_path.name == "test_kernels_page_is_current.py" else None


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """What docs/reference/kernels.md shows: of chosen kernels, in a run in which nothing failed."""
    chosen = session.config.getoption("--kernels", default="routine") != "routine"
    if exitstatus == 0 and chosen:
        results.keep({name: results.of(console.lines) for name, console in BOOTED.items()})
        if os.geteuid() == 0:
            results.keep_here()


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Prints a line past pytest's capture."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    assert isinstance(capture, CaptureManager)

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n[KERNEL] {line}", end=" ", flush=True)

    return say


@pytest.fixture(scope="session")
def guests(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guests]:
    """Of the kernels that chosen tests are about, in the order in which they come to them."""
    calls = (getattr(item, "callspec", None) for item in request.session.items)
    values = (value for call in calls if call for value in call.params.values())
    kernels = dict.fromkeys(value for value in values if isinstance(value, catalogue.Kernel))
    routine = request.config.getoption("--kernels") == "routine"
    made = Guests({kernel: tmp_path_factory.mktemp("kernel") for kernel in kernels}, routine=routine)
    yield made
    made.close()


def reported(kernel: catalogue.Kernel, guests: Guests, tell: Callable[[str], None]) -> Report:
    """The guest of this kernel, when it has come to its end."""
    tell(f"{kernel.name}: its guest is fetched and built, where the cache has it not, and runs")
    booted = guests.wait(kernel)
    tell(f"{kernel.name}: built in {booted.building:.1f} s, ran {booted.running:.1f} s")
    BOOTED[kernel.name] = booted.console
    CONSOLES.mkdir(parents=True, exist_ok=True)
    (CONSOLES / f"{kernel.name}.log").write_text("\n".join(booted.console.lines))
    assert booted.console.complete, f"{kernel.name} did not come to its end:\n{booted.console}"
    return Report(kernel, booted.console)


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest, guests: Guests, tell: Callable[[str], None]) -> Report:
    """The report of a kernel that can run the object."""
    return reported(request.param, guests, tell)


@pytest.fixture(scope="session")
def refusal(request: pytest.FixtureRequest, guests: Guests, tell: Callable[[str], None]) -> Report:
    """The report of a kernel that cannot."""
    return reported(request.param, guests, tell)
