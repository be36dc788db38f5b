# SPDX-License-Identifier: Apache-2.0
"""A pod's service account -> its API server, without the Kubernetes client: the environment, the authority,
and a token that the kubelet replaces.
"""

from __future__ import annotations

import asyncio
import pathlib
import ssl
import subprocess
import sys

import pytest

from lanner_apiserver import connection
from lanner_apiserver.client import Api
from lanner_apiserver.errors import Unreachable
from lanner_apiserver.server import Server


@pytest.fixture
def account(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """What the kubelet mounts, and the environment it sets."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    (tmp_path / "token").write_text("first\n")
    key, certificate = tmp_path / "key", tmp_path / "ca.crt"
    made = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    where = ("-keyout", str(key), "-out", str(certificate), "-subj", "/CN=test")
    subprocess.run([*made, *where], check=True, capture_output=True)
    return tmp_path


def test_it_is_the_one_of_the_environment(account: pathlib.Path) -> None:
    server = connection.in_pod(account)
    assert server.host == "https://10.96.0.1:443"
    assert server.authority == str(account / "ca.crt")
    assert server.verify
    assert asyncio.run(server.token()) == "Bearer first"


def test_an_address_of_version_six_has_brackets(
    account: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    assert connection.in_pod(account).host == "https://[fd00::1]:443"


def test_a_token_that_is_replaced_is_read_again(
    account: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Api(connection.in_pod(account), "lanner-tests")
    (account / "token").write_text("second")
    assert asyncio.run(api.authorization()) == {"Authorization": "Bearer first"}
    monkeypatch.setattr(connection, "REFRESH_S", 0.0)
    assert asyncio.run(api.authorization()) == {"Authorization": "Bearer second"}
    (account / "token").unlink()
    with pytest.raises(Unreachable, match="the pod's token cannot be read"):
        asyncio.run(api.authorization())


@pytest.mark.parametrize("missing", ["token", "ca.crt"])
@pytest.mark.parametrize("empty", [False, True])
def test_what_is_missing_is_said(account: pathlib.Path, missing: str, empty: bool) -> None:
    (account / missing).unlink()
    if empty:
        (account / missing).write_text("")
    with pytest.raises(Unreachable, match=r"the pod's service account cannot be used: .*does the pod mount"):
        connection.in_pod(account)


def test_an_authority_that_is_none_is_said(account: pathlib.Path) -> None:
    (account / "ca.crt").write_text("nonsense")
    with pytest.raises(Unreachable, match=r"cannot load .*ca\.crt"):
        Api(connection.in_pod(account), "lanner-tests")


def test_whom_it_trusts_must_say_who_they_are(account: pathlib.Path) -> None:
    trust = connection.in_pod(account).trust()
    assert (trust.verify_mode, trust.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(trust.get_ca_certs()) == 1
    loose = Server("https://10.0.0.1:10250", verify=False).trust()
    assert (loose.verify_mode, loose.check_hostname) == (ssl.CERT_NONE, False)


def test_a_pod_does_not_import_the_kubernetes_client(
    account: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took a quarter of what an agent imports, and no image has it; kopf imports it where it is."""
    monkeypatch.delenv("KUBECONFIG", raising=False)
    words = (
        "import asyncio, pathlib, sys, lanner_agent.cli.agent\n"
        "from lanner_apiserver import connection\n"
        "connection.ACCOUNT = pathlib.Path(sys.argv[1])\n"
        "print(asyncio.run(connection.server()).host, 'kubernetes' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", words, account], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["https://10.96.0.1:443", "False"]
