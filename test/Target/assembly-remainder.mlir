// The last element of a row is added to a sum that is computed once: the loop that squares
// keeps nothing on the stack, and one multiply-add stands behind it.
// RUN: norm-compile %s -o %t.s --triple=x86_64-linux-gnu --cpu=x86-64-v3
// RUN: %python %S/Inputs/assembly_loops.py < %t.s | grep -v strided | FileCheck %s --check-prefix=LOOP
// LOOP: ymm fma=8 {{.*}} calls=0 stack=0
// RUN: FileCheck %s --input-file=%t.s
// CHECK-LABEL: {{^}}f.unit_stride.rows0:
// CHECK-COUNT-8: vfmadd
// CHECK: jb
// CHECK: vfmadd
// CHECK-NOT: vfmadd
// CHECK: vsqrtss
func.func @f(%x: tensor<?x1025xf32>) -> tensor<?x1025xf32> {
  %y = norm.rmsnorm %x axis(-1) epsilon(1.0e-6) : (tensor<?x1025xf32>) -> tensor<?x1025xf32>
  return %y : tensor<?x1025xf32>
}
