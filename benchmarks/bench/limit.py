# ===- limit.py - How fast the same bytes can be copied ---------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The limit that a case is compared with: copies of as many bytes."""

WAYS = ("copy", "non-temporal copy", "non-temporal copy by pages")


def time_limits(harness, buffers):
    """A dict from the name of each way to copy to its Timed.

    A copy reads and writes half of the useful bytes each, from the streamed
    inputs to the streamed outputs themselves.
    """
    if buffers.read_bytes != buffers.written_bytes:
        raise ValueError(
            f"{buffers.case}: expected as many bytes read as written, found "
            f"{buffers.read_bytes} and {buffers.written_bytes}"
        )
    pairs = [(one.outputs_address, one.inputs_address) for one in buffers.sets]
    return {
        name: harness.time_copy(way, pairs, buffers.read_bytes)
        for way, name in enumerate(WAYS)
    }
