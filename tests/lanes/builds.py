# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.lanes.builds NAME`: what lanes need, made where the cache has it not.

Each prints what it does, how far it is, and ends at once when there is nothing to do.
"""

from __future__ import annotations

import sys

from tests.cluster import binaries
from tests.collector.program import COLLECTOR
from tests.image import build as images
from tests.kernels import bytecode, guest_root, initramfs
from tests.kernels import catalogue as kernels
from tests.lanes import catalogue
from tests.sources.olareg.program import OLAREG


def say(line: str) -> None:
    print(line, flush=True)


def kubernetes() -> None:
    """Its programs, etcd's and Helm's."""
    binaries.binaries(say=say)


def both_images() -> None:
    """The agent's and the operator's, of this checkout."""
    images.build(say)


def guest_parts() -> None:
    """Kernels, and the root file systems of the guests."""
    chosen = kernels.chosen("routine")
    for number, kernel in enumerate(chosen, 1):
        say(f"kernel {number} of {len(chosen)}: Linux {kernel.name}, and the root of its guest")
        initramfs.vmlinuz(kernel)
        bytecode.interpreter(kernel.guest)
        guest_root.image(kernel.guest)


def collector() -> None:
    """OpenTelemetry's, with what tests of the output `otlp` need."""
    COLLECTOR.build(say)


def registry() -> None:
    """One that knows referrers."""
    OLAREG.build(say)


BUILDS = {
    catalogue.KUBERNETES: kubernetes,
    catalogue.IMAGES: both_images,
    catalogue.GUESTS: guest_parts,
    catalogue.COLLECTOR: collector,
    catalogue.REGISTRY: registry,
}

if __name__ == "__main__":
    BUILDS[sys.argv[1]]()
