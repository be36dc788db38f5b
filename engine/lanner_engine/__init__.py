# SPDX-License-Identifier: Apache-2.0
"""The rule language: text -> checked rules -> compiled program. Pure: no I/O, no kernel, no Kubernetes."""
