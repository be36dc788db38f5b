# SPDX-License-Identifier: Apache-2.0
"""The door to the kernel: load, attach, drain, bpf(2). Only here are pylibbpf's library and ctypes used."""
