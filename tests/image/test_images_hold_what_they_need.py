# SPDX-License-Identifier: Apache-2.0
"""Both images, run by a real node: the commands work, and nothing is in them that only a build needs."""

from __future__ import annotations

import json

import pytest

from tests.cluster.access import CommandError
from tests.cluster.cluster import Cluster
from tests.image.build import Image, Images

MAX_MEGABYTES = 98  # compressed, as a registry holds them; cryptography is five of each image
BUILD_PROGRAMS = ("pip", "pip3", "cc", "gcc", "clang-19", "make", "bpftool")
# Packages of the other image, of neither, and of pylibbpf's own Python.
FOREIGN = {
    "agent": ("kopf", "kubernetes", "llvmlite"),
    "operator": ("grpc", "google.protobuf", "pylibbpf", "rich", "kubernetes", "llvmlite"),
}
KERNEL_PROGRAMS = "lib/python3*/site-packages/lanner_agent/kernel/lanner.bpf.o"


def test_both_together_are_small(images: Images) -> None:
    assert images.archive.stat().st_size >> 20 <= MAX_MEGABYTES


def test_the_agent_runs_and_has_rules_and_kernel_programs(loaded_images: Images, cluster: Cluster) -> None:
    rules = "python3 -c 'from lanner_agent.policy import defaults; print(*defaults.directory().iterdir())'"
    said = run(
        cluster, loaded_images.agent, f"lanner --version; {rules}; du -b /opt/lanner/{KERNEL_PROGRAMS}"
    )
    version, rules, size = said.splitlines()
    assert version.startswith("lanner, version ")
    assert ".yaml" in rules
    assert int(size.split()[0]) > 100_000


def test_the_operator_is_nobody_and_finds_its_parts(loaded_images: Images, cluster: Cluster) -> None:
    script = "id -u; command -v lanner-operator; python3 -c 'import lanner_operator.handlers.operator'"
    assert run(cluster, loaded_images.operator, script).split() == [
        "65532",
        "/opt/lanner/bin/lanner-operator",
    ]


@pytest.mark.parametrize("target", FOREIGN)
def test_each_has_its_own_packages_and_no_foreign_ones(
    loaded_images: Images, cluster: Cluster, target: str
) -> None:
    image: Image = getattr(loaded_images, target)
    assert run(cluster, image, f'python3 -c "{packages(target)}"') == "() []\n"


def test_nothing_is_left_of_the_build(loaded_images: Images, cluster: Cluster) -> None:
    look = f"for name in {' '.join(BUILD_PROGRAMS)}; do command -v $name; done"
    assert (
        run(cluster, loaded_images.agent, f"{look}; python3 -m pip --version 2>/dev/null; echo end")
        == "end\n"
    )


def test_an_image_that_was_not_loaded_is_not_pulled(cluster: Cluster) -> None:
    how = ("--rm", "-i", "--restart=Never", "--image-pull-policy=Never", "--pod-running-timeout=3s")
    with pytest.raises(CommandError):
        cluster.access.kubectl("run", "missing", "--image=lanner-agent:none", *how)


def packages(target: str) -> str:
    """A program that prints what the image lacks of its extra, and what it has of others."""
    there = f"[name for name in {FOREIGN[target]} if extras.is_installed(name)]"
    return f"from lanner_engine import extras; print(extras.lacking('{target}'), {there})"


def run(cluster: Cluster, image: Image, script: str) -> str:
    """What a shell script prints in a pod of its own; AssertionError with it when it fails."""
    name = f"try-{image.target}"
    container = {
        "name": name,
        "image": image.name,
        "imagePullPolicy": "Never",
        "command": ["sh", "-c", script],
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [container], "restartPolicy": "Never"},
    }
    kubectl = cluster.access.kubectl
    kubectl("create", "-f", "-", stdin=json.dumps(pod))
    try:
        ended = "--for=jsonpath={.status.containerStatuses[0].state.terminated}"
        kubectl("wait", ended, f"pod/{name}", "--timeout=30s")
        said = kubectl("logs", name)
        (status,) = cluster.access.get("pod", name)["status"]["containerStatuses"]
        assert status["state"]["terminated"]["exitCode"] == 0, said
        return said
    finally:
        kubectl("delete", "pod", name, "--now")
