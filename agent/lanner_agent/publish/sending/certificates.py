# SPDX-License-Identifier: Apache-2.0
"""The certificates that settings name -> whom an output trusts, and what it shows of itself.

Files are read when a connection is made, and looked at later whether they are others: a Secret renews them.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lanner_agent.publish.sending.carrier import LaterError
from lanner_agent.publish.settings.certificates import Certificates

Files = tuple[tuple[int, int, int] | None, ...]


def trust(settings: Certificates) -> ssl.SSLContext:
    """For a connection. Raises LaterError for a file that cannot be used."""
    try:
        made = ssl.create_default_context(cafile=settings.ca_file)
        made.verify_flags &= ~ssl.VERIFY_X509_STRICT  # as clusters' own authorities are made
    except OSError as error:
        raise LaterError(f"cannot read {settings.ca_file}: {error.strerror or error}") from error
    if settings.certificate_file:
        try:
            # a password would be asked for on the terminal
            made.load_cert_chain(settings.certificate_file, settings.key_file, password="")
        except (OSError, ValueError) as error:
            files = f"{settings.certificate_file} and {settings.key_file or 'the key in it'}"
            raise LaterError(f"cannot use {files}: {getattr(error, 'strerror', '') or error}") from error
    return made


@contextmanager
def verifying() -> Iterator[None]:
    """What a handshake says of the other side's certificate, in words of this project."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise LaterError(f"certificate verify failed: {error.verify_message}") from error


def files(*paths: Path | None) -> Files:
    """Which files these names stand for now: another value when one of them was replaced."""
    return tuple(_which(path) for path in paths if path)


def named(settings: Certificates) -> tuple[Path | None, ...]:
    """The files of certificates that settings name."""
    return settings.ca_file, settings.certificate_file, settings.key_file


def _which(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns
