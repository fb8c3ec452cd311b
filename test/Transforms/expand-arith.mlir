// RUN: norm-opt %s --norm-expand-arith | FileCheck %s

// CHECK-LABEL: func.func @blocks
func.func @blocks(%n: index, %d: index) -> (index, index) {
  // CHECK-NOT: arith.ceildivui
  // CHECK: arith.divui
  %0 = arith.ceildivui %n, %d : index
  // CHECK-NOT: arith.floordivsi
  // CHECK: arith.divsi
  %1 = arith.floordivsi %n, %d : index
  return %0, %1 : index, index
}

// CHECK-LABEL: func.func @larger
func.func @larger(%a: index, %b: index) -> index {
  // CHECK: arith.cmpi ugt
  // CHECK: arith.select
  %0 = arith.maxui %a, %b : index
  return %0 : index
}

// LLVM's operations order zeros by their signs.
// CHECK-LABEL: func.func @zeros
func.func @zeros(%a: f32, %b: f32) -> (f32, f32) {
  // CHECK: arith.maximumf
  %0 = arith.maximumf %a, %b : f32
  // CHECK: arith.minimumf
  %1 = arith.minimumf %a, %b : f32
  return %0, %1 : f32, f32
}
