# ===- __init__.py - What kernels are compared with -------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The peers, each in a file of its own.

A file has a function `load(context)` that returns its peers. It imports what it
needs in there, so that an ImportError only skips its peers. A peer has a `name`,
a `version`, and a method `prepare(case, buffers)` that returns a Prepared, or
raises Unsupported.
"""

import dataclasses
import importlib
import typing

# The first is what the others are compared with.
FILES = ("norm", "loops", "pytorch", "onnx_runtime", "jax", "iree")


class Unsupported(Exception):
    """The peer cannot do this; the text says what."""


@dataclasses.dataclass(frozen=True)
class Context:
    """What a peer may need to load."""

    harness: object  # a bench.harness.Harness
    threads: int


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A case that a peer is ready to run."""

    timed: object  # a bench.timing.Timed
    # Outputs of a set of buffers after a call for it, as arrays; None if the
    # peer writes the outputs of the buffers.
    outputs: typing.Optional[typing.Callable] = None
    # A bench.report.Cost of compiling it, if that is known.
    cost: typing.Optional[object] = None


def load_peers(context, wanted):
    """All peers of the FILES in `wanted` and a dict file -> why it is skipped."""
    peers, skipped = [], {}
    for file in FILES:
        if file not in wanted:
            continue
        try:
            peers += importlib.import_module(f"peers.{file}").load(context)
        except (ImportError, Unsupported) as error:
            skipped[file] = str(error)
    return peers, skipped
