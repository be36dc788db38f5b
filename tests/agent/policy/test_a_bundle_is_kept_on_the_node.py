# SPDX-License-Identifier: Apache-2.0
"""The file of the last bundle: what was written is read again, everything else is refused with a reason."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanner_agent.policy.bundle.cache import Cache, CacheError, Kept, installation

KEPT = Kept("the index", {"a-0": b"\x00\xff one", "a-1": b""})


@pytest.fixture
def cache(tmp_path: pathlib.Path) -> Cache:
    return Cache(tmp_path / "made" / "for it", "lanner/lanner-rules")


def test_what_was_written_is_read_again(cache: Cache) -> None:
    assert cache.read() is None
    cache.write(Kept("older", {}))
    cache.write(KEPT)
    assert cache.read() == KEPT
    assert [file.name for file in cache.directory.iterdir()] == ["bundle"]


def test_what_a_kill_left_half_written_is_replaced(cache: Cache) -> None:
    cache.write(KEPT)

    def killed(source: pathlib.Path, _: pathlib.Path) -> None:
        left.append(source.name)
        raise KeyboardInterrupt

    left: list[str] = []
    for _ in range(2):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "replace", killed)
            with pytest.raises(KeyboardInterrupt):
                cache.write(KEPT)
    assert left == ["bundle.new"] * 2, "whatever process writes"


def test_another_installations_bundle_is_none(cache: Cache) -> None:
    cache.write(KEPT)
    assert Cache(cache.directory, "other/other-rules").read() is None


def test_another_clusters_bundle_is_none(cache: Cache, tmp_path: pathlib.Path) -> None:
    (tmp_path / "ca.crt").write_text("one authority")
    (tmp_path / "other.crt").write_text("another")
    one, other, unsigned = (
        Cache(cache.directory, installation("lanner/lanner-rules", authority, "https://10.0.0.1"))
        for authority in (str(tmp_path / "ca.crt"), str(tmp_path / "other.crt"), None)
    )
    one.write(KEPT)
    assert (one.read(), other.read(), unsigned.read()) == (KEPT, None, None)


def test_a_link_is_not_followed(cache: Cache, tmp_path: pathlib.Path) -> None:
    cache.write(KEPT)
    os.replace(cache.path, tmp_path / "elsewhere")
    cache.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CacheError, match="cannot be read"):
        cache.read()


def test_a_pipe_does_not_hold_up_the_start(cache: Cache) -> None:
    cache.directory.mkdir(parents=True)
    os.mkfifo(cache.path)
    with pytest.raises(CacheError, match="is not a regular file"):
        cache.read()


@given(at=st.integers(0, 200), byte=st.integers(0, 255))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_refused(cache: Cache, at: int, byte: int) -> None:
    cache.write(KEPT)
    content = bytearray(cache.path.read_bytes())
    at = min(at, len(content) - 1)
    if content[at] == byte:
        return
    content[at] = byte
    cache.path.write_bytes(content)
    with pytest.raises(CacheError, match="its hash is wrong"):
        cache.read()


@pytest.mark.parametrize(
    "body",
    [[], {}, {"owner": "lanner/lanner-rules"}, {"owner": "lanner/lanner-rules", "index": "", "shards": 1}],
)
def test_a_file_of_another_shape_is_refused(cache: Cache, body: object) -> None:
    cache.directory.mkdir(parents=True)
    text = json.dumps(body).encode()
    cache.path.write_bytes(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
    with pytest.raises(CacheError, match="holds no bundle"):
        cache.read()
