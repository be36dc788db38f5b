# SPDX-License-Identifier: Apache-2.0
"""The webhook's certificate, signed by an authority that is made for it alone: its key is thrown away after
that one signature, so that no second can be made.

An authority of before stays trusted until it expires, since the API server learns of a new one a moment
after us.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import hmac
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lanner_apiserver import pinned

AUTHORITIES, CERTIFICATE, KEY = "ca.crt", "tls.crt", "tls.key"  # in the Secret's data
KEPT: Final = 3  # authorities
EARLIER: Final = datetime.timedelta(minutes=5)  # clocks differ
_PART: Final = 2 / 3  # of its life after which a certificate is replaced


@dataclass(frozen=True, slots=True)
class Issued:
    """In PEM: the authorities to be trusted, newest first, and what the newest has signed."""

    authorities: bytes
    certificate: bytes
    key: bytes = field(repr=False)

    @property
    def data(self) -> dict[str, str]:
        """As the data of a Secret."""
        parts = {AUTHORITIES: self.authorities, CERTIFICATE: self.certificate, KEY: self.key}
        return {name: base64.b64encode(content).decode() for name, content in parts.items()}

    @property
    def path(self) -> str:
        """Under which the API server asks what only it may ask. Who may not read the key, or the webhook's
        configuration, cannot guess it.
        """
        return f"/exec/{hmac.digest(self.key, b'lanner.dev/exec', 'sha256').hex()}"

    def due(self, names: Sequence[str], now: datetime.datetime) -> bool:
        """Whether it is time for another: two thirds of its life are over, or it names something else."""
        found = x509.load_pem_x509_certificate(self.certificate)
        begin, end = found.not_valid_before_utc + EARLIER, found.not_valid_after_utc
        told = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return now >= begin + (end - begin) * _PART or told.get_values_for_type(x509.DNSName) != list(names)

    def context(self) -> ssl.SSLContext:
        """What serves with it."""
        made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        pinned.load(made, self.certificate + self.key)
        return made


def read(data: Mapping[str, Any]) -> Issued | None:
    """What a Secret holds; None when it is nothing that one can serve with."""
    try:
        parts = (base64.b64decode(data[name], validate=True) for name in (AUTHORITIES, CERTIFICATE, KEY))
        found = Issued(*parts)
        x509.load_pem_x509_certificates(found.authorities)
        found.due((), datetime.datetime.now(datetime.UTC))
        found.context()
    except (KeyError, TypeError, ValueError, binascii.Error, x509.ExtensionNotFound, OSError):
        return None
    return found


def issue(
    names: Sequence[str], life: datetime.timedelta, now: datetime.datetime, before: Issued | None = None
) -> Issued:
    """A new one for these DNS names."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = _name(f"{names[0]} {now:%Y-%m-%dT%H:%M:%SZ}")
    authority = (
        _dated(issuer, issuer, authority_key.public_key(), life, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        _dated(_name(names[0]), issuer, key.public_key(), life, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(signs=False), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    trusted = [authority, *(_living(before, now) if before else [])][:KEPT]
    return Issued(b"".join(map(_pem, trusted)), _pem(certificate), _key_pem(key))


def _living(before: Issued, now: datetime.datetime) -> list[x509.Certificate]:
    known = x509.load_pem_x509_certificates(before.authorities)
    return [one for one in known if one.not_valid_after_utc > now]


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _dated(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    life: datetime.timedelta,
    now: datetime.datetime,
) -> x509.CertificateBuilder:
    made = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
    return made.not_valid_before(now - EARLIER).not_valid_after(now + life)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
