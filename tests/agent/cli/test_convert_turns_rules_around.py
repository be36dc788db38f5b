# SPDX-License-Identifier: Apache-2.0
"""`lanner convert`: which way it goes, where the result goes, and what is never overwritten."""

from __future__ import annotations

import pathlib

import pytest

from tests.agent.cli.command import lanner
from tests.agent.events import rules


def test_there_and_back_by_itself(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.yaml").write_text("# kept\n" + rules.text("One"))
    there = lanner("convert", tmp_path / "a.yaml")
    assert there.returncode == 0, there.stderr
    assert there.stdout.startswith("apiVersion: lanner.dev/v1alpha1\nkind: ClusterFalcoRule\n")
    (tmp_path / "m.yaml").write_text(there.stdout)
    again = lanner("convert", tmp_path / "m.yaml")
    assert again.stdout == "# ClusterFalcoRule/a\n# kept\n" + rules.text("One")


def test_one_file_for_each_object_and_none_overwritten(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.yaml").write_text(rules.text("One"))
    (tmp_path / "b.yaml").write_text(rules.text("Two"))
    command = ("convert", tmp_path / "a.yaml", tmp_path / "b.yaml", "--output-dir", tmp_path / "out")
    first = lanner(*command)
    assert first.returncode == 0, first.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.yaml", "b.yaml"]
    assert lanner("check", tmp_path / "out").returncode == 0
    (tmp_path / "out/a.yaml").write_text("mine")
    second = lanner(*command)
    assert second.returncode != 0
    assert "is there already" in second.stderr
    assert (tmp_path / "out/a.yaml").read_text() == "mine"


def test_notes_go_to_standard_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.yaml").write_text(rules.text("One"))
    done = lanner("convert", "--kind", "FalcoRule", "--namespace", "team", tmp_path / "a.yaml")
    assert "  namespace: team\n" in done.stdout
    assert "note: a FalcoRule matches only in pods of its namespace" in done.stderr


def test_a_namespace_for_the_whole_cluster_is_wrong_usage(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.yaml").write_text(rules.text("One"))
    done = lanner("convert", "--namespace", "team", tmp_path / "a.yaml")
    assert done.returncode == 2
    assert "--kind FalcoRule" in done.stderr


def test_a_bad_file_is_shown_where_it_is_wrong(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.yaml").write_text("- rule: [\n")
    done = lanner("convert", "a.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("a.yaml:2:1: error: not YAML")


def manifest(name: str, mode: str) -> str:
    return (
        "apiVersion: lanner.dev/v1alpha1\nkind: ClusterFalcoRule\n"
        f'metadata: {{name: "{name}"}}\n'
        f"spec: {{mode: {mode}, content: '- {{list: a, items: [b]}}'}}\n"
    )


@pytest.mark.parametrize("name", ["../elsewhere", "{folder}/elsewhere"])
def test_a_name_leads_out_of_no_folder(name: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "m.yaml").write_text(manifest(name.format(folder=tmp_path), "Active"))
    done = lanner("convert", tmp_path / "m.yaml", "--output-dir", tmp_path / "out")
    assert done.returncode == 3
    assert "cannot be the name of a file" in done.stderr
    assert [path.name for path in tmp_path.rglob("*.yaml")] == ["m.yaml"]


def test_a_name_in_a_note_turns_no_text_around(tmp_path: pathlib.Path) -> None:
    (tmp_path / "m.yaml").write_text(manifest("a\\u202eb", "Disabled"))
    done = lanner("convert", tmp_path / "m.yaml")
    assert "note: ClusterFalcoRule/a\\u202eb is Disabled" in done.stderr
