# SPDX-License-Identifier: Apache-2.0
"""One name -> its addresses, as this machine resolves names: /etc/nsswitch.conf, /etc/hosts, DNS.

In a pod that is the cluster's DNS with the pod's search path. A name with a dot is asked as it stands first,
because a search path would send most questions four times to no purpose, and only then along the path.
"""

from __future__ import annotations

import socket
from typing import Final

from lanner_engine.source import LannerError

MAX_ADDRESSES: Final = 256  # of one name; who owns the name decides how many there are
_NOT_THERE: Final = frozenset({socket.EAI_NONAME, socket.EAI_NODATA})


class UnresolvedError(LannerError):
    """No answer. The message says why, in the resolver's words."""


def addresses(name: bytes) -> frozenset[bytes]:
    """The 4 or 16 bytes of each address; none when the name is not there. Takes as long as the resolver's own
    limits let it: 30 s and more when its servers are silent.

    Raises:
        UnresolvedError: the resolver could not find out.
    """
    absolute = name + b"." if b"." in name and not name.endswith(b".") else name
    if absolute == name:
        return _asked(name)
    try:
        found = _asked(absolute)
    except UnresolvedError:  # no server of DNS answers; /etc/hosts may
        if found := _asked(name):
            return found
        raise
    return found or _asked(name)


def _asked(name: bytes) -> frozenset[bytes]:
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in _NOT_THERE:
            return frozenset()
        raise UnresolvedError(error.strerror or str(error)) from None
    except (OSError, UnicodeError) as error:
        raise UnresolvedError(str(error)) from None
    found = sorted({_packed(family, str(end[0])) for family, *_, end in answers})
    return frozenset(found[:MAX_ADDRESSES])


def _packed(family: int, text: str) -> bytes:
    """An IPv4 address inside IPv6 is IPv4, as in events."""
    packed = socket.inet_pton(family, text.partition("%")[0])
    return packed[-4:] if packed.startswith(b"\0" * 10 + b"\xff\xff") else packed
