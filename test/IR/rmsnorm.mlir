// RUN: norm-opt %s | FileCheck %s
// RUN: norm-opt %s --mlir-print-op-generic | norm-opt | FileCheck %s
// Both forms and every clause print as they are written.

// CHECK-LABEL: func.func @tensor_form
func.func @tensor_form(%x: tensor<?x4096xbf16>) -> tensor<?x4096xbf16> {
  // CHECK: norm.rmsnorm %{{.*}} axis(-1) epsilon(9.9999999999999995E-7) : (tensor<?x4096xbf16>) -> tensor<?x4096xbf16>
  %y = norm.rmsnorm %x axis(-1) epsilon(1.0e-6)
    : (tensor<?x4096xbf16>) -> tensor<?x4096xbf16>
  return %y : tensor<?x4096xbf16>
}

// CHECK-LABEL: func.func @every_clause
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4xf16>, %[[G:.*]]: tensor<12xf32>, %[[B:.*]]: tensor<3x4xf16>)
func.func @every_clause(%x: tensor<2x3x4xf16>, %g: tensor<12xf32>, %b: tensor<3x4xf16>)
    -> (tensor<2x3x4xf16>, tensor<2xf32>) {
  // CHECK: %{{.*}}:2 = norm.rmsnorm %[[X]] gamma(%[[G]]) beta(%[[B]]) axis(1) epsilon(1.000000e-01) target_rms(2.000000e+00) weight_offset(1.000000e+00) rounding(before_gamma)
  // CHECK-SAME: {note = "kept", strategy = #norm.strategy<vector_bits = 512, stream_bytes = 0>}
  // CHECK-SAME: : (tensor<2x3x4xf16>, tensor<12xf32>, tensor<3x4xf16>) -> (tensor<2x3x4xf16>, tensor<2xf32>)
  %y, %r = norm.rmsnorm %x gamma(%g) beta(%b) axis(1) epsilon(0.1)
    target_rms(2.0) weight_offset(1.0) rounding(before_gamma)
    {note = "kept", strategy = #norm.strategy<stream_bytes = 0, vector_bits = 512>}
    : (tensor<2x3x4xf16>, tensor<12xf32>, tensor<3x4xf16>) -> (tensor<2x3x4xf16>, tensor<2xf32>)
  return %y, %r : tensor<2x3x4xf16>, tensor<2xf32>
}

// A default that is written is not printed.
// CHECK-LABEL: func.func @defaults
func.func @defaults(%x: tensor<8xf64>) -> tensor<8xf64> {
  // CHECK: epsilon(0.000000e+00) {strategy = #norm.strategy<vector_bits = 64>} :
  %y = norm.rmsnorm %x axis(0) epsilon(0.0) target_rms(1.0) weight_offset(0.0)
    rounding(once) {strategy = #norm.strategy<vector_bits = 64>} : (tensor<8xf64>) -> tensor<8xf64>
  return %y : tensor<8xf64>
}

// The rrms of one row over all dims has rank 0.
// CHECK-LABEL: func.func @all_dims
func.func @all_dims(%x: tensor<2x3xf32>) -> tensor<f32> {
  // CHECK: -> (tensor<2x3xf32>, tensor<f32>)
  %y, %r = norm.rmsnorm %x axis(-2) epsilon(0.0) : (tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<f32>)
  return %r : tensor<f32>
}

// Result types may know more or less than the operand types.
// CHECK-LABEL: func.func @sizes_known_in_part
func.func @sizes_known_in_part(%x: tensor<?x8xf32>, %g: tensor<?xf32>) -> tensor<4x?xf32> {
  // CHECK: (tensor<?x8xf32>, tensor<?xf32>) -> (tensor<4x?xf32>, tensor<?xf32>)
  %y, %r = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0)
    : (tensor<?x8xf32>, tensor<?xf32>) -> (tensor<4x?xf32>, tensor<?xf32>)
  return %y : tensor<4x?xf32>
}

// Any strided layout and any memory space.
// CHECK-LABEL: func.func @memref_form
func.func @memref_form(%x: memref<?x64xf32, strided<[?, 2], offset: ?>>,
                       %g: memref<64xf32, strided<[-1]>, 1>,
                       %b: memref<64xf32>,
                       %y: memref<?x64xf32, strided<[64, 1], offset: 3>, 3>,
                       %r: memref<?xf32, strided<[7]>>) {
  // CHECK: norm.rmsnorm %{{.*}} gamma(%{{.*}}) beta(%{{.*}}) outs(%{{.*}}, %{{.*}}) axis(1) epsilon(0.000000e+00) :
  // CHECK-SAME: memref<64xf32, strided<[-1]>, 1>
  // CHECK-SAME: -> ()
  norm.rmsnorm %x gamma(%g) beta(%b) outs(%y, %r) axis(1) epsilon(0.0)
    : (memref<?x64xf32, strided<[?, 2], offset: ?>>, memref<64xf32, strided<[-1]>, 1>,
       memref<64xf32>, memref<?x64xf32, strided<[64, 1], offset: 3>, 3>,
       memref<?xf32, strided<[7]>>) -> ()
  // CHECK: norm.rmsnorm %[[B:.*]] outs(%[[B]]) axis(0)
  norm.rmsnorm %b outs(%b) axis(0) epsilon(0.0) : (memref<64xf32>, memref<64xf32>) -> ()
  return
}

// A permuted layout has strides too.
// CHECK-LABEL: func.func @permuted
func.func @permuted(%x: memref<4x8xf32>, %y: memref<4x8xf32, affine_map<(i, j) -> (j * 4 + i)>>) {
  // CHECK: norm.rmsnorm
  norm.rmsnorm %x outs(%y) axis(1) epsilon(0.0)
    : (memref<4x8xf32>, memref<4x8xf32, affine_map<(i, j) -> (j * 4 + i)>>) -> ()
  return
}

// CHECK-LABEL: func.func @loop_schedule
func.func @loop_schedule(%bytes: index) {
  // CHECK: norm.loop_schedule <vector_bits = 256, stream_bytes = 32> bytes(%{{.*}})
  norm.loop_schedule <vector_bits = 256, stream_bytes = 32> bytes(%bytes)
  return
}
