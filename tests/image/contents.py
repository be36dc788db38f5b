# SPDX-License-Identifier: Apache-2.0
"""What is in an image: Debian's packages and Python's, each with version and licence, read from its layers.

In: an archive with an OCI layout. Out: a CycloneDX document for each image of it, which scanners read.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from typing import IO, Any, Final

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

DPKG: Final = "var/lib/dpkg/status"
PYTHON: Final = re.compile(r"/([^/]+)\.dist-info/METADATA$")
WHITEOUT: Final = ".wh."
NAMES: Final = ("io.containerd.image.name", "org.opencontainers.image.ref.name")  # docker's; buildah's
DEBIAN: Final = "debian"


@dataclass(frozen=True, slots=True)
class Package:
    """`kind`: a package URL's, `deb` or `pypi`. `licence`: as the package says it, "" where it does not."""

    kind: str
    name: str
    version: str
    licence: str = ""
    architecture: str = ""

    @property
    def url(self) -> PackageURL:
        """How scanners name it."""
        where = {"arch": self.architecture} if self.architecture else None
        return PackageURL(self.kind, DEBIAN if self.kind == "deb" else None, self.name, self.version, where)


def packages(archive: Path) -> Mapping[str, frozenset[Package]]:
    """Of every image in it, by name. KeyError, ValueError: no OCI layout."""
    with tarfile.open(archive) as layout:
        blobs = {member.name.rpartition("/")[2]: member for member in layout if member.isfile()}

        def opened(digest: str) -> IO[bytes]:
            found = layout.extractfile(blobs[digest.rpartition(":")[2]])
            assert found
            return found

        index = json.load(opened("index.json"))
        return {_name(one["annotations"]): _of_image(one["digest"], opened) for one in index["manifests"]}


def written(name: str, found: frozenset[Package]) -> str:
    """The document for an image, as JSON; the same for the same packages but for its number and its time."""
    bom = Bom()
    image = Component(name=name, type=ComponentType.CONTAINER)
    bom.metadata = BomMetaData(component=image)
    licences = LicenseFactory()
    for one in sorted(found, key=lambda package: (package.kind, package.name)):
        stated = [licences.make_from_string(one.licence)] if one.licence else []
        component = Component(name=one.name, version=one.version, purl=one.url, licenses=stated)
        bom.components.add(component)
    bom.register_dependency(image, bom.components)
    return JsonV1Dot6(bom).output_as_string(indent=1)


def _name(annotations: Mapping[str, str]) -> str:
    return next(annotations[key] for key in NAMES if key in annotations)


def _of_image(digest: str, opened: Any) -> frozenset[Package]:
    """Later layers win: a file that they remove is not in the image."""
    texts: dict[str, str] = {}
    for layer in json.load(opened(digest))["layers"]:
        with tarfile.open(fileobj=opened(layer["digest"]), mode="r|*") as content:
            for member in content:
                path = member.name.removeprefix("./")
                folder, _, last = path.rpartition("/")
                if last.startswith(WHITEOUT):
                    gone = f"{folder}/{last.removeprefix(WHITEOUT)}"
                    texts = {own: text for own, text in texts.items() if not f"{own}/".startswith(f"{gone}/")}
                elif member.isfile() and (path == DPKG or PYTHON.search(path)):
                    read = content.extractfile(member)
                    texts[path] = read.read().decode("utf-8", "replace") if read else ""
    return frozenset(package for path, text in texts.items() for package in _named(path, text))


def _named(path: str, text: str) -> Iterator[Package]:
    if path != DPKG:
        said = HeaderParser().parsestr(text)
        yield Package("pypi", said["Name"].lower(), said["Version"], said["License-Expression"] or "")
        return
    for stanza in text.split("\n\n"):
        said = HeaderParser().parsestr(stanza)
        if "installed" in (said["Status"] or ""):
            yield Package("deb", said["Package"], said["Version"], architecture=said["Architecture"])
