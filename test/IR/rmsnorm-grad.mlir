// RUN: norm-opt %s | FileCheck %s
// RUN: norm-opt %s --mlir-print-op-generic | norm-opt | FileCheck %s
// Both forms and every clause print as they are written.

// CHECK-LABEL: func.func @tensor_form
func.func @tensor_form(%dy: tensor<?x64xbf16>, %x: tensor<?x64xbf16>, %r: tensor<?xf32>) -> tensor<?x64xbf16> {
  // CHECK: norm.rmsnorm_grad %{{.*}}, %{{.*}}, %{{.*}} axis(-1) : (tensor<?x64xbf16>, tensor<?x64xbf16>, tensor<?xf32>) -> tensor<?x64xbf16>
  %dx = norm.rmsnorm_grad %dy, %x, %r axis(-1)
    : (tensor<?x64xbf16>, tensor<?x64xbf16>, tensor<?xf32>) -> tensor<?x64xbf16>
  return %dx : tensor<?x64xbf16>
}

// dgamma and dbeta have the shape of gamma, and each its own type.
// CHECK-LABEL: func.func @every_clause
// CHECK-SAME: (%[[DY:.*]]: tensor<2x3x4xf16>, %[[X:.*]]: tensor<2x3x4xf16>, %[[R:.*]]: tensor<2xf32>, %[[G:.*]]: tensor<12xf32>)
func.func @every_clause(%dy: tensor<2x3x4xf16>, %x: tensor<2x3x4xf16>, %r: tensor<2xf32>, %g: tensor<12xf32>)
    -> (tensor<2x3x4xf16>, tensor<12xf16>, tensor<12xf32>) {
  // CHECK: %{{.*}}:3 = norm.rmsnorm_grad %[[DY]], %[[X]], %[[R]] gamma(%[[G]]) axis(1) target_rms(2.000000e+00) weight_offset(1.000000e+00)
  // CHECK-SAME: {note = "kept", strategy = #norm.strategy<vector_bits = 512>}
  // CHECK-SAME: -> (tensor<2x3x4xf16>, tensor<12xf16>, tensor<12xf32>)
  %0:3 = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1) target_rms(2.0) weight_offset(1.0)
    {note = "kept", strategy = #norm.strategy<vector_bits = 512>}
    : (tensor<2x3x4xf16>, tensor<2x3x4xf16>, tensor<2xf32>, tensor<12xf32>)
      -> (tensor<2x3x4xf16>, tensor<12xf16>, tensor<12xf32>)
  return %0#0, %0#1, %0#2 : tensor<2x3x4xf16>, tensor<12xf16>, tensor<12xf32>
}

// Without gamma the sums have the shape of the row dims.
// CHECK-LABEL: func.func @all_dims
func.func @all_dims(%x: tensor<2x3xf64>, %r: tensor<f64>) -> tensor<2x3xf64> {
  // CHECK: axis(-2) : (tensor<2x3xf64>, tensor<2x3xf64>, tensor<f64>) -> (tensor<2x3xf64>, tensor<2x3xf64>)
  %0:2 = norm.rmsnorm_grad %x, %x, %r axis(-2) target_rms(1.0) weight_offset(0.0)
    : (tensor<2x3xf64>, tensor<2x3xf64>, tensor<f64>) -> (tensor<2x3xf64>, tensor<2x3xf64>)
  return %0#1 : tensor<2x3xf64>
}

// Any strided layout and any memory space.
// CHECK-LABEL: func.func @memref_form
func.func @memref_form(%x: memref<?x64xf32, strided<[?, 2], offset: ?>>, %r: memref<?xf32, strided<[7]>>,
                       %dx: memref<?x64xf32, 3>, %dg: memref<64xf32>, %db: memref<?xf32, strided<[-1]>>) {
  // CHECK: norm.rmsnorm_grad %[[X:.*]], %[[X]], %{{.*}} outs(%{{.*}}, %{{.*}}, %{{.*}}) axis(1) :
  // CHECK-SAME: -> ()
  norm.rmsnorm_grad %x, %x, %r outs(%dx, %dg, %db) axis(1)
    : (memref<?x64xf32, strided<[?, 2], offset: ?>>, memref<?x64xf32, strided<[?, 2], offset: ?>>,
       memref<?xf32, strided<[7]>>, memref<?x64xf32, 3>, memref<64xf32>, memref<?xf32, strided<[-1]>>) -> ()
  return
}
