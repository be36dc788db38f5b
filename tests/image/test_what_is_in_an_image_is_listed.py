# SPDX-License-Identifier: Apache-2.0
"""Beside the archive lies a CycloneDX document for each image, with every package of Debian and of Python."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cyclonedx.model.bom import Bom
from packageurl import PackageURL

from tests.image.build import ROOT, Images

LOCKS = {"agent": ("requirements.lock", "requirements-agent.lock")}
LOCKS["operator"] = ("requirements.lock", "requirements-operator.lock")
NOT_THERE = {"llvmlite"}  # only pylibbpf's own Python imports it
PINNED = re.compile(r"(?m)^([\w.-]+)==(\S+) ([\\;])")  # behind ; stands on which systems alone


def listed(images: Images, target: str) -> Path:
    (found,) = [path for path in images.contents if path.name == f"lanner-{target}.cdx.json"]
    return found


def urls(path: Path) -> list[PackageURL]:
    return [PackageURL.from_string(one["purl"]) for one in json.loads(path.read_text())["components"]]


@pytest.mark.parametrize("target", LOCKS)
def test_it_has_the_locked_versions_and_the_wheel(images: Images, target: str) -> None:
    pinned = [one for lock in LOCKS[target] for one in PINNED.findall((ROOT / lock).read_text())]
    locked = {(_spelt(name), version): end for name, version, end in pinned}
    found = {(_spelt(one.name), one.version) for one in urls(listed(images, target)) if one.type == "pypi"}
    assert {name for name, _ in found - locked.keys()} == {"lanner"}
    missing = {name for (name, _), end in locked.items() if end != ";"} - {name for name, _ in found}
    assert missing <= NOT_THERE


def _spelt(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("target", LOCKS)
def test_it_has_debians_packages(images: Images, target: str) -> None:
    names = {one.name for one in urls(listed(images, target)) if one.type == "deb"}
    assert {"python3", "libc6", "libstdc++6"} <= names


@pytest.mark.parametrize("target", LOCKS)
def test_it_is_a_cyclonedx_document_of_that_image(images: Images, target: str) -> None:
    text = listed(images, target).read_text()
    image = images.agent if target == "agent" else images.operator
    assert json.loads(text)["metadata"]["component"]["name"] == image.name
    assert Bom.from_json(json.loads(text)).components  # type: ignore[attr-defined]  # its decorator adds it
