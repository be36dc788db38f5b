# SPDX-License-Identifier: Apache-2.0
"""A kubeconfig -> its server, as the Kubernetes client reads it: client certificates, tokens, exec plugins.

Imported when there is a kubeconfig to be read: a pod needs nothing of that client, which is a quarter of what
an agent would import.
"""

from __future__ import annotations

import os
import time
from typing import Any, Final

import yaml
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import ConfigException, load_kube_config

from lanner_apiserver.errors import Unreachable
from lanner_apiserver.server import Server, Token

REFRESH_S: Final = 60.0


async def server(path: str, context: str | None = None) -> Server:
    """Raises Unreachable with the place and what is wrong there."""
    made = Configuration()
    if not any(os.path.isfile(os.path.expanduser(part)) for part in path.split(os.pathsep) if part):
        raise Unreachable(f"the kubeconfig {path} does not exist")
    try:
        loader = await load_kube_config(path, context, made, persist_config=False)
    except (ConfigException, OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise Unreachable(f"the kubeconfig {path} cannot be used: {error}") from error
    return Server(
        host=made.host,
        token=_token(made, loader),
        authority=made.ssl_ca_cert,
        authority_text=made.ca_cert_data,
        verify=made.verify_ssl,
        certificate=made.cert_file,
        key=made.key_file,
        name=made.tls_server_name,
        proxy=made.proxy,
        namespace=_namespace(loader),
    )


def _namespace(loader: Any) -> str:
    """Of the context that counts."""
    named = (loader.current_context.get("context") or {}).get("namespace")
    return named if isinstance(named, str) and named else "default"


def _token(made: Configuration, loader: Any) -> Token:
    """Asks the kubeconfig's source of tokens once a minute; it knows itself whether a new one is due."""
    last = time.monotonic()

    async def token() -> str:
        nonlocal last
        if "BearerToken" in made.api_key and time.monotonic() - last >= REFRESH_S:
            last = time.monotonic()
            try:
                await loader.load_and_set(made)
            except ConfigException as error:
                raise Unreachable(f"the kubeconfig gives no token: {error}") from error
        settings = await made.auth_settings()
        found = next((str(setting["value"]) for setting in settings.values() if setting["value"]), "")
        return found.strip()  # a tokenFile ends with its line, and a header must not

    return token
