# SPDX-License-Identifier: Apache-2.0
"""Both images of this checkout, as archives, and the chart's values that name them.

In: the checkout. Out: build/image/lanner.tar and build/image/values.yaml. Called by __main__ and by
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


@dataclass(frozen=True, slots=True)
class Image:
    """One image by its name."""

    target: str
    repository: str
    tag: str

    @property
    def name(self) -> str:
        """As a pod names it."""
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True, slots=True)
class Images:
    """What one build made."""

    agent: Image
    operator: Image
    archive: Path  # both
    values: Path  # for `helm install --values`: nothing is pulled


def build(say: Callable[[str], None], show: Callable[[str], None] = lambda line: None) -> Images:
    """Takes minutes the first time, half a minute after a change of source. `show` gets every line of the
    engine's progress."""
    began = time.monotonic()
    builder = engine()
    arguments = {"BASE": base.name(builder, say)}
    ids = {target: builder.build(ROOT, target, arguments, show) for target in ("agent", "operator")}
    agent, operator = (
        Image(target, f"lanner-{target}", f"{_version()}-{identity[:12]}") for target, identity in ids.items()
    )
    FOLDER.mkdir(parents=True, exist_ok=True)
    archive = FOLDER / "lanner.tar"
    builder.save({agent.name: ids["agent"], operator.name: ids["operator"]}, archive)
    size = archive.stat().st_size >> 20
    say(f"{agent.name} and {operator.name} in {archive.relative_to(ROOT)}, {size} MiB")
    say(f"ready after {time.monotonic() - began:.0f} s")
    return Images(agent, operator, archive, _values(agent, operator))


def _version() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _values(*images: Image) -> Path:
    path = FOLDER / "values.yaml"
    values = {
        image.target: {"image": {"repository": image.repository, "tag": image.tag, "pullPolicy": "Never"}}
        for image in images
    }
    path.write_text(yaml.safe_dump(values))
    return path
