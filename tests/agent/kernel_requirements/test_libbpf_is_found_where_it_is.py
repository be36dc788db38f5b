# SPDX-License-Identifier: Apache-2.0
"""The C library below everything: pylibbpf's or the system's, with every function that is called, or words
about what is missing. What it says goes into errors and nowhere else.
"""

from __future__ import annotations

import ctypes.util
import errno
import functools
import os
import threading
from collections.abc import Iterator

import pytest

from lanner_agent.kernel import libbpf, loader, requirements, syscall_bpf
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.loading import OBJECT

root = pytest.mark.skipif(os.geteuid() != 0, reason="loading BPF programs needs root")


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A machine with these files only."""
    monkeypatch.setattr(libbpf, "candidates", lambda: iter(request.param))
    monkeypatch.setattr(libbpf, "library", functools.cache(libbpf.library.__wrapped__))


def test_the_one_inside_pylibbpf_is_the_first() -> None:
    first, *others = libbpf.candidates()
    assert "/pylibbpf/pylibbpf." in first
    assert others == ["libbpf.so.1"]
    assert libbpf.library()._name == first


@root
@pytest.mark.parametrize("only", [["libbpf.so.1"]], indirect=True)
@pytest.mark.skipif(ctypes.util.find_library("bpf") is None, reason="no libbpf1 is installed")
def test_the_system_s_will_do(only: None) -> None:
    assert libbpf.library()._name == "libbpf.so.1"
    loaded, _ = loader.load(OBJECT)
    loaded.attach("task_scan")
    loaded.close()
    assert syscall_bpf.has_helper(1) is True


@pytest.mark.parametrize("only", [["absent.so", "libc.so.6"]], indirect=True)
def test_without_any_it_is_said_what_is_missing_and_what_to_do(only: None) -> None:
    refusal = requirements.refusal()
    assert refusal is not None
    assert str(refusal).startswith("libbpf: no libbpf can be used: absent.so: cannot open shared object file")
    assert "; libc.so.6 lacks libbpf_version_string, " in str(refusal)
    assert refusal.hint.endswith("apt-get install libbpf1)")
    assert refusal.errno == errno.ENOENT
    assert "bpf(2)" not in {one.name for one in requirements.check()}


@pytest.fixture
def silence(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing reaches the descriptors of standard output and error."""
    yield
    assert tuple(capfd.readouterr()) == ("", "")


def test_what_it_says_is_in_the_error(silence: None) -> None:
    with pytest.raises(KernelError) as refused:
        loader.Loaded(b"no ELF")
    assert refused.value.what == (
        "the kernel refused the programs: libbpf: elf: 'lanner' is not a proper ELF object"
    )


def test_another_thread_is_not_heard(silence: None) -> None:
    other = threading.Thread(
        target=lambda: libbpf.library().bpf_object__open_mem(b"no ELF", 6, None),
    )
    with libbpf.heard() as said:
        other.start()
        other.join()
    assert said == []
