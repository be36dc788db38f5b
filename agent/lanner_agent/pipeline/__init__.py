# SPDX-License-Identifier: Apache-2.0
"""The one loop from the ring to the alert: drain, decode, enrich, match, publish. One thread, no await."""
