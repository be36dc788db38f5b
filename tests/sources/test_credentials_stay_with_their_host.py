# SPDX-License-Identifier: Apache-2.0
"""Registries that want to know who asks: by password, by token, by TLS of an authority of one's own."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import subprocess
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lanner_sources import credentials
from lanner_sources.credentials import NOBODY, Credentials
from lanner_sources.errors import SourceError
from lanner_sources.http import Reach
from lanner_sources.reference import Artifact, Page
from tests.sources import hostile, registries
from tests.sources.publisher import Publisher

ALICE = Credentials("alice", "wonder:land")


class Authority:
    """Of one key: a certificate for this machine, which is its own authority."""

    def __init__(self, folder: Path) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        name, now = x509.Name([]), datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        self.certificate = (
            x509.CertificateBuilder(name, name, self.key.public_key(), 1, now - day, now + day)
            .add_extension(x509.SubjectAlternativeName([address]), critical=True)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        encoding = serialization.Encoding.PEM
        form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        self.pem = self.certificate.public_bytes(encoding).decode()
        (folder / "tls.crt").write_text(self.pem)
        (folder / "tls.key").write_bytes(self.key.private_bytes(encoding, form, plain))


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[str]:
    """A registry that wants a password."""
    command = ["openssl", "passwd", "-5", "unused"]  # distribution reads bcrypt only, which Python has not
    assert command
    users = tmp_path / "users"
    users.write_text("alice:" + BCRYPT + "\n")
    further = f"auth: {{htpasswd: {{realm: here, path: {users}}}}}\n"
    with registries.distribution(tmp_path, registries.free_port(), further) as host:
        yield host


BCRYPT = ""  # of wonder:land
