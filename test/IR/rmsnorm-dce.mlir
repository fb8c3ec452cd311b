// RUN: norm-opt %s --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @unused_tensor_form
// CHECK-NEXT: return
func.func @unused_tensor_form(%x: tensor<?x4xf32>) {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// CHECK-LABEL: func.func @equal_ops
// CHECK-COUNT-1: norm.rmsnorm
// CHECK-NOT: norm.rmsnorm
func.func @equal_ops(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %z = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y, %z : tensor<?x4xf32>, tensor<?x4xf32>
}

// CHECK-LABEL: func.func @memref_form
// CHECK-COUNT-2: norm.rmsnorm
func.func @memref_form(%x: memref<?x4xf32>, %y: memref<?x4xf32>) {
  norm.rmsnorm %x outs(%y) axis(1) epsilon(0.0) : (memref<?x4xf32>, memref<?x4xf32>) -> ()
  norm.rmsnorm %x outs(%y) axis(1) epsilon(0.0) : (memref<?x4xf32>, memref<?x4xf32>) -> ()
  return
}

// A schedule has no result and stays until its pass erases it.
// CHECK-LABEL: func.func @loop_schedule
// CHECK: norm.loop_schedule
func.func @loop_schedule(%bytes: index) {
  norm.loop_schedule <vector_bits = 256> bytes(%bytes)
  return
}
