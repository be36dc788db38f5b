# SPDX-License-Identifier: Apache-2.0
"""Node and pod from the options and from the claims of a token, whatever stands in the file."""

from __future__ import annotations

import base64
import json
import pathlib
from typing import Any

import pytest

from lanner_agent.apiserver.node_identity import NodeIdentity, completed, read_claims

NOBODY = NodeIdentity("", None, "", "", "")
CLAIMS = {
    "kubernetes.io": {
        "namespace": "lanner",
        "node": {"name": "n1", "uid": "u-n1"},
        "pod": {"name": "agent-x", "uid": "u-p"},
    }
}


def token(folder: pathlib.Path, claims: Any) -> pathlib.Path:
    file = folder / "token"
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    file.write_bytes(b"e30." + middle + b".c2ln\n")
    return file


def test_everything_is_in_a_pods_token(tmp_path: pathlib.Path) -> None:
    expected = NodeIdentity("n1", "u-n1", "agent-x", "u-p", "lanner")
    assert completed(NOBODY, token(tmp_path, CLAIMS)) == expected


def test_options_win_and_the_uid_of_another_node_is_not_taken(tmp_path: pathlib.Path) -> None:
    found = completed(NodeIdentity("n2", None, "", "", "elsewhere"), token(tmp_path, CLAIMS))
    assert (found.name, found.uid, found.namespace) == ("n2", None, "elsewhere")


@pytest.mark.parametrize("content", [b"", b"a.b", b"a.%%%.c", b"a.e30.c", b"a.W10.c", b"x" * 100_000])
def test_a_file_that_is_no_token_tells_nothing(tmp_path: pathlib.Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    assert read_claims(tmp_path / "token") == {}
    assert completed(NOBODY, tmp_path / "token") == NOBODY


def test_without_a_file_nothing_is_known(tmp_path: pathlib.Path) -> None:
    assert completed(NOBODY, tmp_path / "none") == NOBODY


def test_claims_of_another_shape_are_left_out(tmp_path: pathlib.Path) -> None:
    odd = {"kubernetes.io": {"node": "n1", "pod": {"name": 7}, "namespace": "lanner"}}
    assert completed(NOBODY, token(tmp_path, odd)) == NodeIdentity("", None, "", "", "lanner")
