# SPDX-License-Identifier: Apache-2.0
"""Registries that want to know who asks: by password, by token, by TLS of an authority of one's own."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from lanner_sources import credentials, keys
from lanner_sources.credentials import NOBODY, Credentials
from lanner_sources.errors import SourceError
from lanner_sources.http import Reach
from lanner_sources.reference import Page
from tests.sources import hostile, registries
from tests.sources.publisher import Publisher

ALICE = Credentials("alice", "wonder:land")
BCRYPT = "$2y$04$.oXyslrmobUrBmyuWb28HO1uHNHPFDylN6A/G4cie1mJoH3cGBSNK"


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
    users = tmp_path / "users"
    users.write_text(f"alice:{BCRYPT}\n")
    further = f"auth: {{htpasswd: {{realm: here, path: {users}}}}}\n"
    with registries.distribution(tmp_path, registries.free_port(), further) as host:
        yield host


def test_a_password_is_shown_to_a_registry_that_asks(guarded: str) -> None:
    publisher = Publisher(guarded, "password")
    assert publisher.refused().reason == "Refused"
    publisher.credentials = ALICE
    publisher.push()
    assert publisher.fetched().files
    error = publisher.refused(credentials=Credentials("alice", "wrong"))
    assert (error.reason, str(error)) == ("Refused", "127.0.0.1 does not let 'alice' in")


class Tokens:
    """A place that gives tokens to those who know the password, as the token protocol has it."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self.scopes: list[str] = []

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if request.headers.get("Authorization") != ALICE.basic:
            return hostile.said(401)(request)
        (scope,) = parse_qs(urlsplit(request.path).query)["scope"]
        self.scopes.append(scope)
        kind, name, actions = scope.split(":")
        access = [{"type": kind, "name": name, "actions": actions.split(",")}]
        now = int(time.time())
        claims = {"iss": "tokens", "aud": "registry", "exp": now + 60, "nbf": now - 60, "access": access}
        body = json.dumps({"token": self._signed(claims)}).encode()
        return hostile.said(200, body=body)(request)

    def _signed(self, claims: dict[str, object]) -> str:
        der = self._authority.certificate.public_bytes(serialization.Encoding.DER)
        header = {"alg": "ES256", "typ": "JWT", "x5c": [base64.b64encode(der).decode()]}
        text = ".".join(_url64(json.dumps(part).encode()) for part in (header, claims))
        signature = self._authority.key.sign(text.encode(), ec.ECDSA(hashes.SHA256()))
        r, s = utils.decode_dss_signature(signature)
        return f"{text}.{_url64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _url64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def test_a_token_is_fetched_where_the_registry_says(tmp_path: Path) -> None:
    tokens = Tokens(Authority(tmp_path))
    with hostile.serving(tokens.answer) as place:
        asked = f"realm: 'http://{place}/token', service: registry, issuer: tokens"
        further = f"auth: {{token: {{{asked}, rootcertbundle: {tmp_path}/tls.crt}}}}\n"
        with registries.distribution(tmp_path, registries.free_port(), further) as host:
            publisher = Publisher(host, "tokens")
            publisher.credentials = ALICE
            publisher.push()
            assert publisher.fetched().files
            assert publisher.refused(credentials=NOBODY).reason == "Refused"
            assert publisher.refused(reach=Reach(allowed=[host])).reason == "HostNotAllowed"
    repository = publisher.place.repository
    assert set(tokens.scopes) == {f"repository:{repository}:pull,push", f"repository:{repository}:pull"}


def test_credentials_go_to_no_other_host() -> None:
    shown: list[str | None] = []

    def elsewhere(request: BaseHTTPRequestHandler) -> None:
        shown.append(request.headers.get("Authorization"))
        hostile.said(404)(request)

    def first(request: BaseHTTPRequestHandler) -> None:
        if request.headers.get("Authorization") != ALICE.basic:
            return hostile.said(401, {"WWW-Authenticate": 'Basic realm="here"'})(request)
        return hostile.said(307, {"Location": f"http://{other}/x"})(request)

    with hostile.serving(elsewhere) as other, hostile.serving(first) as host:
        publisher = Publisher(host, "redirected")
        assert publisher.refused(credentials=ALICE).reason == "NotFound"
    assert shown == [None]


def test_a_realm_without_tls_elsewhere_gets_nothing() -> None:
    said = hostile.said(401, {"WWW-Authenticate": 'Bearer realm="http://example.org/token"'})
    with hostile.serving(said) as host:
        error = Publisher(host, "realm").refused(credentials=ALICE)
    assert (error.reason, str(error)) == (
        "Refused",
        "127.0.0.1 names no place where tokens are given by https",
    )


def test_an_authority_of_ones_own_is_trusted_when_it_is_named(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    stranger = Authority(_folder(tmp_path / "stranger"))
    with registries.distribution(tmp_path, registries.free_port(), tls=tmp_path) as host:
        publisher = Publisher(host, "tls")
        publisher.reach = Reach(ca=authority.pem)
        publisher.push()
        assert publisher.fetched().files
        error = publisher.refused(reach=Reach(ca=stranger.pem))
    assert (error.reason, error.hint) == ("Unreachable", "name the authority that signed its certificate")


def test_a_page_is_believed_by_the_signature_beside_it(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    publisher = Publisher("unused", "page")
    text = b"# version: 1.2.0\n- macro: a\n  condition: proc.name = a\n"
    signature = base64.b64encode(keys.signed(publisher.key, text))
    served = {"/rules.yaml": text, "/rules.yaml.sig": signature, "/bare.yaml": text}

    def answer(request: BaseHTTPRequestHandler) -> None:
        body = served.get(request.path)
        hostile.said(200 if body is not None else 404, body=body or b"")(request)

    with hostile.serving(answer, tls=tmp_path) as host:
        page, publisher.reach = Page(f"https://{host}/rules.yaml"), Reach(ca=authority.pem)
        found = publisher.fetched(place=page)
        assert (found.origin.version, found.files[0].text) == ("1.2.0", text.decode())
        assert publisher.refused(place=Page(f"https://{host}/bare.yaml")).reason == "Unsigned"
        assert publisher.refused(place=Page(f"https://{host}/none.yaml")).reason == "NotFound"
        served["/rules.yaml"] = text + b"# tampered\n"
        assert publisher.refused(place=page).reason == "BadSignature"


@pytest.mark.parametrize(
    ("config", "host", "found"),
    [
        ({"auths": {"ghcr.io": {"auth": "YTpiOmM="}}}, "ghcr.io", Credentials("a", "b:c")),
        ({"auths": {"https://index.docker.io/v1/": {"auth": "YTpi"}}}, "docker.io", Credentials("a", "b")),
        ({"auths": {"ghcr.io": {"username": "a", "password": "b"}}}, "ghcr.io", Credentials("a", "b")),
        ({"auths": {"ghcr.io": {"auth": "YTpi"}}}, "quay.io", NOBODY),
        ({"credsStore": "desktop"}, "ghcr.io", NOBODY),
    ],
)
def test_docker_configurations_are_read(config: object, host: str, found: Credentials) -> None:
    assert credentials.of_host(json.dumps(config), host) == found


@pytest.mark.parametrize(
    "config", ["", "[]", '{"auths": 1}', "[" * 100_000, '{"auths": {"a.b": {"auth": "!"}}}']
)
def test_what_is_no_docker_configuration_is_said(config: str) -> None:
    with pytest.raises(SourceError) as caught:
        credentials.of_host(config, "a.b")
    assert caught.value.reason == "Refused"


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
