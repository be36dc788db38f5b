# SPDX-License-Identifier: Apache-2.0
"""The chart with the images just built, by the commands a user types. Called by __main__ and by the fixture.

In: images, and a cluster's CRI socket. Out: a release `lanner` in namespace lanner.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.cluster import images
from tests.image.build import Images

RELEASE = "lanner"
CHART = "charts/lanner"
STATE = "lanner"  # in the cluster's folder: what a rule was in one cluster is nothing to the next


def load(built: Images, socket: Path) -> None:
    """Into the node, where the kubelet finds them without a registry."""
    images.load(socket, built.archive)


def command(values: Path, socket: Path, verb: Sequence[str] = ("upgrade", "--install")) -> list[str]:
    """`helm ...`, from the root of the checkout; installs, or upgrades what is installed."""
    state = socket.parents[1] / STATE
    return [
        *("helm", *verb, RELEASE, CHART, "--namespace", RELEASE, "--create-namespace"),
        *(
            "--values",
            str(values),
            "--set",
            f"cri.socket={socket},agent.stateDir={state}",
        ),
    ]
