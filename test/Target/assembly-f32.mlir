// The loops of f32 kernels: fused multiply-add on the widest vectors of the
// CPU, nothing spilled, no call. The first loop sums, the last ones scale.

// DEFINE: %{loops} = %python %S/Inputs/assembly_loops.py
// RUN: split-file %s %t

// Below the size of the cache nothing is stored past it.
// RUN: norm-compile %t/small.mlir -o - --emit=asm --triple=x86_64-linux-gnu --cpu=x86-64-v3 \
// RUN:   | %{loops} | grep -v strided | FileCheck %s --check-prefix=SMALL-V3
// SMALL-V3: ymm fma=8 nontemporal=0 masked=0 half=0 calls=0 stack=0
// SMALL-V3-NEXT: ymm fma=0 nontemporal=0 masked=0 half=0 calls=0 stack=0
// SMALL-V3-NOT: {{.}}

// Twice as wide on AVX-512: the same lanes in half the instructions.
// RUN: norm-compile %t/small.mlir -o - --emit=asm --triple=x86_64-linux-gnu --cpu=x86-64-v4 \
// RUN:   | %{loops} | grep -v strided | FileCheck %s --check-prefix=SMALL-V4
// SMALL-V4: zmm fma=4 nontemporal=0 masked=0 half=0 calls=0 stack=0
// SMALL-V4-NEXT: zmm fma=0 nontemporal=0 masked=0 half=0 calls=0 stack=0
// SMALL-V4-NOT: {{.}}

// RUN: norm-compile %t/small.mlir -o - --emit=asm --triple=aarch64-linux-gnu \
// RUN:   | %{loops} | grep -v strided | FileCheck %s --check-prefix=SMALL-ARM
// SMALL-ARM: q fma=16 nontemporal=0 masked=0 half=0 calls=0 stack=0
// SMALL-ARM-NEXT: q fma=0 nontemporal=0 masked=0 half=0 calls=0 stack=0
// SMALL-ARM-NOT: {{.}}

// Above it, rows that start at a line are, on each CPU.
// RUN: norm-compile %t/large.mlir -o %t/large-v3.s --triple=x86_64-linux-gnu --cpu=x86-64-v3
// RUN: %{loops} < %t/large-v3.s | grep -v strided | FileCheck %s --check-prefix=LARGE-V3
// LARGE-V3: ymm fma=8 nontemporal=0 masked=0 half=0 calls=0 stack=0
// LARGE-V3-DAG: ymm fma=0 nontemporal=0 masked=0 half=0 calls=0 stack=0
// LARGE-V3-DAG: ymm fma=0 nontemporal=4 masked=0 half=0 calls=0 stack=0

// While they are written, two lines of the next row are prefetched for each 32
// elements, one from each of two pages.
// RUN: FileCheck %s --check-prefix=PREFETCH --input-file=%t/large-v3.s
// PREFETCH-LABEL: {{^}}f.unit_stride.rows0:
// PREFETCH-COUNT-2: prefetcht1
// PREFETCH-NOT: prefetch
// PREFETCH-COUNT-4: vmovntps
// PREFETCH: .Lfunc_end

// A fence follows them before the kernel returns.
// RUN: FileCheck %s --check-prefix=FENCE --input-file=%t/large-v3.s
// FENCE-LABEL: {{^}}f.unit_stride.rows0:
// FENCE: vmovntps %ymm{{[0-9]+}}, {{-?[0-9]*}}(%
// FENCE: {{lock|mfence|sfence}}
// FENCE: ret

// RUN: norm-compile %t/large.mlir -o - --emit=asm --triple=aarch64-linux-gnu \
// RUN:   | %{loops} | grep -v strided | FileCheck %s --check-prefix=LARGE-ARM
// LARGE-ARM: q fma=16 nontemporal=0
// LARGE-ARM-DAG: q fma=0 nontemporal=0 masked=0 half=0 calls=0 stack=0
// LARGE-ARM-DAG: q fma=0 nontemporal=4 masked=0 half=0 calls=0 stack=0

// With dynamic sizes both are there; what is left over is masked.
// RUN: norm-compile %t/dynamic.mlir -o - --emit=asm --triple=x86_64-linux-gnu --cpu=x86-64-v3 \
// RUN:   | %{loops} | grep -v strided | FileCheck %s --check-prefix=DYNAMIC-V3
// DYNAMIC-V3: ymm fma=8 nontemporal=0 masked=0 half=0 calls=0 stack=0
// DYNAMIC-V3-NOT: calls={{[1-9]}}
// DYNAMIC-V3-DAG: ymm fma=0 nontemporal=0 masked=0 half=0 calls=0 stack=0
// The step of the prefetched address, 0 for rows with gaps, may come from there.
// DYNAMIC-V3-DAG: ymm fma=0 nontemporal={{4|8}} masked=0 half=0 calls=0 stack={{[01]}}
// 4 vectors each of x, gamma and y.
// DYNAMIC-V3-DAG: ymm fma=0 nontemporal=0 masked=12 half=0 calls=0

// RUN: norm-compile %t/dynamic.mlir -o - --emit=asm --triple=x86_64-linux-gnu --cpu=x86-64-v4 \
// RUN:   | %{loops} | grep -v strided | FileCheck %s --check-prefix=DYNAMIC-V4
// DYNAMIC-V4: zmm fma=4 nontemporal=0 masked=0 half=0 calls=0 stack=0
// DYNAMIC-V4-NOT: calls={{[1-9]}}
// DYNAMIC-V4-DAG: zmm fma=0 nontemporal=0 masked=0 half=0 calls=0 stack=0
// DYNAMIC-V4-DAG: zmm fma=0 nontemporal={{4|8}} masked=0 half=0 calls=0 stack={{[01]}}
// DYNAMIC-V4-DAG: zmm fma=0 nontemporal=0 masked=12 half=0 calls=0 stack=0

// No row calls anything, such as a copy.
// RUN: norm-compile %t/dynamic.mlir -o - --emit=asm --triple=x86_64-linux-gnu --cpu=x86-64-v3 \
// RUN:   | FileCheck %s --check-prefix=CALLS
// CALLS-LABEL: {{^}}f.unit_stride.rows0:
// CALLS-NOT: call
// CALLS: .Lfunc_end

//--- small.mlir
func.func @f(%x: tensor<8x4096xf32>, %g: tensor<4096xf32>) -> tensor<8x4096xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6) : (tensor<8x4096xf32>, tensor<4096xf32>) -> tensor<8x4096xf32>
  return %y : tensor<8x4096xf32>
}

//--- large.mlir
func.func @f(%x: tensor<8192x4096xf32>, %g: tensor<4096xf32>) -> tensor<8192x4096xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6) : (tensor<8192x4096xf32>, tensor<4096xf32>) -> tensor<8192x4096xf32>
  return %y : tensor<8192x4096xf32>
}

//--- dynamic.mlir
func.func @f(%x: tensor<?x?xf32>, %g: tensor<?xf32>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6) : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
