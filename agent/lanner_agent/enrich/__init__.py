# SPDX-License-Identifier: Apache-2.0
"""What the kernel cannot know: containers and pods from the CRI socket, users. Only here is grpc imported."""
