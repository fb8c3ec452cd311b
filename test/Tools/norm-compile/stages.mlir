// The module after each stage, as the output and as a dump.

// RUN: rm -rf %t
// RUN: norm-compile %s -o - --emit=mlir --stop-after=linalg \
// RUN:   --dump-stages=%t/dumps > %t.linalg
// RUN: FileCheck %s --check-prefix=LINALG --input-file=%t.linalg
// LINALG-NOT: norm.rmsnorm
// LINALG: linalg.

// RUN: ls %t/dumps | FileCheck %s --check-prefix=TWO
// TWO: 01-norm.mlir
// TWO-NEXT: 02-linalg.mlir
// TWO-NOT: {{.}}
// RUN: FileCheck %s --check-prefix=NORM --input-file=%t/dumps/01-norm.mlir
// NORM: norm.rmsnorm
// RUN: FileCheck %s --check-prefix=LINALG --input-file=%t/dumps/02-linalg.mlir

// RUN: norm-compile %s -o %t.o --dump-stages=%t/dumps --timing 2>&1 \
// RUN:   | FileCheck %s --check-prefix=TIMES
// TIMES: ms  parse
// TIMES-NEXT: ms  norm
// TIMES-NEXT: ms  linalg
// TIMES-NEXT: ms  tiled
// TIMES-NEXT: ms  vector
// TIMES-NEXT: ms  buffer
// TIMES-NEXT: ms  llvm
// TIMES-NEXT: ms  llvm-translate
// TIMES-NEXT: ms  llvm-optimize
// TIMES-NEXT: ms  llvm-emit
// TIMES-NEXT: ms  total

// RUN: ls %t/dumps | FileCheck %s --check-prefix=ALL
// ALL: 01-norm.mlir
// ALL-NEXT: 02-linalg.mlir
// ALL-NEXT: 03-tiled.mlir
// ALL-NEXT: 04-vector.mlir
// ALL-NEXT: 05-buffer.mlir
// ALL-NEXT: 06-llvm.mlir

func.func @f(%x: tensor<?x64xf32>, %gamma: tensor<64xf32>) -> tensor<?x64xf32> {
  %y = norm.rmsnorm %x gamma(%gamma) axis(1) epsilon(1.0e-6)
    : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
