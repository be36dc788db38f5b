# SPDX-License-Identifier: Apache-2.0
"""The kernels that are booted and the guests that run on them.

All are Debian's cloud flavours: small, with BTF, and with the modules a virtual disk needs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guest:
    """The user space beside a kernel: a Debian suite of one architecture with its Python."""

    architecture: str  # as Debian writes it
    suite: str
    python: str
    triplet: str  # of the compiler and the library folders
    wheels: str  # uv's name of the platform


@dataclass(frozen=True, slots=True)
class Kernel:
    """One kernel: `packages` are patterns of package names, the highest version of each is taken."""

    name: str
    suite: str
    packages: tuple[str, ...]
    guest: Guest
    routine: bool = False  # booted by `make test` too


BOOKWORM = Guest("amd64", "bookworm", "3.11", "x86_64-linux-gnu", "x86_64-manylinux_2_36")
TRIXIE_ARM = Guest("arm64", "trixie", "3.13", "aarch64-linux-gnu", "aarch64-manylinux_2_39")

SUPPORTED = (
    Kernel("6.1", "bookworm", (r"linux-image-6\.1\.0-\d+-cloud-amd64",), BOOKWORM, routine=True),
    Kernel("6.12", "trixie", (r"linux-image-6\.12\.\d+\+deb13-cloud-amd64",), BOOKWORM, routine=True),
    Kernel(  # from 7.2 on linux-image is empty: the kernel is in linux-binary, the modules in linux-modules
        "7.2",
        "sid",
        (r"linux-binary-7\.[\d.]+\+deb14-cloud-amd64", r"linux-modules-7\.[\d.]+\+deb14-cloud-amd64"),
        BOOKWORM,
    ),
    Kernel("6.12-arm64", "trixie", (r"linux-image-6\.12\.\d+\+deb13-cloud-arm64",), TRIXIE_ARM),
)

OLDEST, NEWEST = SUPPORTED[0], SUPPORTED[2]

# Below the floor of 5.17: no task storage for tracing programs, no bpf_loop().
TOO_OLD = (Kernel("5.10", "bullseye", (r"linux-image-5\.10\.0-\d+-cloud-amd64",), BOOKWORM, routine=True),)


def chosen(words: str) -> tuple[Kernel, ...]:
    """`routine`, `all`, or names with commas between them. LookupError for a name that there is not."""
    every = SUPPORTED + TOO_OLD
    if words == "routine":
        return tuple(kernel for kernel in every if kernel.routine)
    if words == "all":
        return every
    by_name = {kernel.name: kernel for kernel in every}
    unknown = [name for name in words.split(",") if name not in by_name]
    if unknown:
        raise LookupError(f"no kernel {', '.join(unknown)}; there are {', '.join(by_name)}")
    return tuple(by_name[name] for name in words.split(","))
