# SPDX-License-Identifier: Apache-2.0
"""A network namespace for a cluster with a node: its bridges, routes and packet filter are its own.

In: the addresses of place.Network. Out: the words that run a command in there.

    machine  lanner-kNUMBER 10.214.NUMBER.1 ---- 10.214.NUMBER.2 node0  namespace lanner-cluster-NUMBER

Pods get addresses of 10.215.NUMBER.0/24 and reach the node, not the world: nothing of the machine's
forwarding and packet filter is touched.
"""

from __future__ import annotations

import subprocess

from tests.cluster.place import Network

_NODE_END = "node0"


def make(network: Network) -> None:
    """The namespace and the pair of links."""
    name, link = network.namespace, _link(network)
    _ip("netns", "add", name)
    _ip("link", "add", link, "type", "veth", "peer", "name", _NODE_END, "netns", name)
    _ip("address", "add", f"{network.host}/24", "dev", link)
    _ip("link", "set", link, "up")
    _ip("-n", name, "address", "add", f"{network.node}/24", "dev", _NODE_END)
    _ip("-n", name, "link", "set", _NODE_END, "up")
    _ip("-n", name, "link", "set", "lo", "up")
    _ip("-n", name, "route", "add", "default", "via", network.host)
    subprocess.run([*inside(network), "sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)


def inside(network: Network) -> tuple[str, ...]:
    """Before a command: it runs there. Not `ip netns exec`, which hides the machine's cgroups."""
    return ("nsenter", f"--net=/run/netns/{network.namespace}", "--")


def remove(network: Network) -> None:
    """Both, there or not."""
    for words in (("link", "del", _link(network)), ("netns", "del", network.namespace)):
        subprocess.run(["ip", *words], check=False, stderr=subprocess.DEVNULL)


def _link(network: Network) -> str:
    return f"lanner-k{network.number}"


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()}")
