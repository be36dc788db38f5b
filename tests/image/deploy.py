# SPDX-License-Identifier: Apache-2.0
"""The chart with the images just built, by the commands a user types.

In: images, and a cluster's CRI socket. Out: a release `lanner` in namespace lanner, whose description says
what it was made of.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests import cache
from tests.cluster import images
from tests.cluster.access import Access, CommandError
from tests.image.build import ROOT, Images
from tests.image.engine import REGISTRY

RELEASE = "lanner"
IN_FORCE_S = 90
CHART = "charts/lanner"
# A NetworkPolicy that is written anew as it was has another generation.
IGNORING = "KUBECTL_EXTERNAL_DIFF=diff -N -Igeneration"
STATE = "lanner"  # in the cluster's folder: what a rule was in one cluster is nothing to the next


def deploy(built: Images, socket: Path, access: Access, say: Callable[[str], None]) -> int:
    """Helm's exit status. What is in the cluster already is left alone, and that is all that is said then."""
    began = time.monotonic()
    loaded = load(built, socket)
    helm = command(built.values.relative_to(ROOT), socket)
    known = f"make deploy {_content(helm, built.values)}"
    if not loaded and _deployed(access) == known and _as_written(access):
        names = f"{built.agent.name} and {built.operator.name}"
        say(f"nothing changed: {names} run already ({time.monotonic() - began:.1f} s)")
        return 0
    helm += ["--wait", "--description", known]
    print(f"$ {shlex.join(helm)}", flush=True)
    return subprocess.run(helm, cwd=ROOT, env=access.environment(), check=False).returncode


def remove(access: Access) -> None:
    """The release, if it is there whole or in part, and what an uninstall leaves: definitions, rules."""
    access.helm("uninstall", RELEASE, "--namespace", RELEASE, "--ignore-not-found", "--wait")
    for manifest in sorted((ROOT / CHART / "crds").glob("*.yaml")):
        access.kubectl("delete", "--ignore-not-found", "-f", str(manifest))
    access.kubectl("delete", "--ignore-not-found", "namespace", RELEASE)


def in_force(access: Access) -> None:
    """Waits until every rules object is what its mode says, on every node."""
    chosen = ("--for=condition=Ready", "clusterfalcorules", "--all", f"--timeout={IN_FORCE_S}s")
    access.kubectl("wait", *chosen, patience_s=IN_FORCE_S + 10)


def load(built: Images, socket: Path) -> bool:
    """Into the node, where the kubelet finds them without a registry; whether one was missing there."""
    wanted = {f"{REGISTRY}/{image.name}" for image in (built.agent, built.operator)}
    if wanted <= images.whole(socket):
        return False
    images.load(socket, built.archive)
    return True


def _content(helm: Sequence[str], values: Path) -> str:
    """What differs when the release would."""
    files = sorted(path for path in (ROOT / CHART).rglob("*") if path.is_file() and path.suffix != ".pyc")
    content = [part for path in files for part in (str(path.relative_to(ROOT)), path.read_bytes())]
    return cache.key(*helm, values.read_bytes(), *content)


def _deployed(access: Access) -> str:
    """What the release in force was described as; "" when there is none, or it failed."""
    try:
        said = json.loads(access.helm("status", RELEASE, "--namespace", RELEASE, "-o", "json"))["info"]
    except CommandError:
        return ""
    return str(said["description"]) if said["status"] == "deployed" else ""


def _as_written(access: Access) -> bool:
    """Whether every object is as the chart has it, which people change and delete, and the pods are ready."""
    manifest = access.helm("get", "manifest", RELEASE, "--namespace", RELEASE)
    try:
        how = ("--server-side", "--force-conflicts", "--field-manager=helm")
        access.run("env", IGNORING, "kubectl", "diff", *how, "-f", "-", stdin=manifest)
    except CommandError:
        return False
    found = access.get("daemonsets,deployments", "--namespace", RELEASE)["items"]
    return bool(found) and all(_ready(one.get("status", {})) for one in found)


def _ready(status: Mapping[str, Any]) -> bool:
    """Of a DaemonSet or a Deployment."""
    if "desiredNumberScheduled" in status:
        return bool(status["numberReady"] == status["desiredNumberScheduled"])
    return bool(status.get("readyReplicas", 0) == status.get("replicas"))


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
