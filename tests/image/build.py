# SPDX-License-Identifier: Apache-2.0
"""Both images of this checkout, as archives, and the chart's values that name them.

In: the checkout. Out, in build/image: lanner.tar, lanner-agent.cdx.json and lanner-operator.cdx.json, which
list what is in each, and values.yaml. They are kept in the cache under a name that holds every file that goes
into the images: the same checkout is built once.

A tag is the version and the beginning of the image's id, as 0.1.0-5d1f0c2b9a7e: another content has another
tag, so that an upgrade starts new pods exactly when there is something new.
"""

from __future__ import annotations

import filecmp
import json
import os
import re
import shutil
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests import cache
from tests.image import base, contents
from tests.image.engine import Engine, engine

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build/image"
BUILDS = "image/builds"
KEPT = 3  # builds
ARCHIVE, TAGS = "lanner.tar", "tags.json"
TARGETS = ("agent", "operator")
COPIED = re.compile(r"(?m)^COPY (?!--from)(.+)$")
LEFT_OUT = re.compile(r"/__pycache__/|\.bpf\.o$")  # as .dockerignore has it


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
    contents: tuple[Path, ...]  # CycloneDX, one of each

    @property
    def text(self) -> str:
        """Which they are, and where."""
        size = self.archive.stat().st_size >> 20
        return f"{self.agent.name} and {self.operator.name} in {self.archive.relative_to(ROOT)}, {size} MiB"


def build(say: Callable[[str], None], show: Callable[[str], None] = lambda line: None) -> Images:
    """Takes minutes the first time, half a minute after a change of source, nothing without one. `show` gets
    every line of the engine's progress. Says nothing when they were built before."""
    builder = engine()
    made = cache.entry(f"{BUILDS}/{_content(builder)}", lambda part: _build(part, builder, say, show), say)
    made.touch()
    cache.keep_newest(BUILDS, KEPT)
    tags = json.loads((made / TAGS).read_text())
    agent, operator = (Image(target, f"lanner-{target}", tags[target]) for target in TARGETS)
    FOLDER.mkdir(parents=True, exist_ok=True)
    archive = FOLDER / ARCHIVE
    if not (archive.exists() and filecmp.cmp(made / ARCHIVE, archive)):  # by size and time
        shutil.copy2(made / ARCHIVE, archive)
    lists = tuple(Path(shutil.copy2(path, FOLDER)) for path in _contents(made, agent, operator))
    return Images(agent, operator, archive, _values(agent, operator), lists)


def _contents(made: Path, *images: Image) -> list[Path]:
    """Read from the archive once."""
    paths = [made / f"{image.repository}.cdx.json" for image in images]
    if not all(path.exists() for path in paths):
        found = {
            name.rpartition("/")[2]: inside for name, inside in contents.packages(made / ARCHIVE).items()
        }
        for image, path in zip(images, paths, strict=True):
            path.write_text(contents.written(image.name, found[image.name]))
    return paths


def _build(to: Path, builder: Engine, say: Callable[[str], None], show: Callable[[str], None]) -> None:
    began = time.monotonic()
    arguments = {"BASE": base.name(builder, say)}
    ids = {}
    for number, target in enumerate(TARGETS, 1):
        say(f"image {number} of {len(TARGETS)}: lanner-{target}")
        ids[target] = builder.build(ROOT, target, arguments, show)
    tags = {target: f"{_version()}-{identity[:12]}" for target, identity in ids.items()}
    to.mkdir()
    builder.save({f"lanner-{target}:{tags[target]}": ids[target] for target in TARGETS}, to / ARCHIVE)
    (to / TAGS).write_text(json.dumps(tags))
    builder.bound(say)
    say(f"built in {time.monotonic() - began:.0f} s")


def _content(builder: Engine) -> str:
    """What differs when an image would: the files that the Dockerfile copies, the base, who builds."""
    said = (type(builder).__name__, os.environ.get("BASE", ""), Path(base.__file__).read_bytes())
    dockerfile = (ROOT / "Dockerfile").read_text()
    copied = (words.split()[:-1] for words in COPIED.findall(dockerfile))
    places = [ROOT / word for words in copied for word in words]
    files = (file for place in places for file in ([place] if place.is_file() else place.rglob("*")))
    wanted = sorted({file for file in files if file.is_file() and not LEFT_OUT.search(str(file))})
    content = [part for file in wanted for part in (str(file.relative_to(ROOT)), file.read_bytes())]
    return cache.key(dockerfile, *said, *content)


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
