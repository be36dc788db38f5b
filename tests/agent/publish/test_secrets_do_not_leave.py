# SPDX-License-Identifier: Apache-2.0
"""What is taken out of text before it leaves the node, and what stays although it looks similar."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanner_agent.publish.redact import redacted

SECRETS = [
    (b"mysqldump --password=hunter2 shop", b"mysqldump --password=*** shop"),
    (b"mysql -uroot -phunter2 shop", b"mysql -uroot -p*** shop"),
    (b"vault login --token hunter2", b"vault login --token ***"),
    (b"x -client-secret:hunter2 y", b"x -client-secret:*** y"),
    (b"env PGPASSWORD='hun ter2' psql", b"env PGPASSWORD=*** psql"),
    (b"AWS_SECRET_ACCESS_KEY=ab/cd+e aws s3 ls", b"AWS_SECRET_ACCESS_KEY=*** aws s3 ls"),
    (b"curl -u bob:hunter2 https://x/", b"curl -u bob:*** https://x/"),
    (b"curl https://bob:hunter2@x/y?token=abc&z=1", b"curl https://bob:***@x/y?token=***&z=1"),
    (b"curl -H 'Authorization: Bearer abc.def' x", b"curl -H 'Authorization: Bearer ***' x"),
    (
        b'curl -d \'{"password": "hunter2", "user": "bob"}\'',
        b'curl -d \'{"password": "***", "user": "bob"}\'',
    ),
    (b"sshpass -p hunter2 ssh x", b"sshpass -p *** ssh x"),
    (b"git clone https://ghp_" + b"a" * 36 + b"@github.com/x", b"git clone https://ghp_***@github.com/x"),
    (b"t=eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJ end", b"t=eyJ*** end"),
    (b"echo -----BEGIN RSA PRIVATE KEY-----MIIE", b"echo -----BEGIN RSA PRIVATE KEY-----***"),
    (b"--token=a\xff\xfeb c", b"--token=*** c"),
    ("--Passwort=x --PASSWORD=ü€ y".encode(), b"--Passwort=x --PASSWORD=*** y"),
]
OTHERS = [
    b"a token was read: file=/etc/passwd container_id=0123456789ab",
    b"cat /run/secrets/kubernetes.io/serviceaccount/token container_id=1",
    b"/run/secrets:/run/secrets:ro",
    b"vault --token-file /run/token agent",
    b"psql --no-password --verbose shop",
    b"http://[::1]:8080/x http://host:8080/y",
    b"docker run -u 1000:1000 x",
    b"bash -c id key=value",
]


@pytest.mark.parametrize(("said", "left"), SECRETS)
def test_a_secret_is_taken_out(said: bytes, left: bytes) -> None:
    assert redacted(said) == left


@pytest.mark.parametrize("said", OTHERS)
def test_everything_else_stays(said: bytes) -> None:
    assert redacted(said) == said


@given(st.binary(max_size=300))
def test_a_secret_is_found_among_any_bytes(around: bytes) -> None:
    assert b"hunter2" not in redacted(b"--password=hunter2 " + around)
    assert b"hunter2" not in redacted(around + b" --password=hunter2")


@pytest.mark.parametrize(
    "piece", [b"password", b"--token ", b"mysql -p", b"https://a:", b"curl -u a:", b"bearer ", b'"token":']
)
def test_hostile_text_costs_linear_time(piece: bytes) -> None:
    """16 KiB is the most that is asked for; a pattern that backtracks would take minutes."""
    start = time.process_time()
    redacted(piece * (16 * 1024 // len(piece)))
    assert time.process_time() - start < 0.25
