# SPDX-License-Identifier: Apache-2.0
"""A node that had rules once has them again after a restart, whether or not the API server answers; and goes
on when it goes away.
"""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from tests.agent.cluster import installation
from tests.agent.cluster.installation import Installation, cluster_rule, rule, until
from tests.cluster.control_plane import ControlPlane


@pytest.mark.timeout(120)
def test_the_last_rules_are_in_force_until_the_api_server_is_back(
    own_control_plane: ControlPlane, tmp_path: pathlib.Path
) -> None:
    with installation.installed(own_control_plane, tmp_path) as lanner:
        first = lanner.publish(cluster_rule("one", rule("First")))
        with lanner.agent() as agent:
            lanner.wait_for_bundle(first)
            until((lanner.state / "bundle").exists)
            own_control_plane.stop_api()
            agent.notes.wait("cannot read the rules' index", 15)
            subprocess.run(["true"], check=True)
            agent.alerts.wait('"rule":"First"')
        with lanner.agent() as agent:
            agent.wait_until_watching()
            agent.notes.wait(rf"rules: bundle {first.name}, 1 rule")
            subprocess.run(["true"], check=True)
            agent.alerts.wait('"rule":"First"')
            own_control_plane.start_api()
            second = lanner.publish(cluster_rule("one", rule("Second")))
            lanner.wait_for_bundle(second, 45)
            agent.notes.wait("that is over, it works again")


def test_a_damaged_file_is_not_used(lanner: Installation) -> None:
    index = lanner.publish(cluster_rule("one", rule("First")))
    lanner.state.mkdir()
    (lanner.state / "bundle").write_bytes(b"0" * 64 + b"\n{}")
    with lanner.agent() as agent:
        lanner.wait_for_bundle(index)
        agent.notes.wait("the rules kept on this node are not used: .*bundle is damaged: its hash is wrong")
        until(lambda: (lanner.state / "bundle").stat().st_size > 100)
    assert oct((lanner.state / "bundle").stat().st_mode & 0o777) == "0o600"


def test_a_folder_that_cannot_be_written_is_said_once(lanner: Installation) -> None:
    lanner.state.write_text("a file where the folder should be")
    first = lanner.publish(cluster_rule("one", rule("First")))
    with lanner.agent() as agent:
        lanner.wait_for_bundle(first)
        agent.notes.wait("a start without an API server will not have the newest rules: .*cannot be written")
        lanner.wait_for_bundle(lanner.publish(cluster_rule("one", rule("Second"))))
    assert agent.notes.text().count("will not have the newest rules") == 1


def test_a_full_disk_is_said_and_the_rules_are_in_force(lanner: Installation) -> None:
    lanner.state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", lanner.state], check=True)
    try:
        full = lanner.state / "somebody-elses"
        full.write_bytes(b"0" * (64 << 10))
        first = lanner.publish(cluster_rule("one", rule("First")))
        with lanner.agent() as agent:
            lanner.wait_for_bundle(first)
            agent.notes.wait("will not have the newest rules: .*No space left on device")
            subprocess.run(["true"], check=True)
            agent.alerts.wait('"rule":"First"')
            full.unlink()
            lanner.wait_for_bundle(lanner.publish(cluster_rule("one", rule("Second"))))
            until(lambda: (lanner.state / "bundle").stat().st_size > 100)
    finally:
        subprocess.run(["umount", "--lazy", lanner.state], check=True)
