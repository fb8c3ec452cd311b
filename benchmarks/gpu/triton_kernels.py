# ===- triton_kernels.py - Operators in Triton ------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The operators as one would write them in Triton, in f32 inside."""

import triton
import triton.language as tl


@triton.jit
def rmsnorm(x, gamma, y, width: tl.constexpr, epsilon: tl.constexpr):
    """A program normalizes one row of `width` elements."""
    begin = tl.program_id(0).to(tl.int64) * width
    columns = tl.arange(0, width)
    row = tl.load(x + begin + columns).to(tl.float32)
    mean = tl.sum(row * row, 0) / width
    rrms = 1 / tl.sqrt_rn(mean + epsilon)
    factors = tl.load(gamma + columns).to(tl.float32)
    tl.store(y + begin + columns, (row * rrms * factors).to(y.dtype.element_ty))


@triton.jit
def reciprocal(x, y, block: tl.constexpr):
    """A program computes `block` reciprocals, rounded correctly in f32."""
    elements = tl.program_id(0).to(tl.int64) * block + tl.arange(0, block)
    values = tl.load(x + elements).to(tl.float32)
    tl.store(y + elements, tl.div_rn(1.0, values).to(y.dtype.element_ty))
