# SPDX-License-Identifier: Apache-2.0
"""A key that a program makes at its start, and the certificate that its peers are told: each end of a
connection accepts the one certificate that it knows the other end by.

There is no authority whose key could be stolen. A certificate says no dates and no more than a name: who may
write it where the peer reads it decides who is believed, and clocks of nodes differ.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import os
import ssl
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SIZE: Final = 4 << 10  # characters of a certificate as text
_BEGIN: Final = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
_END: Final = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)  # RFC 5280, 4.1.2.5: no end


@dataclass(frozen=True, slots=True)
class Own:
    """`certificate` is told, as base64 of DER; `pem` has the key and never leaves the process."""

    certificate: str
    pem: bytes = field(repr=False)


def made(name: str) -> Own:
    """A new key, for who is called `name`: a DNS name."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(_BEGIN)
        .not_valid_after(_END)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
        .add_extension(identifier, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    told = base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Own(told, certificate.public_bytes(serialization.Encoding.PEM) + secret)


def server(own: Own, clients: tuple[str, ...]) -> ssl.SSLContext:
    """Serves these clients and no others. Certificates that are none are left out."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    load(context, own.pem)
    for one in clients:
        _trust(context, one)
    return context


def client(own: Own, peer: str) -> ssl.SSLContext | None:
    """Asks this server and no other; None where `peer` is no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    load(context, own.pem)
    return context if _trust(context, peer) else None


def load(context: ssl.SSLContext, pem: bytes) -> None:
    """A certificate and its key. OpenSSL reads files: this one is in memory, for the moment."""
    descriptor = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(pem)
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def _trust(context: ssl.SSLContext, told: str) -> bool:
    """Who wrote it may have written anything."""
    try:
        der = base64.b64decode(told, validate=True) if len(told) <= SIZE else b""
        x509.load_der_x509_certificate(der)  # exactly one: cadata takes what follows, too
        context.load_verify_locations(cadata=der)
    except (ValueError, binascii.Error, ssl.SSLError, x509.InvalidVersion):
        return False
    return True
