# SPDX-License-Identifier: Apache-2.0
"""Where the API server is and who we are to it: from the pod's service account, or from a kubeconfig.

The client library reads both. A token file is read again every minute (it is projected with an hour to
live), a kubeconfig's exec plugin is asked again when its token ends.
"""

from __future__ import annotations

import os
import pathlib
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import yaml

from lanner_apiserver.errors import Unreachable
from lanner_apiserver.library import (
    SERVICE_CERT_FILENAME,
    SERVICE_HOST_ENV_NAME,
    SERVICE_TOKEN_FILENAME,
    ConfigException,
    Configuration,
    InClusterConfigLoader,
    load_kube_config,
)

TOKEN: Final = pathlib.Path(SERVICE_TOKEN_FILENAME)
HOME: Final = pathlib.Path("~/.kube/config")
REFRESH_S: Final = 60.0


async def configuration(kubeconfig: str | None = None) -> Configuration:
    """The first of: `kubeconfig`, $KUBECONFIG, the pod's service account, ~/.kube/config.

    Raises Unreachable with the place and what is wrong there.
    """
    named = kubeconfig or os.environ.get("KUBECONFIG")
    if named:
        return await _from_file(named)
    if SERVICE_HOST_ENV_NAME in os.environ:
        return _in_pod()
    if HOME.expanduser().is_file():
        return await _from_file(str(HOME.expanduser()))
    raise Unreachable("no API server is known: this is no pod, and $KUBECONFIG names no file")


def _in_pod() -> Configuration:
    made = _new()
    try:
        InClusterConfigLoader(SERVICE_TOKEN_FILENAME, SERVICE_CERT_FILENAME).load_and_set(made)
    except (ConfigException, OSError) as error:
        raise Unreachable(
            f"the pod's service account cannot be used: {error}; does the pod mount its token "
            f"below {TOKEN.parent}?"
        ) from error
    return made


async def _from_file(path: str) -> Configuration:
    made = _new()
    if not any(os.path.isfile(os.path.expanduser(part)) for part in path.split(os.pathsep) if part):
        raise Unreachable(f"the kubeconfig {path} does not exist")
    try:
        loader = await load_kube_config(path, made)
    except (ConfigException, OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise Unreachable(f"the kubeconfig {path} cannot be used: {error}") from error
    if "BearerToken" in made.api_key:
        made.refresh_api_key_hook = _again(loader)
    return made


def _again(loader: Any) -> Callable[[Configuration], Awaitable[None]]:
    """Asks the kubeconfig's source of tokens once a minute; it knows itself whether a new one is due."""
    last = time.monotonic()

    async def refresh(made: Configuration) -> None:
        nonlocal last
        if time.monotonic() - last >= REFRESH_S:
            last = time.monotonic()
            await loader.load_and_set(made)

    return refresh


def _new() -> Configuration:
    """Verifies chain and name as every other Kubernetes client does.

    Python 3.13 by itself also refuses certificate authorities without a key usage extension, which clusters
    run for years with.
    """
    made = Configuration()
    made.disable_strict_ssl_verification = True
    made.connection_pool_maxsize = 16
    return made


def trust(made: Configuration) -> str:
    """Whom the connection trusts, for messages."""
    return str(made.ssl_ca_cert or ssl.get_default_verify_paths().cafile or "the system's authorities")
