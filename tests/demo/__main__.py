# SPDX-License-Identifier: Apache-2.0
"""`make demo`: starts the agent and a real container, makes five detections happen, shows each alert as it
comes.

Everything it made is gone afterwards, Ctrl-C included. Exits 1 when an alert does not come.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from rich.console import Console
from rich.text import Text

from tests.containers import runtime
from tests.demo import pod
from tests.demo.scenes import ENTERING, INSIDE, Scene
from tests.story.agent import Agent, Line

PATIENCE_S = 5.0
BREATH_S = 0.8  # for the reader
COLOURS = {"Critical": "bold red", "Warning": "bold yellow", "Notice": "bold cyan"}


class Stage:
    """The terminal, and what is running behind it."""

    def __init__(self, house: ExitStack) -> None:
        self.screen = Console(highlight=False, soft_wrap=True)
        self.house = house

    def prepare(self) -> None:
        with self.screen.status("starting a container runtime with a real image …"):
            self.containerd = self.house.enter_context(runtime.running())
            self.container = pod.start(self.containerd)
        with self.screen.status("starting lanner run …"):
            self.agent = Agent(["--cri-socket", str(self.containerd.socket)])
            self.house.callback(self.agent.stop)
            watching = self.agent.wait_until_watching()
        self.screen.print(Text(watching.text, "dim"))

    def enter(self) -> bool:
        """The first scene: opens the terminal in which the others are typed."""

        def act() -> None:
            self.terminal = self.house.enter_context(pod.enter(self.containerd, self.container))

        return self._play(1, ENTERING, act)

    def act(self, number: int, scene: Scene) -> bool:
        """One of the other scenes."""
        return self._play(number, scene, lambda: self.terminal.run(scene.command))

    def _play(self, number: int, scene: Scene, act: Callable[[], object]) -> bool:
        """True when the alert came."""
        self.screen.print(f"\n[bold]{number}. {scene.title}[/bold]")
        self.screen.print(Text(f"   {scene.prompt} {scene.command}", "green"))
        before = len(self.agent.alerts.all())
        started = time.time()
        act()
        line = self.agent.alerts.wait_until(lambda lines: _alert(scene, lines[before:]), PATIENCE_S)
        if line is None:
            self.screen.print(
                f"   [bold red]no alert within {PATIENCE_S} s[/bold red]\n{self.agent.notes.text()}"
            )
            return False
        self.screen.print(_coloured(line))
        self.screen.print(Text(f"   {line.arrived - started:.2f} s after the command was typed", "dim"))
        time.sleep(BREATH_S)
        return True

    def end(self) -> None:
        code = self.agent.stop()
        summary = [line.text for line in self.agent.notes.all()]
        first = next((at for at, line in enumerate(summary) if " events in " in line), len(summary))
        self.screen.print("\n" + "\n".join(summary[first:]), markup=False)
        if code != 0:
            raise SystemExit(f"lanner run ended with {code}")


def _alert(scene: Scene, lines: Sequence[Line]) -> Line | None:
    return next((line for line in lines if scene.alert in line.text), None)


def _coloured(line: Line) -> Text:
    text = Text("   " + line.text)
    for priority, colour in COLOURS.items():
        text.highlight_regex(f"(?<=: ){priority}(?= )", colour)
    text.highlight_regex(r"\b[a-z_0-9]+(?==)", "dim")
    return text


def main() -> int:
    """Up, five scenes, down."""
    with ExitStack() as house:
        stage = Stage(house)
        stage.prepare()
        came = [stage.enter(), *(stage.act(number, scene) for number, scene in enumerate(INSIDE, 2))]
        stage.end()
        with stage.screen.status("cleaning up …"):
            house.close()
    return 0 if all(came) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
