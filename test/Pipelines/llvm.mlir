// Stage llvm: the LLVM dialect, with the entry functions visible alone, and
// neither bf16 nor masked accesses that the CPU does not have.
// RUN: norm-compile %S/Inputs/functions.mlir -o - --emit=mlir --triple=x86_64-linux-gnu --cpu=x86-64-v3 --stop-after=llvm | FileCheck %s --implicit-check-not={{"[x<: ]bf16"}}
// RUN: norm-compile %S/Inputs/functions.mlir -o - --emit=mlir --triple=x86_64-linux-gnu --cpu=x86-64-v3 --stop-after=llvm | FileCheck %s --check-prefix=DIALECT --implicit-check-not={{"scf\.|vector\.|memref\.|arith\.|func\.func|cf\."}}
// RUN: norm-opt %S/Inputs/functions.mlir --norm-cpu-pipeline | FileCheck %s --check-prefix=DIALECT
// RUN: norm-compile %S/Inputs/functions.mlir -o - --emit=mlir --triple=x86_64-linux-gnu --cpu=x86-64-v3 --stop-after=llvm | FileCheck %s --check-prefix=MASKED
// RUN: norm-compile %S/Inputs/functions.mlir -o - --emit=mlir --triple=x86_64-linux-gnu --cpu=x86-64-v4 --stop-after=llvm | FileCheck %s --check-prefix=MASKED16
// RUN: norm-compile %S/Inputs/functions.mlir -o - --emit=mlir --triple=aarch64-linux-gnu --stop-after=llvm | FileCheck %s --check-prefix=UNMASKED

// CHECK-DAG: llvm.func internal @static_f32.unit_stride(
// CHECK-DAG: llvm.func internal @static_f32.strided(
// CHECK-DAG: llvm.func @_mlir_ciface_static_f32(
// CHECK-DAG: llvm.func @norm_shape_static_f32(
// DIALECT: llvm.func

// 32 bits are masked with AVX2, 16 with AVX-512, nothing on AArch64.
// MASKED-NOT: llvm.intr.masked{{.*}}i16
// MASKED: llvm.intr.masked.load{{.*}}vector<64xf32>
// MASKED-NOT: llvm.intr.masked{{.*}}i16
// MASKED16: llvm.intr.masked.load{{.*}}vector<64xi16>
// UNMASKED-NOT: llvm.intr.masked
