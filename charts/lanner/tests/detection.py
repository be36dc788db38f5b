# SPDX-License-Identifier: Apache-2.0
"""`helm test`: reads its own /etc/shadow, as no usual program does, and waits for the Event about that.

Runs in the agent's image with the standard library alone. Exit status 1 and a sentence when no Event comes.
"""

from __future__ import annotations

import json
import os
import pathlib
import ssl
import sys
import time
import urllib.parse
import urllib.request

ACCOUNT = pathlib.Path("/var/run/secrets/kubernetes.io/serviceaccount")
PATIENCE_S = 30


def events(namespace: str, uid: str) -> list[dict[str, object]]:
    """What the agents have reported about this pod."""
    selector = urllib.parse.urlencode(
        {"fieldSelector": f"regarding.uid={uid},reportingController=lanner.dev/agent"}
    )
    host = os.environ["KUBERNETES_SERVICE_HOST"]
    server = f"https://{f'[{host}]' if ':' in host else host}:{os.environ['KUBERNETES_SERVICE_PORT']}"
    request = urllib.request.Request(  # noqa: S310  (https, as above)
        f"{server}/apis/events.k8s.io/v1/namespaces/{namespace}/events?{selector}",
        headers={"Authorization": f"Bearer {(ACCOUNT / 'token').read_text()}"},
    )
    context = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
    with urllib.request.urlopen(request, context=context, timeout=10) as answer:  # noqa: S310
        found: list[dict[str, object]] = json.load(answer)["items"]
        return found


def main() -> int:
    """0 when the Event came."""
    began = time.monotonic()
    pathlib.Path("/etc/shadow").read_bytes()
    while time.monotonic() - began < PATIENCE_S:
        for event in events(os.environ["POD_NAMESPACE"], os.environ["POD_UID"]):
            print(f"after {time.monotonic() - began:.1f} s: {event['note']}")
            return 0
        time.sleep(0.2)
    print(f"no Event about this pod in {PATIENCE_S} s: see `kubectl get falconodes` and the agent's log")
    return 1


if __name__ == "__main__":
    sys.exit(main())
