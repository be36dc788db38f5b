# SPDX-License-Identifier: Apache-2.0
"""A client of the API server costs an agent those parts of the client library that it uses; what is imported
later is whole, and has the same classes.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

OURS = "import sys, lanner_apiserver.client, lanner_apiserver.connection as ours\n"
WHOLE = """
import kubernetes.client, kubernetes.aio
from kubernetes.aio.client import ApiClient, Configuration, rest
from kubernetes.aio.config import ConfigException
assert kubernetes.client.CoreV1Api and kubernetes.aio.client.CoreV1Api
assert Configuration is ours.Configuration and ConfigException is ours.ConfigException
assert type(ApiClient(Configuration()).rest_client) is lanner_apiserver.client.RESTClientObject
assert rest.RESTClientObject is lanner_apiserver.client.RESTClientObject
"""
KUBECONFIG = """
import asyncio, pathlib, sys
from lanner_apiserver import connection, errors
try:
    asyncio.run(connection.configuration(sys.argv[1]))
except errors.Unreachable as error:
    print(error)
"""


def run(program: str, *arguments: str | pathlib.Path) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def test_the_other_client_and_its_dependencies_are_not_imported() -> None:
    imported = run(OURS + "print(*sys.modules, sep='\\n')").splitlines()
    assert "kubernetes.aio.client.rest" in imported
    absent = (
        "kubernetes.client",
        "kubernetes.aio.client.models",
        "requests",
        "oauthlib",
        "websocket",
        "urllib3",
    )
    assert not [name for name in imported if name.startswith(absent)]


def test_no_stand_in_is_left() -> None:
    imported = run(OURS + "print(*(name for name in sys.modules if 'kubernetes' in name), sep='\\n')").split()
    assert not {"kubernetes", "kubernetes.aio", "kubernetes.aio.client", "kubernetes.aio.config"} & set(
        imported
    )


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "program", [OURS + WHOLE, "import kubernetes\n" + OURS + WHOLE], ids=["later", "before"]
)
def test_a_whole_library_is_the_same_one(program: str) -> None:
    assert run(program) == ""


@pytest.mark.timeout(60)
def test_what_is_wrong_with_a_kubeconfig_is_told_as_before(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "config"
    file.write_text("{}")
    assert f"the kubeconfig {file} cannot be used: Invalid kube-config" in run(KUBECONFIG, file)
