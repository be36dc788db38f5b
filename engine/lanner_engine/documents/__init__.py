# SPDX-License-Identifier: Apache-2.0
"""YAML to definitions: rules files and manifests, redefinition, append and override. No condition is parsed."""
