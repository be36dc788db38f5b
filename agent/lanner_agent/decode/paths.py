# SPDX-License-Identifier: Apache-2.0
"""What a path means that the kernel did not resolve: joined to its directory and cleaned, without looking at
any file system (specification, trap 21).
"""

from __future__ import annotations

import posixpath


def resolved(raw: bytes, found: bytes | None) -> bytes:
    """The form of a parameter (specification 3.3): an absolute path as given, of a relative one what was
    found, where that is known.
    """
    return raw if raw.startswith(b"/") else found or raw


def meant(raw: bytes, base: bytes) -> bytes | None:
    """The absolute path of `raw` in the directory `base`; None when there is none, or when the directory is
    not known.
    """
    if not raw or not (base or raw.startswith(b"/")):
        return None
    path = raw if raw.startswith(b"/") else b"%s/%s" % (base, raw)
    # POSIX leaves two leading slashes alone, Linux does not
    return posixpath.normpath(b"/" + path.lstrip(b"/") if path.startswith(b"/") else path)
