# SPDX-License-Identifier: Apache-2.0
"""--outputs: what is wrong with its file is said in one line, before anything watches."""

from __future__ import annotations

import pathlib

import click
import pytest
from click.testing import CliRunner

from lanner_agent.cli import output_options


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file: {pth: /x}", "file.path: Field required; file.pth: Extra inputs are not permitted"),
        ("fiel: {path: /x}", "fiel: Extra inputs are not permitted"),
        ("file: {path: x}", "file.path: Value error, must be a whole path, beginning with /"),
        ("stdout: {minimum_priority: loud}", "stdout.minimum_priority: Value error, invalid priority loud"),
        ("file: [", "while parsing a flow node"),
        ("- file", "Input should be a valid dictionary"),
    ],
)
def test_a_mistake_is_said_with_its_place(tmp_path: pathlib.Path, text: str, words: str) -> None:
    (tmp_path / "outputs.yaml").write_text(text)
    said = refused(tmp_path / "outputs.yaml")
    assert f"Invalid value for '--outputs': {tmp_path}/outputs.yaml: " in said
    assert words in said


def test_a_file_that_is_not_there_is_named(tmp_path: pathlib.Path) -> None:
    assert f"No such file or directory: '{tmp_path}/none.yaml'" in refused(tmp_path / "none.yaml")


def refused(path: pathlib.Path) -> str:
    """What the command says that gets it, before it does anything."""
    command = click.Command("lanner", params=output_options.option(click.Command("x")).params)
    done = CliRunner().invoke(command, ["--outputs", str(path)])
    assert done.exit_code == 2
    return done.output
