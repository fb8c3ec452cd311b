# ===- limit.py - How fast the same bytes can be copied ---------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The limit that a case is compared with: moving as many bytes."""

COPIES = ("copy", "non-temporal copy", "non-temporal copy by pages")


def time_limits(harness, buffers):
    """A dict from the name of each way to move the useful bytes to its Timed.

    A copy reads and writes half of them each, from the streamed inputs to the
    streamed outputs and, where these are smaller, what follows. Where nothing is
    written, it is a pass of reading the inputs.
    """
    sources = [one.inputs_address for one in buffers.sets]
    if buffers.written_bytes == 0:
        return {"read": harness.time_read(sources, buffers.read_bytes)}
    targets = [one.outputs_address for one in buffers.sets]
    return {
        name: harness.time_copy(way, targets, sources, buffers.copy_bytes)
        for way, name in enumerate(COPIES)
    }
