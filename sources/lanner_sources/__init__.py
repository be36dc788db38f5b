# SPDX-License-Identifier: Apache-2.0
"""Rules that are kept elsewhere, in an OCI registry or behind an https URL: found, fetched, believed or not.

Knows HTTP, registries, cosign's signatures and the artifacts of falcoctl; nothing of the rule language, of
Kubernetes or of files. Everything that comes from outside is bounded in size and time, and is used only when
its digest and its signature are right.
"""
