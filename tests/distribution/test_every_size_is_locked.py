# SPDX-License-Identifier: Apache-2.0
"""pyproject.toml's sizes, the lock files and the modules that an extra is known by say the same."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from lanner_engine import extras

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SIZES = {
    "requirements.lock": "",
    "requirements-agent.lock": "agent",
    "requirements-operator.lock": "operator",
    "requirements-kubectl.lock": "kubectl",
}
PODS = ("requirements.lock", "requirements-agent.lock", "requirements-operator.lock")
ENTRY = re.compile(r"(?m)^(?P<pinned>\S+==.*(?:\n +--hash.*)+)(?P<why>(?:\n +#.*)*)")


def entries(lock: str) -> dict[str, str]:
    """Package with version and hashes, as it stands in the lock file -> why it is there."""
    return {entry["pinned"]: entry["why"] for entry in ENTRY.finditer((ROOT / lock).read_text())}


def named(pinned: str) -> str:
    """The package of an entry."""
    return pinned.partition("==")[0]


def _normal(wanted: str) -> str:
    """A package as lock files spell it, without the versions of Python that need it."""
    return wanted.partition(";")[0].replace(".", "-")


@pytest.mark.parametrize("lock", SIZES)
def test_a_lock_file_holds_what_its_size_asks_for(lock: str) -> None:
    size = SIZES[lock]
    wanted = PROJECT["dependencies"] + (PROJECT["optional-dependencies"][size] if size else [])
    asked = {named(pinned) for pinned, why in entries(lock).items() if "lanner (pyproject.toml)" in why}
    assert asked == {_normal(one) for one in wanted}


@pytest.mark.parametrize("lock", SIZES)
def test_every_size_has_the_versions_of_what_is_developed_with(lock: str) -> None:
    assert entries(lock).keys() <= entries("requirements-dev.lock").keys()


def test_no_pod_gets_the_kubernetes_client() -> None:
    for lock in PODS:
        assert "kubernetes" not in {named(pinned) for pinned in entries(lock)}


def test_an_extra_is_known_by_modules_of_all_of_its_packages() -> None:
    packages = metadata.packages_distributions()
    assert extras.MODULES.keys() == PROJECT["optional-dependencies"].keys() - {"dev"}
    for extra, modules in extras.MODULES.items():
        brought = set(PROJECT["optional-dependencies"][extra])
        found = [packages[module.partition(".")[0]] for module in modules]
        sources = [brought & {name.replace("_", "-").lower() for name in names} for names in found]
        assert all(sources)
        assert set().union(*sources) == brought


@pytest.mark.parametrize("extra", extras.MODULES)
def test_make_install_brings_every_extra(extra: str) -> None:
    assert extras.lacking(extra) == ()
    extras.need(extra, "this test")
