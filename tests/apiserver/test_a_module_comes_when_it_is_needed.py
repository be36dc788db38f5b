# SPDX-License-Identifier: Apache-2.0
"""What an agent needs only to speak with the cluster is imported by the thread that speaks."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lanner_apiserver import later

ASK = """
import sys, lanner_agent.cli.agent
assert "aiohttp.client" not in sys.modules
from aiohttp import web
assert web.Application and "aiohttp.client" in sys.modules
from lanner_apiserver import client
print(client.aiohttp.ClientTimeout(total=1).total)
"""


def test_an_agent_is_imported_without_its_http_client_and_has_it_when_it_asks() -> None:
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr


def test_a_module_that_does_not_exist_is_missed_at_once() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        later.imported("no_such_module")


def test_a_module_that_is_there_stays_the_same() -> None:
    assert later.imported("sys") is sys
