# SPDX-License-Identifier: Apache-2.0
"""Which API server is ours: the pod's service account tells it, or a kubeconfig.

The token of a pod is a file that the kubelet replaces (it is projected with an hour to live): read again
every minute.
"""

from __future__ import annotations

import os
import pathlib
import time
from typing import Final

from lanner_apiserver.errors import Unreachable
from lanner_apiserver.server import Server, Token
from lanner_engine import extras

ACCOUNT: Final = pathlib.Path("/var/run/secrets/kubernetes.io/serviceaccount")
TOKEN: Final = ACCOUNT / "token"
HOME: Final = pathlib.Path("~/.kube/config")
REFRESH_S: Final = 60.0
_HOST: Final = "KUBERNETES_SERVICE_HOST"
_PORT: Final = "KUBERNETES_SERVICE_PORT"


async def server(kubeconfig: str | None = None, context: str | None = None) -> Server:
    """The first of: `kubeconfig`, $KUBECONFIG, the pod's service account, ~/.kube/config. `context`: of the
    kubeconfig, where that is not its current one.

    Raises Unreachable with the place and what is wrong there.
    """
    named = kubeconfig or os.environ.get("KUBECONFIG")
    if not named and not context and _HOST in os.environ:
        return in_pod(ACCOUNT)
    if not named and HOME.expanduser().is_file():
        named = str(HOME.expanduser())
    if not named:
        raise Unreachable("no API server is known: this is no pod, and $KUBECONFIG names no file")
    try:
        extras.need("kubeconfig", f"reading the kubeconfig {named}")
    except extras.ExtraError as error:
        raise Unreachable(str(error)) from error
    from lanner_apiserver import kubeconfigs  # noqa: PLC0415  0.3 s of processor that a pod does not pay

    return await kubeconfigs.server(named, context)


def in_pod(account: pathlib.Path) -> Server:
    """The one that the pod's environment names, with the token and the authority in `account`."""
    host, port = os.environ.get(_HOST, ""), os.environ.get(_PORT, "")
    authority = account / "ca.crt"
    try:
        if not host or not port:
            raise ValueError(f"{_HOST} or {_PORT} is not set")
        if not authority.read_text("ascii").strip():
            raise ValueError(f"{authority} is empty")
        token = _token(account / "token")
    except (OSError, ValueError) as error:
        raise Unreachable(
            f"the pod's service account cannot be used: {error}; does the pod mount its token "
            f"below {account}?"
        ) from error
    shown = f"[{host}]" if ":" in host else host
    return Server(f"https://{shown}:{port}", token, authority=str(authority), namespace=_namespace(account))


def _namespace(account: pathlib.Path) -> str:
    """The pod's own; a token that was mounted by hand may come without it."""
    try:
        return (account / "namespace").read_text("utf-8").strip() or "default"
    except OSError:
        return "default"


def _token(path: pathlib.Path) -> Token:
    """What the file says, read again every minute; a file that cannot be read is tried again at once."""
    value, last = _read(path), time.monotonic()

    async def token() -> str:
        nonlocal value, last
        if time.monotonic() - last >= REFRESH_S:
            try:
                value, last = _read(path), time.monotonic()
            except (OSError, ValueError) as error:
                raise Unreachable(f"the pod's token cannot be read: {error}") from error
        return value

    return token


def _read(path: pathlib.Path) -> str:
    content = path.read_text("ascii").strip()
    if not content:
        raise ValueError(f"{path} is empty")
    return f"Bearer {content}"
