# SPDX-License-Identifier: Apache-2.0
"""What became of one rule, pass by pass, for the person who wrote it. Decides nothing."""
