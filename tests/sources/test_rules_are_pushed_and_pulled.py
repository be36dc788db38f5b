# SPDX-License-Identifier: Apache-2.0
"""`lanner push` and `lanner pull`: from one machine's rules files into a folder of another."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from lanner_agent.policy.pulled import pulling
from lanner_agent.policy.pulled.folder import Folder, FolderError
from lanner_agent.policy.pulled.pulling import Source
from lanner_engine.source import RuleError
from lanner_sources.errors import SourceError
from tests.agent.cli.command import lanner
from tests.sources.publisher import Publisher

GOOD = "- macro: shells\n  condition: proc.name = sh\n"
BROKEN = (
    "- rule: r\n  desc: d\n  output: o\n  priority: NOTICE\n"
    "  condition: evt.type = execve and proc.nam = sh\n"
)


def source(publisher: Publisher, folder: Path) -> Source:
    return Source(publisher.wanted(), Folder(folder))


def test_what_one_pushes_another_pulls(registry: str, tmp_path: Path) -> None:
    for name, command in (("key", "genpkey -algorithm ed25519"), ("pub", f"pkey -in {tmp_path}/key -pubout")):
        subprocess.run(["openssl", *command.split(), "-out", tmp_path / name], check=True)
    (tmp_path / "mine.yaml").write_text(GOOD)
    place = f"oci://{registry}/cli/rules:stable"
    pushed = lanner("push", place, tmp_path / "mine.yaml", "--version", "1.2.0", "--sign", tmp_path / "key")
    assert pushed.stdout.endswith(", signed\n"), pushed.stderr
    pulled = lanner("pull", place, "--key", tmp_path / "pub", "--output", tmp_path / "there")
    assert "(version 1.2.0) is taken" in pulled.stdout, pulled.stderr
    assert (tmp_path / "there/mine.yaml").read_text() == GOOD
    refused = lanner("pull", place, "--output", tmp_path / "elsewhere")
    assert (refused.returncode, "no key is named" in refused.stderr) == (3, True)
    assert not (tmp_path / "elsewhere").exists()


def test_rules_with_errors_are_not_pushed(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    refused = lanner("push", "oci://localhost:1/rules", tmp_path / "broken.yaml")
    assert refused.returncode == 1
    assert "there is no field proc.nam" in refused.stderr


def test_a_new_version_takes_the_place_of_the_old_one(publisher: Publisher, tmp_path: Path) -> None:
    publisher.push(publisher.made(GOOD, "1.0.0"))
    one = source(publisher, tmp_path / "rules")
    assert one.pull() is not None
    assert one.pull() is None, "it is there"
    publisher.push(publisher.made(GOOD + "# more\n", "1.1.0"))
    origin = one.pull()
    assert origin is not None
    assert (origin.version, (tmp_path / "rules/rules.yaml").read_text()) == ("1.1.0", GOOD + "# more\n")


def test_what_is_refused_leaves_the_last_good_rules(publisher: Publisher, tmp_path: Path) -> None:
    publisher.push(publisher.made(GOOD, "1.1.0"))
    one = source(publisher, tmp_path / "rules")
    good = one.pull()
    publisher.push(publisher.made(GOOD + "# older\n", "1.0.0"))
    with pytest.raises(SourceError, match=r"older than 1\.1\.0"):
        one.pull()
    publisher.push(publisher.made(GOOD + "# unsigned\n", "1.2.0"), signed=False)
    with pytest.raises(SourceError, match="has no signature"):
        one.pull()
    publisher.push(publisher.made(BROKEN, "1.3.0"))
    with pytest.raises(RuleError, match="there is no field"):
        one.pull()
    assert (one.folder.origin, (tmp_path / "rules/rules.yaml").read_text()) == (good, GOOD)


def test_a_folder_of_others_is_left_alone(publisher: Publisher, tmp_path: Path) -> None:
    publisher.push()
    (tmp_path / "mine.yaml").write_text(GOOD)
    with pytest.raises(FolderError, match=r"holds mine\.yaml and was not pulled"):
        source(publisher, tmp_path).pull()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


def test_a_follower_says_each_change_once(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New rules, then none that are signed, then good ones again."""
    monkeypatch.setattr(pulling, "FIRST_RETRY_S", 0.05)
    said: list[str] = []
    heard, stop = threading.Condition(), threading.Event()

    def say(text: str) -> None:
        with heard:
            said.append(text)
            heard.notify()

    def next_says(words: str) -> None:
        with heard:
            assert heard.wait_for(lambda: any(words in one for one in said), 20), said

    publisher.push(publisher.made(GOOD, "1.0.0"))
    follower = threading.Thread(
        target=pulling.follow, args=([source(publisher, tmp_path / "r")], 0.05, stop, say)
    )
    follower.start()
    try:
        next_says("(version 1.0.0) is in")
        publisher.push(publisher.made(GOOD, "1.1.0"), signed=False)
        next_says("is not taken, what is in")
        publisher.push(publisher.made(GOOD, "1.2.0"))
        next_says("(version 1.2.0) is in")
    finally:
        stop.set()
        follower.join()
    assert len([one for one in said if "has no signature" in one]) == 1
