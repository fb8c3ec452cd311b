// The loops of bf16 kernels convert in vector registers, without a library
// function, on CPUs with and without instructions for it.

// DEFINE: %{loops} = %python %S/Inputs/assembly_loops.py
// RUN: split-file %s %t

// RUN: norm-compile %t/bf16.mlir -o %t/v3.s --triple=x86_64-linux-gnu --cpu=x86-64-v3
// RUN: FileCheck %s --check-prefix=V3 --input-file=%t/v3.s --implicit-check-not=__truncsfbf2
// V3-LABEL: {{^}}f.unit_stride.rows0:
// The 8 even elements of a register are widened by shifting, the odd ones where
// they are, and summed.
// V3: vpslld $16, %ymm
// V3: vfmadd{{.*}} %ymm
// V3: vpblendw $170, %ymm
// V3: vfmadd{{.*}} %ymm
// 16 are put together again and rounded at once.
// V3: vpsrld $16, %ymm
// V3: vpblendw $170, %ymm
// V3-NOT: vpackus
// V3: vpsubusw %ymm
// V3-NOT: vpackus
// V3: Lfunc_end
// RUN: %{loops} < %t/v3.s | grep -v strided | FileCheck %s --check-prefix=V3-LOOPS --implicit-check-not=calls={{[^0]}}
// V3-LOOPS: ymm fma={{8|16}} nontemporal=0 masked=0 half=0 calls=0 stack=0

// RUN: norm-compile %t/bf16.mlir -o %t/v4.s --triple=x86_64-linux-gnu --cpu=x86-64-v4
// RUN: FileCheck %s --check-prefix=V4 --input-file=%t/v4.s --implicit-check-not=__truncsfbf2
// V4-LABEL: {{^}}f.unit_stride.rows0:
// V4: vpslld $16, %zmm
// V4: vpand{{.*}} %zmm
// V4: vfmadd{{.*}} %zmm
// V4: vpsubusw %zmm
// V4-NOT: vpmovdw
// V4: Lfunc_end
// RUN: %{loops} < %t/v4.s | grep -v strided | FileCheck %s --check-prefix=V4-LOOPS --implicit-check-not=calls={{[^0]}}
// V4-LOOPS: zmm fma={{4|8}} nontemporal=0 masked=0 half=0 calls=0 stack=0
// V4-LOOPS-DAG: zmm fma=0 nontemporal=0 masked=0 half=0 calls=0 stack=0
// The steps of the prefetched address, 0 for rows with gaps, may come from there.
// V4-LOOPS-DAG: zmm fma=0 nontemporal=2 masked=0 half=0 calls=0 stack={{[012]}}
// What is left over: 2 vectors of x and y in 16 bits, 4 of gamma.
// V4-LOOPS-DAG: zmm fma=0 nontemporal=0 masked=8 half=0 calls=0 stack=0

// The instruction of AVX512-BF16 flushes subnormals: it is not used.
// RUN: norm-compile %t/bf16.mlir -o - --emit=asm --triple=x86_64-linux-gnu --cpu=sapphirerapids \
// RUN:   | FileCheck %s --check-prefix=SPR --implicit-check-not=vcvtne
// SPR: {{^}}f.unit_stride.rows0:

// RUN: norm-compile %t/bf16.mlir -o %t/arm.s --triple=aarch64-linux-gnu
// RUN: FileCheck %s --check-prefix=ARM --input-file=%t/arm.s --implicit-check-not=__truncsfbf2
// ARM-LABEL: {{^}}f.unit_stride.rows0:
// ARM: shll{{2?}} {{.*}}#16
// ARM: fmla v{{[0-9]+}}.4s
// RUN: %{loops} < %t/arm.s | grep -v strided | FileCheck %s --check-prefix=ARM-LOOPS --implicit-check-not=calls={{[^0]}}
// ARM-LOOPS: q fma=16 nontemporal=0 masked=0 half=0 calls=0 stack=0

//--- bf16.mlir
func.func @f(%x: tensor<?x?xbf16>, %g: tensor<?xf32>) -> tensor<?x?xbf16> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6) : (tensor<?x?xbf16>, tensor<?xf32>) -> tensor<?x?xbf16>
  return %y : tensor<?x?xbf16>
}
