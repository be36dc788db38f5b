# SPDX-License-Identifier: Apache-2.0
"""What cosign signs: which bytes, and what they say about which artifact. Pure.

Two forms: a simple-signing payload with its signature beside it (cosign 1 and 2), and a Sigstore bundle with
a DSSE envelope around an in-toto statement (cosign 3, and 2 with --new-bundle-format).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from typing import Any, Final

from lanner_sources import keys
from lanner_sources.keys import PublicKey

PAYLOAD: Final = "application/vnd.dev.cosign.simplesigning.v1+json"  # a layer's media type
SIGNATURE: Final = "dev.cosignproject.cosign/signature"  # its annotation
SIGNATURE_MANIFEST: Final = "application/vnd.dev.cosign.artifact.sig.v1+json"  # a referrer's artifact type
BUNDLE: Final = "application/vnd.dev.sigstore.bundle"  # what artifact and media types of a bundle begin with
PAYLOAD_TYPE: Final = "cosign container image signature"
STATEMENT: Final = "https://in-toto.io/Statement/"
SIGNED: Final = "https://sigstore.dev/cosign/sign/"  # the statement is a signature, and no other attestation
_IN_TOTO: Final = "application/vnd.in-toto+json"


def payload(digest: str, reference: str) -> bytes:
    """What is signed of an artifact in the first form."""
    image = {"docker-manifest-digest": digest}
    critical = {"identity": {"docker-reference": reference}, "image": image, "type": PAYLOAD_TYPE}
    return json.dumps({"critical": critical, "optional": None}, separators=(",", ":")).encode()


def payload_is_good(content: bytes, signature: str, digest: str, known: Iterable[PublicKey]) -> bool:
    """Whether one of the keys signed this payload (base64 of the signature), and it is about the digest."""
    signed = decoded(signature)
    if signed is None or not any(keys.verifies(key, signed, content) for key in known):
        return False
    said = _part(_json(content), "critical")
    named = _part(said, "image").get("docker-manifest-digest")
    return said.get("type") == PAYLOAD_TYPE and named == digest


def bundle_is_good(content: bytes, digest: str, known: Iterable[PublicKey]) -> bool:
    """Whether the bundle holds a statement about the digest that one of the keys signed."""
    envelope = _part(_json(content), "dsseEnvelope")
    body, kind = decoded(envelope.get("payload")), envelope.get("payloadType")
    if body is None or kind != _IN_TOTO:
        return False
    encoded = _encoded(_IN_TOTO, body)
    listed = envelope.get("signatures")
    written = [_part(one).get("sig") for one in listed[:8]] if isinstance(listed, list) else []
    signatures = [one for one in map(decoded, written) if one is not None]
    trusted = tuple(known)
    if not any(keys.verifies(key, one, encoded) for one in signatures for key in trusted):
        return False
    return _is_about(_json(body), digest)


def decoded(written: object) -> bytes | None:
    """Of base64; None for what is none."""
    try:
        return base64.b64decode(written.strip(), validate=True) if isinstance(written, str) else None
    except (binascii.Error, ValueError):
        return None


def _encoded(kind: str, body: bytes) -> bytes:
    """What a signature in an envelope is of: DSSE's pre-authentication encoding."""
    name = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(body), body)


def _is_about(statement: dict[str, Any], digest: str) -> bool:
    kinds = str(statement.get("_type", "")), str(statement.get("predicateType", ""))
    if not kinds[0].startswith(STATEMENT) or not kinds[1].startswith(SIGNED):
        return False
    algorithm, _, value = digest.partition(":")
    subjects = statement.get("subject")
    listed = subjects if isinstance(subjects, list) else []
    return any(_part(_part(one), "digest").get(algorithm) == value for one in listed)


def _json(content: bytes) -> dict[str, Any]:
    """{} for what is no JSON object."""
    try:
        return _part(json.loads(content))
    except (ValueError, RecursionError):
        return {}


def _part(written: object, key: str | None = None) -> dict[str, Any]:
    found = written if isinstance(written, dict) else {}
    return found if key is None else _part(found.get(key))
