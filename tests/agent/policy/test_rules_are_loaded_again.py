# SPDX-License-Identifier: Apache-2.0
"""Reloading with real files and the real engine: what is taken over, what is refused, what is said."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Callable, Iterator

import pytest

from lanner_agent.kernel.inotify import Inotify
from lanner_agent.policy.files import load
from lanner_agent.policy.files.reload import Reloader
from lanner_agent.policy.rule_source import Reloaded
from tests.agent.events import rules

OTHER, THIRD = "evt.type = connect", "evt.type = kill"


class Watch:
    """A reloader of one file that looks every tenth of a second."""

    def __init__(self, path: pathlib.Path, edit: str = "", longest_s: float = 0.01) -> None:
        self.path = path
        self.said: list[str] = []
        checked = load.check([path])
        if edit:
            path.write_text(edit)
        compiled = load.compiled(checked)
        self.reloader = Reloader([path], checked, compiled, self.said.append, Inotify(longest_s))
        self.reloader.start()

    def until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 5
        while not done():
            assert time.monotonic() < deadline, self.said
            time.sleep(0.005)

    def reloaded(self) -> Reloaded:
        taken: list[Reloaded] = []

        def take() -> bool:
            reloaded = self.reloader.take()
            if reloaded is not None:
                taken.append(reloaded)
            return bool(taken)

        self.until(take)
        return taken[0]


@pytest.fixture
def watch(tmp_path: pathlib.Path) -> Iterator[Watch]:
    (tmp_path / "rules.yaml").write_text(rules.text("One") + rules.text("Two", OTHER))
    watch = Watch(tmp_path / "rules.yaml")
    yield watch
    watch.reloader.stop()


def test_a_good_edit_is_given_once_with_one_line(watch: Watch) -> None:
    watch.path.write_text(rules.text("One", output="new") + rules.text("Three", OTHER))
    reloaded = watch.reloaded()
    assert [rule.name for rule in reloaded.program.rules] == ["One", "Three"]
    assert (
        reloaded.note == "rules reloaded: 1 added (Three), 1 removed (Two), 1 changed (One); 2 rules in force"
    )
    assert watch.reloader.take() is None
    assert watch.said == []
    assert (watch.reloader.loaded, watch.reloader.refused) == (1, 0)


def test_a_bad_edit_keeps_the_old_rules_and_says_why(watch: Watch) -> None:
    watch.path.write_text(rules.text("One", condition="evt.type = execve and nonsense.field = 1"))
    watch.until(lambda: watch.reloader.refused == 1)
    assert watch.reloader.take() is None
    assert "nonsense.field" in watch.said[0]
    assert f"{watch.path}:4:" in watch.said[0]
    assert watch.said[-1] == (
        "rules not reloaded, the old ones stay in force (2 rules): fix the problems above"
    )


def test_a_repaired_edit_is_compared_with_what_is_in_force(watch: Watch) -> None:
    watch.path.write_text("- rule: [")
    watch.until(lambda: watch.reloader.refused == 1)
    watch.path.write_text(rules.text("One") + rules.text("Two", OTHER) + rules.text("Three", THIRD))
    assert watch.reloaded().note == "rules reloaded: 1 added (Three); 3 rules in force"


def test_a_program_that_was_not_put_in_force_is_not_compared_with(watch: Watch) -> None:
    old = load.compiled(load.check([watch.path]))
    watch.path.write_text(rules.text("Other"))
    watch.reloaded()
    watch.reloader.keep(old, "the kernel refuses")
    assert watch.said[-1].endswith("the old ones stay in force (2 rules): the kernel refuses")
    watch.path.write_text(rules.text("One") + rules.text("Two", OTHER))
    assert watch.reloaded().note == "rules reloaded: nothing changed; 2 rules in force"


def test_a_file_that_disappears_keeps_the_old_rules(watch: Watch) -> None:
    watch.path.unlink()
    watch.until(lambda: watch.reloader.refused == 1)
    assert "no such file or directory" in watch.said[0]


def test_asking_loads_an_unchanged_file_again(watch: Watch) -> None:
    watch.reloader.ask()
    assert watch.reloaded().note == "rules reloaded: nothing changed; 2 rules in force"


def test_nothing_happens_while_nothing_changes(watch: Watch) -> None:
    time.sleep(0.2)
    assert watch.said == []
    assert watch.reloader.take() is None


def test_an_edit_between_check_and_start_is_not_missed(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(rules.text("One"))
    watch = Watch(path, edit=rules.text("One") + rules.text("Two", OTHER))
    assert watch.reloaded().note == "rules reloaded: 1 added (Two); 2 rules in force"
    watch.reloader.stop()


def test_many_names_are_cut(watch: Watch) -> None:
    watch.path.write_text("".join(rules.text(f"Rule {number}") for number in range(6)))
    assert watch.reloaded().note == (
        "rules reloaded: 6 added (Rule 0, Rule 1, Rule 2 and 3 more), 2 removed (One, Two); 6 rules in force"
    )
