# SPDX-License-Identifier: Apache-2.0
"""Kubernetes, etcd and Helm, built from their released Go modules into the cache.

In: versions. Out: the folders of the programs.

Minimal version selection makes every dependency's version a function of the one that is pinned, and the Go
checksum database vouches for the content, so one version number pins a whole build. A first build takes about
seven minutes on two cores and for that time 6 GB; later ones take nothing.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import cache
from tests.cluster import toolchain, versions

COMMANDS = (
    *("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl"),
)
STAGING = re.compile(r"(?m)^\s*(k8s\.io/[a-z0-9-]+) => \./staging")
PROGRESS_EVERY_S = 10.0
LAST_LINES = 15
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where the programs of one cluster version are."""

    version: str
    kubernetes: Path
    etcd: Path
    helm: Path

    def __getitem__(self, program: str) -> str:
        """The full path of one program."""
        folder = {"etcd": self.etcd, "helm": self.helm}.get(program, self.kubernetes)
        return str(folder / program)

    @property
    def path(self) -> str:
        """What to put before $PATH to have kubectl and helm."""
        return f"{self.kubernetes}{os.pathsep}{self.helm}"


@dataclass(frozen=True, slots=True)
class Module:
    """What one `go build` makes: programs of one module, which keeps its own dependencies' versions."""

    name: str
    version: str
    packages: tuple[str, ...]
    variables: tuple[str, ...]  # NAME=VALUE, without which the programs do not know their version
    purpose: str = ""  # what else its programs differ by

    @property
    def folder(self) -> str:
        """Of its programs in the cache."""
        return f"cluster/{self.name}-{self.version}{self.purpose}"


def binaries(version: str | None = None, say: Say = print) -> Binaries:
    """Everything for this Kubernetes (`$K8S` or the newest supported), built where it is missing."""
    version = version or versions.kubernetes()
    modules = _kubernetes(version), _etcd(versions.ETCD), _helm(versions.HELM, version)
    if _missing(modules):
        with cache.alone("cluster/go", lambda: say("waiting for another who builds with Go")):
            missing = _missing(modules)
            for number, module in enumerate(missing, 1):
                say(f"{number} of {len(missing)}: {module.name} {module.version}, from its Go module")
                cache.entry(module.folder, functools.partial(_build, module, say=say), say)
            toolchain.forget(toolchain.command(say))
    return Binaries(version, *map(_place, modules))


def _missing(modules: Sequence[Module]) -> list[Module]:
    return [module for module in modules if not _place(module).exists()]


def helm() -> Path | None:
    """The program, where it was built before or is this machine's own. Builds nothing."""
    built = _place(_helm(versions.HELM, versions.kubernetes())) / "helm"
    own = shutil.which("helm")
    return built if built.exists() else Path(own) if own else None


def _place(module: Module) -> Path:
    return cache.folder() / module.folder


def _kubernetes(version: str) -> Module:
    facts = {"gitVersion": f"v{version}", "gitMajor": "1", "gitMinor": version.split(".")[1]}
    places = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    variables = tuple(f"{place}.{name}={value}" for place in places for name, value in facts.items())
    return Module(
        "kubernetes", version, tuple(f"k8s.io/kubernetes/cmd/{name}" for name in COMMANDS), variables
    )


def _etcd(version: str) -> Module:
    return Module("etcd", version, ("go.etcd.io/etcd/server/v3",), ())


def _helm(version: str, kubernetes: str) -> Module:
    """Without a cluster it renders and lints for the Kubernetes that it was built for: 1.20 unless told."""
    major, minor = kubernetes.split(".")[:2]
    places = ("helm.sh/helm/v3/pkg/chartutil", "helm.sh/helm/v3/pkg/lint/rules")
    facts = {"k8sVersionMajor": major, "k8sVersionMinor": minor}
    variables = (
        f"helm.sh/helm/v3/internal/version.version=v{version}",
        *(f"{place}.{name}={value}" for place in places for name, value in facts.items()),
    )
    return Module("helm", version, ("helm.sh/helm/v3/cmd/helm",), variables, purpose=f"-for-{major}.{minor}")


def _build(module: Module, to: Path, say: Say) -> None:
    started = time.monotonic()
    go, work = toolchain.command(say), to.with_name(f"{to.name}.source")
    cache.remove(work)
    work.mkdir()
    to.mkdir()
    try:
        (work / "go.mod").write_text(f"module lanner.test/{module.name}\n\ngo {_go_line()}\n")
        if module.name == "kubernetes":
            _replace_staging(go, work, module.version)
        wanted = [f"{package}@v{module.version}" for package in module.packages]
        _run(module, [go, "get", "-tool", *wanted], work, say)
        flags = " ".join(("-s", "-w", *(f"-X {variable}" for variable in module.variables)))
        total = len(_output([go, "list", "-deps", *module.packages], work).splitlines())
        _run(
            module, [go, "build", "-v", "-ldflags", flags, "-o", f"{to}/", *module.packages], work, say, total
        )
        _named(module, to)
    finally:
        cache.remove(work)
    say(f"built {module.name} {module.version} in {time.monotonic() - started:.0f} s")


def _go_line() -> str:
    return ".".join(map(str, (*versions.GO_NEEDED, 0)))


def _replace_staging(go: Path, work: Path, version: str) -> None:
    """k8s.io/kubernetes replaces its staging modules by local folders: each by the release of its day."""
    said = _output([go, "mod", "download", "-json", f"k8s.io/kubernetes@v{version}"], work)
    modules = STAGING.findall(Path(json.loads(said)["GoMod"]).read_text())
    edits = [f"-replace={module}={module}@v0{version.removeprefix('1')}" for module in modules]
    subprocess.run([go, "mod", "edit", *edits], cwd=work, check=True, env=toolchain.environment())


def _named(module: Module, to: Path) -> None:
    """`go build` names a program after its package's folder: etcd's is `server`."""
    if module.name == "etcd":
        (program,) = to.iterdir()
        program.rename(to / "etcd")


def _output(command: Sequence[str | Path], cwd: Path) -> str:
    """What a go command prints; RuntimeError with its words when it fails."""
    said = subprocess.run(
        command, cwd=cwd, check=False, capture_output=True, text=True, env=toolchain.environment()
    )
    if said.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{said.stdout}{said.stderr}")
    return said.stdout


def _run(module: Module, command: Sequence[str | Path], cwd: Path, say: Say, total: int = 0) -> None:
    """One go command; how far it is, every ten seconds; RuntimeError with its last lines when it fails.
    `total`: of the lines that it will print, where that is known."""
    lines: list[str] = []
    due = time.monotonic() + PROGRESS_EVERY_S
    with subprocess.Popen(
        list(map(str, command)), cwd=cwd, env=toolchain.environment(), text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        assert process.stdout
        for line in process.stdout:
            lines.append(line)
            if time.monotonic() >= due:
                of = f" of {total}" if total else ""
                say(f"  {module.name}: go {command[1]}, {len(lines)}{of} done, now {line.split()[-1]}")
                due = time.monotonic() + PROGRESS_EVERY_S
    if process.returncode:
        last = "".join(lines[-LAST_LINES:])
        raise RuntimeError(f"go {command[1]} of {module.name} {module.version} failed:\n{last}")
