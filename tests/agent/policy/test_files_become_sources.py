# SPDX-License-Identifier: Apache-2.0
"""Which files a path stands for, and what is said about a path that yields nothing."""

from __future__ import annotations

import os
import pathlib

import pytest

from lanner_agent.policy.files import rule_files


def only_problem(path: pathlib.Path) -> str:
    gathered = rule_files.gather([path])
    assert gathered.sources == ()
    (problem,) = gathered.diagnostics
    assert problem.severity == "error"
    assert problem.code == "LOAD_ERR_FILE_READ"
    assert problem.span.source.name == str(path)
    return problem.message


def test_a_directory_is_its_yaml_files_sorted_and_not_its_folders(tmp_path: pathlib.Path) -> None:
    for name in ("b.yaml", "a.yml", "c.txt", "10.yaml", ".hidden.yaml"):
        (tmp_path / name).write_text(name)
    (tmp_path / "z.yaml").mkdir()
    (tmp_path / "z.yaml" / "inside.yaml").write_text("not read")
    gathered = rule_files.gather([tmp_path])
    assert [source.text for source in gathered.sources] == [".hidden.yaml", "10.yaml", "a.yml", "b.yaml"]
    assert gathered.diagnostics == ()


def test_paths_keep_their_order_and_names(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("z", "a"):
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path)
    gathered = rule_files.gather([pathlib.Path("z"), pathlib.Path("a")])
    assert [(source.name, source.text) for source in gathered.sources] == [("z", "z"), ("a", "a")]


def test_a_byte_order_mark_is_not_text(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbf- list: x")
    assert rule_files.gather([path]).sources[0].text == "- list: x"


def test_a_missing_file_is_named(tmp_path: pathlib.Path) -> None:
    assert only_problem(tmp_path / "none.yaml") == "cannot read: no such file or directory"


def test_an_empty_directory_is_named(tmp_path: pathlib.Path) -> None:
    assert only_problem(tmp_path) == "no rule files in this directory"


def test_a_link_to_itself_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    assert "too many levels of symbolic links" in only_problem(tmp_path / "loop.yaml")


def test_a_pipe_is_refused_and_does_not_block(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "fifo.yaml")
    assert only_problem(tmp_path / "fifo.yaml") == "not a regular file"


def test_an_endless_device_is_refused() -> None:
    assert only_problem(pathlib.Path("/dev/zero")) == "not a regular file"


def test_a_binary_file_is_refused_at_its_first_bad_byte(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "binary.yaml"
    path.write_bytes(b"- list: a\n  items: [\xff]\n")
    (problem,) = rule_files.gather([path]).diagnostics
    assert problem.message == "not UTF-8 text: byte 0xff at offset 20"
    assert problem.span.position() == (2, 11)


def test_a_zero_byte_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "elf.yaml"
    path.write_bytes(b"\x7fELF\0\0")
    assert only_problem(path) == "not text: a zero byte at offset 4"


def test_a_huge_file_is_refused_without_being_read_whole(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # sparse: a terabyte that costs nothing
    assert only_problem(path) == "larger than 4 MiB"


def test_many_files_are_bounded_together(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_files, "TOTAL_BYTES", 1 << 20)
    for number in range(4):
        (tmp_path / f"{number}.yaml").write_text("#" * (400 << 10))
    gathered = rule_files.gather([tmp_path])
    assert len(gathered.sources) == 2
    assert [d.message for d in gathered.diagnostics] == ["more than 1 MiB of rule files together"] * 2


def test_one_bad_file_does_not_hide_the_others(tmp_path: pathlib.Path) -> None:
    (tmp_path / "good.yaml").write_text("good")
    (tmp_path / "bad.yaml").write_bytes(b"\xff")
    gathered = rule_files.gather([tmp_path, tmp_path / "missing.yaml"])
    assert [source.text for source in gathered.sources] == ["good"]
    assert len(gathered.diagnostics) == 2
