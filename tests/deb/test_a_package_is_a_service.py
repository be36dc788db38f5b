# SPDX-License-Identifier: Apache-2.0
"""The package, installed by dpkg and run by systemd in a machine of its own: from an alert to a purge."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lanner_agent.policy.bundle import loaded
from tests.deb.build import build
from tests.deb.machine import FIRST, PATIENCE_S, Machine, booted

pytestmark = pytest.mark.timeout(600)
UNIT = "lanner.service"
DEFAULT = len(loaded.built_in().program.rules)
RULE = """
- rule: Marked
  desc: a program that this test starts
  condition: evt.type = execve and proc.args contains {mark}
  output: marked (%proc.cmdline)
  priority: CRITICAL
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """With the package installed, by dpkg."""
    if os.geteuid() != 0 or not Path(FIRST).exists() or shutil.which("dh") is None:
        pytest.skip("needs root, systemd and debhelper")
    with booted(tmp_path_factory.mktemp("machine")) as machine:
        shutil.copy(build(), machine.root / "run/lanner.deb")
        machine.run("dpkg", "--install", "/run/lanner.deb")
        yield machine


def journal(machine: Machine, *words: str) -> list[str]:
    """What the service wrote since it was started, one line each."""
    this = machine.property(UNIT, "InvocationID")
    said = machine.run("journalctl", "--quiet", "--output=cat", f"_SYSTEMD_INVOCATION_ID={this}", *words)
    return said.splitlines()


def until(machine: Machine, text: str, *words: str, timeout_s: float = PATIENCE_S) -> list[str]:
    """The lines with this text, once there is one."""
    end = time.monotonic() + timeout_s
    while not (found := [line for line in journal(machine, *words) if text in line]):
        assert time.monotonic() < end, "\n".join(journal(machine))
        time.sleep(0.1)
    return found


def started_at(machine: Machine) -> str:
    return machine.property(UNIT, "ExecMainStartTimestampMonotonic")


def test_an_install_starts_it_and_it_is_ready_when_it_watches(machine: Machine) -> None:
    assert machine.property(UNIT, "ActiveState") == "active"
    assert machine.property(UNIT, "UnitFileState") == "enabled"
    assert machine.property(UNIT, "StatusText").startswith(f"{DEFAULT} rules, ")
    (line,) = until(machine, "watching ")
    assert not line.startswith("lanner:"), "the journal has the name by itself"
    assert "Ctrl-C" not in line


def test_it_has_four_capabilities_and_another_user_than_root(machine: Machine) -> None:
    process = machine.property(UNIT, "MainPID")
    status = dict(
        line.split(":\t", 1)
        for line in machine.run("cat", f"/proc/{process}/status").splitlines()
        if ":\t" in line
    )
    assert {status[name] for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {"000000c000080004"}
    assert "0" not in status["Uid"].split()
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


def test_nothing_that_it_asks_is_refused_to_it(machine: Machine) -> None:
    """What `lanner doctor` finds as root it finds as the service too."""
    assert "lanner can run here." in machine.run("lanner", "doctor")
    (unsure,) = [
        line for line in machine.run("lanner", "doctor").splitlines() if "names from the kernel: " in line
    ]
    told = [line for line in journal(machine) if line.startswith("paths of some calls")]
    assert bool(told) == unsure.startswith("none")


def test_an_alert_is_in_the_journal_with_its_priority(machine: Machine) -> None:
    machine.run("cat", "/etc/shadow")
    (line,) = until(machine, "command=cat /etc/shadow", "--priority=warning..warning")
    assert "Warning A sensitive file was opened for reading" in line


def test_a_rule_in_the_folder_is_in_force_at_once(machine: Machine) -> None:
    (machine.root / "etc/lanner/rules.d/mine.yaml").write_text(RULE.format(mark="first-mark"))
    until(machine, f"{DEFAULT + 1} rules in force")
    machine.run("true", "first-mark")
    assert until(machine, "marked (true first-mark)", "--priority=crit..crit")


def test_a_reload_reads_them_again_and_stops_nothing(machine: Machine) -> None:
    before = started_at(machine)
    machine.run("systemctl", "reload", UNIT)
    until(machine, f"rules reloaded: nothing changed; {DEFAULT + 1} rules in force")
    assert started_at(machine) == before


def test_a_bad_rule_leaves_the_old_ones_in_force(machine: Machine) -> None:
    rules = machine.root / "etc/lanner/rules.d/mine.yaml"
    rules.write_text(RULE.format(mark="x").replace("evt.type", "evt.tpye"))
    until(machine, f"rules not reloaded, the old ones stay in force ({DEFAULT + 1} rules)")
    assert until(machine, "did you mean evt.type?")
    rules.write_text(RULE.format(mark="second-mark"))
    until(machine, "rules reloaded: 1 changed")


def test_a_loop_that_hangs_is_ended_and_started_anew(machine: Machine) -> None:
    """What systemd does with WatchdogSec; here with two seconds of it."""
    drop_in = machine.root / "run/systemd/system/lanner.service.d"
    drop_in.mkdir()
    (drop_in / "soon.conf").write_text("[Service]\nWatchdogSec=2\nRestartSec=0\nTimeoutStopSec=1\n")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", UNIT)
    before = machine.property(UNIT, "MainPID")
    machine.run("sleep", "3")
    assert machine.property(UNIT, "MainPID") == before, "a loop that turns gives signs of life"
    machine.run("kill", "-STOP", before)
    machine.until(UNIT, "NRestarts", "1")
    machine.until(UNIT, "ActiveState", "active")
    shutil.rmtree(drop_in)
    machine.run("systemctl", "daemon-reload")


def test_settings_that_are_wrong_are_said_and_not_tried_again(machine: Machine) -> None:
    settings = machine.root / "etc/lanner/lanner.yaml"
    good = settings.read_text()
    settings.write_text(f"{good}otput: json\n")
    machine.run("systemctl", "restart", UNIT, check=False)
    assert machine.property(UNIT, "ActiveState") == "failed"
    assert "there is no setting otput" in machine.run("journalctl", "--unit", UNIT, "--priority=err")
    settings.write_text(good)
    machine.run("systemctl", "start", UNIT)


def test_an_upgrade_starts_it_anew_and_leaves_settings_and_rules(machine: Machine) -> None:
    settings = machine.root / "etc/lanner/lanner.yaml"
    settings.write_text(f"{settings.read_text()}index: false\n")
    before = started_at(machine)
    machine.run("dpkg", "--install", "/run/lanner.deb")
    assert started_at(machine) != before
    assert machine.property(UNIT, "ActiveState") == "active"
    assert settings.read_text().endswith("index: false\n")
    assert machine.property(UNIT, "StatusText").startswith(f"{DEFAULT + 1} rules, ")


def test_a_purge_leaves_rules_of_ones_own_and_nothing_else(machine: Machine) -> None:
    (machine.root / "var/lib/lanner/spool").mkdir()
    machine.run("dpkg", "--purge", "lanner")
    places = ("etc/lanner", "usr/lib/lanner", "usr/share/lanner", "var/lib/lanner", "var/log/lanner")
    left = machine.run("find", *(f"/{place}" for place in places), "-type", "f", check=False)
    assert [line for line in left.splitlines() if not line.startswith("find:")] == [
        "/etc/lanner/rules.d/mine.yaml"
    ]
    assert machine.property(UNIT, "LoadState") == "not-found"
