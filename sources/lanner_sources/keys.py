# SPDX-License-Identifier: Apache-2.0
"""Public keys as cosign writes them, and whether a signature was made with one. Private keys, to sign with.

ECDSA and RSA (PKCS #1 v1.5) sign a SHA-256 of the content, Ed25519 the content itself: what cosign does with
keys of these kinds.
"""

from __future__ import annotations

import re
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from lanner_sources.errors import SourceError

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
MOST: Final = 8
LONGEST: Final = 16 << 10
RSA_BITS: Final = 2_048  # at least
_BLOCK: Final = re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", re.DOTALL)
_COSIGNS_OWN: Final = re.compile(r"-----BEGIN ENCRYPTED (COSIGN|SIGSTORE) PRIVATE KEY-----")


def public(pem: str) -> tuple[PublicKey, ...]:
    """One key or several, one behind the other: a signature by any of them is good.

    Raises:
        SourceError: BadKey.
    """
    blocks = [found[0] for found in _BLOCK.finditer(pem[: LONGEST + 1])]
    if len(pem) > LONGEST or not 0 < len(blocks) <= MOST:
        raise SourceError("BadKey", f"from one to {MOST} public keys in PEM are wanted", _HINT)
    return tuple(map(_public, blocks))


_HINT: Final = "cosign.pub, or what `openssl pkey -pubout` writes"


def _public(block: str) -> PublicKey:
    try:
        key = serialization.load_pem_public_key(block.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise SourceError("BadKey", f"no public key in PEM: {block.splitlines()[0]}", _HINT) from None
    weak = isinstance(key, rsa.RSAPublicKey) and key.key_size < RSA_BITS
    if weak or not isinstance(key, PublicKey):
        raise SourceError("BadKey", f"an ECDSA, Ed25519 or RSA key of {RSA_BITS:,} bits is wanted", _HINT)
    return key


def verifies(key: PublicKey, signature: bytes, content: bytes) -> bool:
    """Whether this key made the signature of the content."""
    try:
        match key:
            case ec.EllipticCurvePublicKey():
                key.verify(signature, content, ec.ECDSA(hashes.SHA256()))
            case rsa.RSAPublicKey():
                key.verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
            case ed25519.Ed25519PublicKey():
                key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def private(pem: str, password: str) -> PrivateKey:
    """Raises SourceError BadKey. `password` "" for a key without one."""
    if _COSIGNS_OWN.search(pem):
        raise SourceError(
            "BadKey",
            "the key is encrypted in cosign's own way (nacl secretbox), which is not read",
            "push without a key and let `cosign sign --key` sign it, or sign with a key in PKCS #8 (openssl "
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256)",
        )
    try:
        key = serialization.load_pem_private_key(pem.encode(), password.encode() or None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SourceError("BadKey", f"the private key cannot be read: {error}") from None
    if not isinstance(key, PrivateKey):
        raise SourceError("BadKey", "the private key is no ECDSA, Ed25519 or RSA key")
    return key


def signed(key: PrivateKey, content: bytes) -> bytes:
    """The signature."""
    match key:
        case ec.EllipticCurvePrivateKey():
            return key.sign(content, ec.ECDSA(hashes.SHA256()))
        case rsa.RSAPrivateKey():
            return key.sign(content, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(content)
