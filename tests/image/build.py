# SPDX-License-Identifier: Apache-2.0
"""Both images of this checkout, as archives, and the chart's values that name them.

In: the checkout. Out: build/image/{agent,operator}.tar and build/image/values.yaml. Called by __main__ and by
the fixture.

A tag is the version and the beginning of the image's id, as 0.1.0-5d1f0c2b9a7e: another content has another
tag, so that an upgrade starts new pods exactly when there is something new.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.image import base
from tests.image.engine import engine

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build/image"
TARGETS = ("agent", "operator")


@dataclass(frozen=True, slots=True)
class Image:
    """One image, also as an archive."""

    target: str
    repository: str
    tag: str
    archive: Path

    @property
    def name(self) -> str:
        """As a pod names it."""
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True, slots=True)
class Images:
    """What one build made."""

    images: tuple[Image, ...]
    values: Path  # for `helm install --values`: nothing is pulled


def build(say: Callable[[str], None]) -> Images:
    """Takes minutes the first time, seconds after a change of source."""
    began = time.monotonic()
    builder = engine()
    arguments = {"BASE": base.name(builder, say)}
    FOLDER.mkdir(parents=True, exist_ok=True)
    images = []
    for target in TARGETS:
        identity = builder.build(ROOT, target, arguments)
        image = Image(target, f"lanner-{target}", f"{_version()}-{identity[:12]}", FOLDER / f"{target}.tar")
        builder.save(identity, image.name, image.archive)
        say(f"{image.name} in {image.archive.relative_to(ROOT)}, {image.archive.stat().st_size >> 20} MiB")
        images.append(image)
    say(f"both images after {time.monotonic() - began:.0f} s")
    return Images(tuple(images), _values(images))


def _version() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _values(images: list[Image]) -> Path:
    path = FOLDER / "values.yaml"
    values = {
        image.target: {"image": {"repository": image.repository, "tag": image.tag, "pullPolicy": "Never"}}
        for image in images
    }
    path.write_text(yaml.safe_dump(values))
    return path
