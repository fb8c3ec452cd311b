# ===- machine.py - What the model takes an H200 for ------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The GPU of the model.

Sizes are those of NVIDIA's tables (the H200 data sheet, and the CUDA programming
guide's technical specifications for compute capability 9.0). What a copy reaches is
what is published for this GPU. Latencies are assumptions: what microbenchmarks of
Hopper GPUs report, rounded up for a loaded memory.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Machine:
    """Rates of the whole GPU are in bytes or instructions a second, times in
    cycles unless their names say otherwise."""

    name: str = "H200"
    target: str = "sm_90"
    multiprocessors: int = 132
    clock: float = 1.7e9  # below the highest, as under load
    peak_bytes: float = 4.8e12
    copy_bytes: float = 4.3e12
    # What a kernel has read stays in the L2 cache, of 50 MB, for the next one.
    kept_bytes: float = 32e6
    # Of a multiprocessor.
    schedulers: int = 4
    warps: int = 64
    blocks: int = 32
    registers: int = 65536
    shared_bytes: int = 227 * 1024
    block_shared_bytes: int = 1024  # that the system takes of each block
    # Latencies.
    memory: int = 1000
    l2: int = 300
    shuffle: int = 25
    barrier: int = 40
    # A warp alone issues an instruction in so many cycles, on the average.
    issue: int = 2
    # f64 results of a multiprocessor in a cycle.
    f64_rate: int = 64
    # Between the end of a kernel and the work of the next one on the stream, and
    # the same for the first kernel, which every copy pays, too.
    launch_seconds: float = 1.0e-6

    def resident_blocks(self, resources, threads):
        """How many blocks of `threads` a multiprocessor holds at once, for the
        Resources that ptxas gave the kernel."""
        warps = -(-threads // 32)
        # Registers are given to warps in units of 256.
        warp_registers = -(-resources.registers * 32 // 256) * 256
        # And those of a warp lie in one of the four parts.
        part = self.registers // self.schedulers // warp_registers * self.schedulers
        shared = resources.shared_bytes + self.block_shared_bytes
        return min(
            self.blocks,
            self.warps // warps,
            part // warps,
            self.shared_bytes // shared,
        )


H200 = Machine()
