// RUN: norm-opt %s | FileCheck %s
// RUN: norm-opt %s --mlir-print-op-generic | norm-opt | FileCheck %s
// Both forms and every clause print as they are written.

// CHECK-LABEL: func.func @tensor_form
func.func @tensor_form(%x: tensor<?x4096xbf16>) -> tensor<?x4096xbf16> {
  // CHECK: norm.reciprocal %{{.*}} : (tensor<?x4096xbf16>) -> tensor<?x4096xbf16>
  %y = norm.reciprocal %x : (tensor<?x4096xbf16>) -> tensor<?x4096xbf16>
  // CHECK: norm.reciprocal_grad %{{.*}}, %{{.*}} : (tensor<?x4096xbf16>, tensor<?x4096xbf16>) -> tensor<?x4096xbf16>
  %dx = norm.reciprocal_grad %y, %x
    : (tensor<?x4096xbf16>, tensor<?x4096xbf16>) -> tensor<?x4096xbf16>
  return %dx : tensor<?x4096xbf16>
}

// CHECK-LABEL: func.func @every_clause
func.func @every_clause(%x: tensor<2x3xf16>) -> (tensor<2x3xf16>, tensor<2x3xf16>) {
  // CHECK: norm.reciprocal %{{.*}} precision(approx) {note = "kept", strategy = #norm.strategy<vector_bits = 512>}
  %y = norm.reciprocal %x precision(approx)
    {note = "kept", strategy = #norm.strategy<vector_bits = 512>}
    : (tensor<2x3xf16>) -> tensor<2x3xf16>
  // CHECK: norm.reciprocal_grad %{{.*}}, %{{.*}} {note = "kept", strategy = #norm.strategy<vector_bits = 512>}
  %dx = norm.reciprocal_grad %y, %x
    {note = "kept", strategy = #norm.strategy<vector_bits = 512>}
    : (tensor<2x3xf16>, tensor<2x3xf16>) -> tensor<2x3xf16>
  return %y, %dx : tensor<2x3xf16>, tensor<2x3xf16>
}

// A default that is written is not printed.
// CHECK-LABEL: func.func @default
func.func @default(%x: tensor<8xf64>) -> tensor<8xf64> {
  // CHECK: norm.reciprocal %{{[a-z0-9]+}} :
  %y = norm.reciprocal %x precision(exact) : (tensor<8xf64>) -> tensor<8xf64>
  return %y : tensor<8xf64>
}

// Any rank, and any size.
// CHECK-LABEL: func.func @ranks_and_sizes
func.func @ranks_and_sizes(%a: tensor<f32>, %b: tensor<0x3xf32>,
                           %c: tensor<1x1x1x1x1x1x1x1x1xf32>) {
  // CHECK: (tensor<f32>) -> tensor<f32>
  %0 = norm.reciprocal %a : (tensor<f32>) -> tensor<f32>
  // CHECK: (tensor<0x3xf32>) -> tensor<0x3xf32>
  %1 = norm.reciprocal %b : (tensor<0x3xf32>) -> tensor<0x3xf32>
  // CHECK: (tensor<1x1x1x1x1x1x1x1x1xf32>) -> tensor<1x1x1x1x1x1x1x1x1xf32>
  %2 = norm.reciprocal %c : (tensor<1x1x1x1x1x1x1x1x1xf32>) -> tensor<1x1x1x1x1x1x1x1x1xf32>
  // CHECK: (tensor<f32>, tensor<f32>) -> tensor<f32>
  %3 = norm.reciprocal_grad %0, %a : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return
}

// Types may know more or less than each other.
// CHECK-LABEL: func.func @sizes_known_in_part
func.func @sizes_known_in_part(%x: tensor<?x8xf32>, %d: tensor<4x?xf32>) -> tensor<?x?xf32> {
  // CHECK: (tensor<?x8xf32>) -> tensor<4x?xf32>
  %y = norm.reciprocal %x : (tensor<?x8xf32>) -> tensor<4x?xf32>
  // CHECK: (tensor<?x8xf32>, tensor<4x?xf32>) -> tensor<?x?xf32>
  %dx = norm.reciprocal_grad %x, %d : (tensor<?x8xf32>, tensor<4x?xf32>) -> tensor<?x?xf32>
  return %dx : tensor<?x?xf32>
}

// Any strided layout and any memory space, and in place.
// CHECK-LABEL: func.func @memref_form
func.func @memref_form(%x: memref<?x64xf32, strided<[?, 2], offset: ?>>,
                       %y: memref<?x64xf32, strided<[64, 1], offset: 3>, 3>) {
  // CHECK: norm.reciprocal %[[X:.*]] outs(%[[Y:.*]]) precision(approx) :
  // CHECK-SAME: -> ()
  norm.reciprocal %x outs(%y) precision(approx)
    : (memref<?x64xf32, strided<[?, 2], offset: ?>>, memref<?x64xf32, strided<[64, 1], offset: 3>, 3>) -> ()
  // CHECK: norm.reciprocal %[[X]] outs(%[[X]]) :
  norm.reciprocal %x outs(%x)
    : (memref<?x64xf32, strided<[?, 2], offset: ?>>, memref<?x64xf32, strided<[?, 2], offset: ?>>) -> ()
  // CHECK: norm.reciprocal_grad %[[Y]], %[[X]] outs(%[[X]]) :
  norm.reciprocal_grad %y, %x outs(%x)
    : (memref<?x64xf32, strided<[64, 1], offset: 3>, 3>, memref<?x64xf32, strided<[?, 2], offset: ?>>,
       memref<?x64xf32, strided<[?, 2], offset: ?>>) -> ()
  return
}
