# ===- cases.py - The operators whose errors are measured -------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Source and shapes of each operator.

The module of an operator has a function @measured. Where some of its operands
are results of other operators, as rrms of rmsnorm_grad, they come first, and a
function @prepare with the same arguments makes them.
"""

import dataclasses
import string
import typing

from bench.operand import accumulator

WIDTHS = (64, 1024, 16384, 131072, 1048576)
TYPES = ("f32", "f64", "f16", "bf16")
# Elements of x, unless one row or channel has more.
ELEMENTS = 1 << 18
CHANNELS = 4
# Images of a batch, unless a channel has fewer elements.
IMAGES = 8


@dataclasses.dataclass(frozen=True)
class Result:
    """A result of an operator."""

    name: str
    # Of the accumulator's type, or of that of x.
    in_accumulator: bool = False

    def type(self, element_type):
        return accumulator(element_type) if self.in_accumulator else element_type


@dataclasses.dataclass(frozen=True)
class Operator:
    """One operator in one form."""

    name: str
    results: tuple
    # Elements of a row or channel -> the shapes of the arguments in order.
    shapes: typing.Callable
    text: str
    # How many of the first arguments @prepare makes.
    prepared: int = 0

    def source(self, element_type):
        """The module for x of `element_type`."""
        acc = accumulator(element_type)
        return string.Template(self.text).substitute(
            ROWS=f"tensor<?x?x{element_type}>",
            IMAGES=f"tensor<?x?x?x{element_type}>",
            ELEMENTS=f"tensor<?x{element_type}>",
            ACC=f"tensor<?x{acc}>",
        )


def _rows(width):
    return (max(1, ELEMENTS // width), width)


def _images(layout, width):
    images = min(IMAGES, width)
    pixels = width // images
    if layout == "NCHW":
        return (images, CHANNELS, pixels)
    return (images, pixels, CHANNELS)


RMSNORM = """
func.func @measured(%x: $ROWS, %gamma: $ELEMENTS) -> ($ROWS, $ACC) {
  %y, %rrms = norm.rmsnorm %x gamma(%gamma) axis(1) epsilon(1.0e-6)
    : ($ROWS, $ELEMENTS) -> ($ROWS, $ACC)
  return %y, %rrms : $ROWS, $ACC
}
"""

RMSNORM_GRAD = """
func.func @prepare(%0: $ACC, %x: $ROWS, %dy: $ROWS, %gamma: $ELEMENTS) -> $ACC {
  %y, %rrms = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : ($ROWS) -> ($ROWS, $ACC)
  return %rrms : $ACC
}
func.func @measured(%rrms: $ACC, %x: $ROWS, %dy: $ROWS, %gamma: $ELEMENTS)
    -> ($ROWS, $ACC, $ACC) {
  %dx, %dgamma, %dbeta = norm.rmsnorm_grad %dy, %x, %rrms gamma(%gamma) axis(1)
    : ($ROWS, $ROWS, $ACC, $ELEMENTS) -> ($ROWS, $ACC, $ACC)
  return %dx, %dgamma, %dbeta : $ROWS, $ACC, $ACC
}
"""

RECIPROCAL = """
func.func @measured(%x: $ELEMENTS) -> $ELEMENTS {
  %y = norm.reciprocal %x precision(PRECISION) : ($ELEMENTS) -> $ELEMENTS
  return %y : $ELEMENTS
}
"""

RECIPROCAL_GRAD = """
func.func @measured(%y: $ELEMENTS, %dy: $ELEMENTS) -> $ELEMENTS {
  %dx = norm.reciprocal_grad %y, %dy : ($ELEMENTS, $ELEMENTS) -> $ELEMENTS
  return %dx : $ELEMENTS
}
"""

CHANNEL_STATS = """
func.func @measured(%x: $IMAGES) -> ($ACC, $ACC) {
  %mean, %inv_std = norm.channel_stats %x epsilon(1.0e-5) layout(LAYOUT)
    : ($IMAGES) -> ($ACC, $ACC)
  return %mean, %inv_std : $ACC, $ACC
}
"""

CHANNEL_BACKPROP_STATS = """
func.func @prepare(%0: $ACC, %1: $ACC, %x: $IMAGES, %dy: $IMAGES) -> ($ACC, $ACC) {
  %mean, %inv_std = norm.channel_stats %x epsilon(1.0e-5) layout(LAYOUT)
    : ($IMAGES) -> ($ACC, $ACC)
  return %mean, %inv_std : $ACC, $ACC
}
func.func @measured(%mean: $ACC, %inv_std: $ACC, %x: $IMAGES, %dy: $IMAGES)
    -> ($ACC, $ACC) {
  %scale_grad, %bias_grad =
      norm.channel_backprop_stats %x, %mean, %inv_std, %dy layout(LAYOUT)
    : ($IMAGES, $ACC, $ACC, $IMAGES) -> ($ACC, $ACC)
  return %scale_grad, %bias_grad : $ACC, $ACC
}
"""

CHANNEL_BACKPROP = """
func.func @prepare(%0: $ACC, %1: $ACC, %2: $ACC, %3: $ACC, %x: $IMAGES, %dy: $IMAGES)
    -> ($ACC, $ACC, $ACC, $ACC) {
  %mean, %inv_std = norm.channel_stats %x epsilon(1.0e-5) layout(LAYOUT)
    : ($IMAGES) -> ($ACC, $ACC)
  %scale_grad, %bias_grad =
      norm.channel_backprop_stats %x, %mean, %inv_std, %dy layout(LAYOUT)
    : ($IMAGES, $ACC, $ACC, $IMAGES) -> ($ACC, $ACC)
  return %mean, %inv_std, %scale_grad, %bias_grad : $ACC, $ACC, $ACC, $ACC
}
func.func @measured(%mean: $ACC, %inv_std: $ACC, %scale_grad: $ACC,
    %bias_grad: $ACC, %x: $IMAGES, %dy: $IMAGES) -> $IMAGES {
  %dx = norm.channel_backprop %x, %mean, %inv_std, %scale_grad, %bias_grad, %dy
      layout(LAYOUT) : ($IMAGES, $ACC, $ACC, $ACC, $ACC, $IMAGES) -> $IMAGES
  return %dx : $IMAGES
}
"""


def _over_channels(layout):
    """The operators over channels in one layout."""
    channels = (CHANNELS,)

    def shapes(vectors, tensors):
        return lambda width: [channels] * vectors + [_images(layout, width)] * tensors

    return [
        Operator(
            f"channel_stats {layout}",
            (Result("mean", True), Result("inv_std", True)),
            shapes(0, 1),
            CHANNEL_STATS.replace("LAYOUT", layout),
        ),
        Operator(
            f"channel_backprop_stats {layout}",
            (Result("scale_grad", True), Result("bias_grad", True)),
            shapes(2, 2),
            CHANNEL_BACKPROP_STATS.replace("LAYOUT", layout),
            prepared=2,
        ),
        Operator(
            f"channel_backprop {layout}",
            (Result("dx"),),
            shapes(4, 2),
            CHANNEL_BACKPROP.replace("LAYOUT", layout),
            prepared=4,
        ),
    ]


OPERATORS = [
    Operator(
        "rmsnorm",
        (Result("y"), Result("rrms", True)),
        lambda width: [_rows(width), (width,)],
        RMSNORM,
    ),
    Operator(
        "rmsnorm_grad",
        (Result("dx"), Result("dgamma", True), Result("dbeta", True)),
        lambda width: [_rows(width)[:1], _rows(width), _rows(width), (width,)],
        RMSNORM_GRAD,
        prepared=1,
    ),
    *(
        Operator(
            f"reciprocal {precision}",
            (Result("y"),),
            lambda width: [(width,)],
            RECIPROCAL.replace("PRECISION", precision),
        )
        for precision in ("exact", "approx")
    ),
    Operator(
        "reciprocal_grad",
        (Result("dx"),),
        lambda width: [(width,), (width,)],
        RECIPROCAL_GRAD,
    ),
    *_over_channels("NCHW"),
    *_over_channels("NHWC"),
]
