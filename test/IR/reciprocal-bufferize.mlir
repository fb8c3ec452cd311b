// RUN: norm-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @dynamic
// CHECK-SAME: (%[[X:.*]]: memref<?x8xf16>, %[[D:.*]]: memref<?x8xf16>)
func.func @dynamic(%x: tensor<?x8xf16>, %d: tensor<?x8xf16>) -> tensor<?x8xf16> {
  // CHECK: %[[M:.*]] = memref.dim %[[X]], %c0
  // CHECK: %[[Y:.*]] = memref.alloc(%[[M]]) {{.*}} : memref<?x8xf16>
  // CHECK: norm.reciprocal %[[X]] outs(%[[Y]]) precision(approx) {note, strategy = #norm.strategy<vector_bits = 128>}
  %y = norm.reciprocal %x precision(approx) {note, strategy = #norm.strategy<vector_bits = 128>}
    : (tensor<?x8xf16>) -> tensor<?x8xf16>
  // CHECK: %[[DX:.*]] = memref.alloc
  // CHECK: norm.reciprocal_grad %[[Y]], %[[D]] outs(%[[DX]]) {note}
  // CHECK: return %[[DX]]
  %dx = norm.reciprocal_grad %y, %d {note} : (tensor<?x8xf16>, tensor<?x8xf16>) -> tensor<?x8xf16>
  return %dx : tensor<?x8xf16>
}

// CHECK-LABEL: func.func @scalar
func.func @scalar(%x: tensor<f32>) -> tensor<f32> {
  // CHECK: %[[Y:.*]] = memref.alloc() {{.*}} : memref<f32>
  // CHECK: norm.reciprocal %{{.*}} outs(%[[Y]])
  %y = norm.reciprocal %x : (tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}
