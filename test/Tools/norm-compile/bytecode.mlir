// Bytecode is compiled as text is; the names that it carries are attributes.

// RUN: norm-compile %s -o %t.o --header=%t.h
// RUN: norm-opt %s --emit-bytecode -o %t.mlirbc
// RUN: norm-compile %t.mlirbc -o %t-bytecode.o --header=- | FileCheck %s
// RUN: cmp %t.o %t-bytecode.o

// CHECK: int32_t _mlir_ciface_f(const norm_tensor_1 *input,
// CHECK-NEXT: const norm_tensor_1 *output);

func.func @f(%x: tensor<?xf32> {norm.name = "input"})
    -> (tensor<?xf32> {norm.name = "output"}) {
  return %x : tensor<?xf32>
}
