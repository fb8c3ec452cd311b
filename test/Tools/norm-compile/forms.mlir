// The form of the output is --emit, or follows from the extension.

// RUN: rm -rf %t && mkdir %t
// RUN: norm-compile %s -o %t/out.mlir --triple=x86_64-linux-gnu --cpu=x86-64-v3
// RUN: FileCheck %s --check-prefix=MLIR --input-file=%t/out.mlir
// MLIR: llvm.func @_mlir_ciface_f(

// RUN: norm-compile %s -o %t/out.ll --triple=x86_64-linux-gnu --cpu=x86-64-v3
// RUN: FileCheck %s --check-prefix=LLVM --input-file=%t/out.ll
// LLVM: target triple = "x86_64-unknown-linux-gnu"
// LLVM: define {{.*}}@_mlir_ciface_f(
// LLVM: "target-cpu"="x86-64-v3"

// RUN: norm-compile %s -o %t/out.s --triple=x86_64-linux-gnu --cpu=x86-64-v3
// RUN: FileCheck %s --check-prefix=ASM --input-file=%t/out.s
// ASM-DAG: {{^}}_mlir_ciface_f:
// ASM-DAG: vfmadd{{.*}}%ymm

// RUN: norm-compile %s -o %t/out.o --triple=x86_64-linux-gnu --cpu=x86-64-v3
// RUN: llvm-nm --defined-only --extern-only %t/out.o \
// RUN:   | FileCheck %s --check-prefix=NAMES --implicit-check-not=' T '
// NAMES: T _mlir_ciface_f{{$}}
// NAMES: T norm_shape_f{{$}}

// RUN: norm-compile %s -o %t/same --emit=obj --triple=x86_64-linux-gnu --cpu=x86-64-v3
// RUN: cmp %t/same %t/out.o

// RUN: norm-compile - -o - --emit=asm --triple=aarch64-linux-gnu < %s \
// RUN:   | FileCheck %s --check-prefix=ARM
// ARM-DAG: {{^}}_mlir_ciface_f:
// ARM-DAG: fmla
// RUN: norm-compile %s -o %t/arm.o --triple=aarch64-linux-gnu --cpu=cortex-a72 --header=%t/arm.h
// RUN: llvm-readobj --file-headers %t/arm.o | FileCheck %s --check-prefix=ARM-OBJECT
// ARM-OBJECT: Machine: EM_AARCH64

func.func @f(%x: tensor<?x64xf32>, %gamma: tensor<64xf32>) -> tensor<?x64xf32> {
  %y = norm.rmsnorm %x gamma(%gamma) axis(1) epsilon(1.0e-6)
    : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
