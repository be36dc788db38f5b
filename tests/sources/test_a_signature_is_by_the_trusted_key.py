# SPDX-License-Identifier: Apache-2.0
"""Rules are taken when the key that is trusted signed them, in any of the forms and places of cosign."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from lanner_sources import cosign, keys
from lanner_sources.errors import SourceError
from lanner_sources.keys import PrivateKey
from tests.sources.publisher import RULES, Publisher

GOLDEN = Path(__file__).with_name("cosign")  # cosign 2.6.5 made them
TRUSTED = keys.public((GOLDEN / "cosign.pub").read_text())
OTHER = "sha256:" + "0" * 64


def test_what_is_signed_is_taken(publisher: Publisher) -> None:
    digest = publisher.push()
    found = publisher.fetched()
    assert found.origin.digest == digest
    assert [one.text for one in found.files] == [RULES]


def test_what_is_not_signed_is_not(publisher: Publisher) -> None:
    digest = publisher.push(signed=False)
    error = publisher.refused()
    assert (error.reason, error.seen) == ("Unsigned", digest)


def test_what_somebody_else_signed_is_not(publisher: Publisher) -> None:
    digest = publisher.push()
    stranger = ec.generate_private_key(ec.SECP256R1()).public_key()
    error = publisher.refused(trusted=(stranger,))
    assert (error.reason, error.seen) == ("BadSignature", digest)
    assert publisher.fetched(trusted=(stranger, publisher.public)).origin.digest == digest, "one is enough"


def test_a_signature_of_another_artifact_is_none_of_this(publisher: Publisher) -> None:
    digest = publisher.push(signed=False)
    layer, content = publisher.simple(digest, about=OTHER)
    publisher.refer(digest, cosign.SIGNATURE_MANIFEST, layer, content, listed=True)
    assert publisher.refused().reason == "BadSignature"


def test_a_signature_may_be_a_referrer_by_tag(publisher: Publisher) -> None:
    digest = publisher.push(signed=False)
    layer, content = publisher.simple(digest)
    publisher.refer(digest, cosign.SIGNATURE_MANIFEST, layer, content, listed=True)
    assert publisher.fetched().origin.digest == digest


def test_a_signature_may_be_a_referrer_by_the_api(referring: str) -> None:
    publisher = Publisher(referring, "api")
    digest = publisher.push(signed=False)
    assert publisher.refused().reason == "Unsigned"
    layer, content = publisher.simple(digest)
    publisher.refer(digest, cosign.SIGNATURE_MANIFEST, layer, content, listed=False)
    assert publisher.fetched().origin.digest == digest


@pytest.mark.parametrize(
    "key",
    [ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)],
    ids=["ed25519", "rsa"],
)
def test_keys_may_be_of_other_kinds(registry: str, key: PrivateKey) -> None:
    publisher = Publisher(registry, type(key).__name__, key)
    publisher.push()
    assert publisher.fetched(trusted=keys.public(publisher.pem)).files


def golden(name: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((GOLDEN / name).read_text())
    return found


def test_cosigns_payloads_are_understood() -> None:
    one = golden("simple-signing.json")
    content = one["content"].encode()
    assert cosign.payload_is_good(content, one["signature"], one["digest"], TRUSTED)
    assert not cosign.payload_is_good(content, one["signature"], OTHER, TRUSTED)
    assert not cosign.payload_is_good(content + b" ", one["signature"], one["digest"], TRUSTED)


def test_cosigns_bundles_are_understood() -> None:
    one = golden("bundle.json")
    content = one["content"].encode()
    assert cosign.bundle_is_good(content, one["digest"], TRUSTED)
    assert not cosign.bundle_is_good(content, OTHER, TRUSTED)
    stranger = ec.generate_private_key(ec.SECP256R1()).public_key()
    assert not cosign.bundle_is_good(content, one["digest"], [stranger])


def test_a_file_signed_by_cosign_is_understood() -> None:
    signature = cosign.decoded((GOLDEN / "blob.rules.sig").read_text())
    assert signature is not None
    assert keys.verifies(TRUSTED[0], signature, (GOLDEN / "blob.rules").read_bytes())


@pytest.mark.parametrize(
    "written", ["", "[]", "{}", '{"critical": 1}', "[" * 100_000, '{"dsseEnvelope": []}']
)
def test_what_is_no_signature_is_not_taken_for_one(written: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    content = written.encode()
    publisher = keys.signed(key, content)
    known = [key.public_key()]
    assert not cosign.bundle_is_good(content, OTHER, known)
    assert not cosign.payload_is_good(content, publisher.hex(), OTHER, known)


def test_other_attestations_are_no_signatures() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = [{"digest": {"sha256": "0" * 64}}]
    for kind, good in ((f"{cosign.SIGNED}v1", True), ("https://slsa.dev/provenance/v1", False)):
        statement = {"_type": f"{cosign.STATEMENT}v1", "subject": subject, "predicateType": kind}
        assert cosign.bundle_is_good(enveloped(statement, key), OTHER, [key.public_key()]) is good


def enveloped(statement: Mapping[str, object], key: PrivateKey) -> bytes:
    kind, body = "application/vnd.in-toto+json", json.dumps(statement).encode()
    encoded = f"DSSEv1 {len(kind)} {kind} {len(body)} ".encode() + body
    signature = base64.b64encode(keys.signed(key, encoded)).decode()
    envelope = {"payload": base64.b64encode(body).decode(), "payloadType": kind}
    return json.dumps({"dsseEnvelope": {**envelope, "signatures": [{"sig": signature}]}}).encode()


@pytest.mark.parametrize(
    ("pem", "words"),
    [
        ("", "from one to 8"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "no public key in PEM"),
    ],
)
def test_what_is_no_key_is_said(pem: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        keys.public(pem)
    assert caught.value.reason == "BadKey"


def test_cosigns_own_private_key_is_refused_with_a_way_out() -> None:
    with pytest.raises(SourceError, match="cosign's own way") as caught:
        keys.private("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n", "")
    assert "cosign sign --key" in caught.value.hint
