# SPDX-License-Identifier: Apache-2.0
"""Two authorities and a certificate for every part of a control plane, as kubeadm makes them; by openssl.

In: the folder `pki` of a cluster, its node's name and the addresses its API server is asked at. Out: NAME.crt
and NAME.key for each part, ca.crt, front-proxy-ca.crt, sa.key and sa.pub.

Python 3.13 verifies strictly: key usage in the authorities, key identifiers in every leaf.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DAYS = "30"
# openssl's own settings file would make every certificate an authority.
SETTINGS = "[req]\ndistinguished_name = subject\n[subject]\n"
AUTHORITY = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
LEAF = (
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature",
    "extendedKeyUsage=serverAuth,clientAuth",
    "authorityKeyIdentifier=keyid",
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One certificate: file name, subject, whose signature, and the names it serves under, if it serves."""

    name: str
    subject: str
    authority: str = "ca"
    serves: tuple[str, ...] = ()


def make(pki: Path, node: str, names: Sequence[str], node_address: str) -> None:
    """Everything, into the empty folder `pki`. `names` are those of the API server: DNS:... or IP:...."""
    (pki / "openssl.cnf").write_text(SETTINGS)
    for authority in ("ca", "front-proxy-ca"):
        _certificate(pki, authority, f"/CN=lanner-{authority}", AUTHORITY)
    for leaf in _leaves(node, names, node_address):
        served = (f"subjectAltName={','.join(leaf.serves)}",) if leaf.serves else ()
        _certificate(pki, leaf.name, leaf.subject, (*LEAF, *served), leaf.authority)
    _openssl(pki, "genrsa", "-out", "sa.key", "2048")
    _openssl(pki, "rsa", "-in", "sa.key", "-pubout", "-out", "sa.pub")


def _leaves(node: str, names: Sequence[str], node_address: str) -> list[Leaf]:
    return [
        Leaf("apiserver", "/CN=kube-apiserver", serves=tuple(names)),
        Leaf("apiserver-kubelet", "/O=system:masters/CN=kube-apiserver-kubelet-client"),
        Leaf("front-proxy", "/CN=front-proxy-client", "front-proxy-ca"),
        Leaf("admin", "/O=system:masters/CN=admin"),
        Leaf("controllers", "/CN=system:kube-controller-manager"),
        Leaf("scheduler", "/CN=system:kube-scheduler"),
        Leaf("proxy", "/CN=system:kube-proxy"),
        Leaf("node", f"/O=system:nodes/CN=system:node:{node}"),
        Leaf("kubelet-server", f"/CN={node}", serves=(f"DNS:{node}", f"IP:{node_address}")),
    ]


def _certificate(
    pki: Path, name: str, subject: str, extensions: Sequence[str], authority: str | None = None
) -> None:
    signed_by = ("-CA", f"{authority}.crt", "-CAkey", f"{authority}.key") if authority else ()
    _openssl(
        pki, "req", "-config", "openssl.cnf", "-x509", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:P-256", "-nodes", "-days", DAYS, "-subj", subject, *signed_by,
        "-addext", "subjectKeyIdentifier=hash",
        *(word for extension in extensions for word in ("-addext", extension)),
        "-keyout", f"{name}.key", "-out", f"{name}.crt",
    )  # fmt: skip


def _openssl(pki: Path, *words: str) -> None:
    done = subprocess.run(["openssl", *words], cwd=pki, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"openssl {' '.join(words)}: {done.stderr}")
