// The loops of a reciprocal that may be approximate. AVX-512 has an estimate
// that pays; all other targets divide, and so does the exact reciprocal.

// RUN: split-file %s %t

// Four registers, an estimate and two fused multiply-adds for each.
// RUN: norm-compile %t/approx.mlir -o %t/v4.s --triple=x86_64-linux-gnu --cpu=x86-64-v4
// RUN: FileCheck %s --check-prefix=V4 --input-file=%t/v4.s
// V4-NOT: vdivps
// V4-LABEL: {{^}}f.unit_stride.rows0:
// V4-COUNT-4: vrcp14ps %zmm
// V4-NOT: vdivps
// RUN: %python %S/Inputs/assembly_loops.py < %t/v4.s | grep -v strided \
// RUN:   | FileCheck %s --check-prefix=LOOPS
// LOOPS: zmm fma=8 nontemporal=0 masked=0 half=0 calls=0 stack=0
// LOOPS-NOT: fma={{[1-79]}}

// RUN: norm-compile %t/approx.mlir -o - --emit=asm --triple=x86_64-linux-gnu --cpu=x86-64-v3 \
// RUN:   | FileCheck %s --check-prefix=V3
// V3-NOT: vrcpps
// V3: vdivps
// V3-NOT: vrcpps

// RUN: norm-compile %t/approx.mlir -o - --emit=asm --triple=aarch64-linux-gnu \
// RUN:   | FileCheck %s --check-prefix=ARM
// ARM-NOT: frecpe
// ARM: fdiv
// ARM-NOT: frecpe

// RUN: norm-compile %t/exact.mlir -o - --emit=asm --triple=x86_64-linux-gnu --cpu=x86-64-v4 \
// RUN:   | FileCheck %s --check-prefix=EXACT
// RUN: norm-compile %t/approx.mlir -o - --emit=asm --triple=x86_64-linux-gnu --cpu=x86-64-v4 \
// RUN:     --lowering=affine | FileCheck %s --check-prefix=EXACT
// EXACT-NOT: vrcp14
// EXACT: vdiv
// EXACT-NOT: vrcp14

//--- approx.mlir
func.func @f(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %y = norm.reciprocal %x precision(approx) : (tensor<64x64xf32>) -> tensor<64x64xf32>
  return %y : tensor<64x64xf32>
}

//--- exact.mlir
func.func @f(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %y = norm.reciprocal %x : (tensor<64x64xf32>) -> tensor<64x64xf32>
  return %y : tensor<64x64xf32>
}
