# SPDX-License-Identifier: Apache-2.0
"""python -m tests.cluster VERB: a Kubernetes to try things on, one a machine.

build           build what `up` starts, where the cache has it not
up              start it and say how to use it; it stays
load FILE...    put the images of archives into it
down            remove it, and what crashed test runs left
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from tests.cluster import binaries, images, persons, removal


def build() -> None:
    """The programs."""
    binaries.binaries(say=_say)


def up() -> None:
    """Start it, unless it runs."""
    built = binaries.binaries(say=_say)
    cluster = persons.found(built) or persons.start(built, _say)
    print(f"\nKubernetes {built.version}, CRI socket {cluster.cri_socket}; `make cluster-down` removes it\n")
    print(f"export KUBECONFIG={cluster.plane.kubeconfig} PATH={built.path}:$PATH")


def load(*files: str) -> None:
    """Into the running one."""
    for file in files:
        print(f"loaded {', '.join(images.load(persons.cri_socket(), Path(file)))}")


def down() -> None:
    """Every trace."""
    began = time.monotonic()
    folders = [*persons.remove(), *removal.sweep()]
    for folder in folders:
        print(f"removed {folder} with its processes, mounts, links and cgroups")
    print(f"nothing is left, after {time.monotonic() - began:.1f} s" if folders else "there was no cluster")


def main(words: list[str]) -> int:
    """Exit status 1 with the reason when it cannot, 2 for unknown words."""
    verbs = {"build": build, "up": up, "down": down}
    try:
        match words:
            case [verb] if verb in verbs:
                if verb != "build" and os.geteuid() != 0:
                    raise persons.NotThereError("a node needs root")
                verbs[verb]()
            case ["load", _, *_]:
                load(*words[1:])
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except (RuntimeError, OSError) as error:
        print(f"cluster: {error}", file=sys.stderr)
        return 1
    return 0


def _say(line: str) -> None:
    print(f"[CLUSTER] {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
