# SPDX-License-Identifier: Apache-2.0
"""YAML to definitions: rules files, manifests, redefinition, append, override. No condition is parsed."""
