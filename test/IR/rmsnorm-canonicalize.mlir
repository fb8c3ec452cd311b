// RUN: norm-opt %s --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @negative_axis
func.func @negative_axis(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  // CHECK: norm.rmsnorm %{{.*}} axis(1) epsilon
  %y = norm.rmsnorm %x axis(-2) epsilon(0.0) : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @negative_axis_in_memref_form
func.func @negative_axis_in_memref_form(%x: memref<2x3xf32>) {
  // CHECK: norm.rmsnorm %[[X:.*]] outs(%[[X]]) axis(1)
  norm.rmsnorm %x outs(%x) axis(-1) epsilon(0.0) : (memref<2x3xf32>, memref<2x3xf32>) -> ()
  return
}

// -----

// The rest of the op stays as it is.
// CHECK-LABEL: func.func @gamma_of_ones
// CHECK-SAME: (%[[X:.*]]: tensor<2x4xf16>, %[[B:.*]]: tensor<4xf16>)
func.func @gamma_of_ones(%x: tensor<2x4xf16>, %b: tensor<4xf16>) -> tensor<2x4xf16> {
  // CHECK-NOT: constant
  // CHECK: norm.rmsnorm %[[X]] beta(%[[B]]) axis(1) epsilon(5.000000e-01) target_rms(2.000000e+00) {note = 1 : i64, strategy = #norm.strategy<vector_bits = 128>}
  %g = arith.constant dense<1.0> : tensor<4xf16>
  %y = norm.rmsnorm %x gamma(%g) beta(%b) axis(1) epsilon(0.5) target_rms(2.0)
    {note = 1, strategy = #norm.strategy<vector_bits = 128>}
    : (tensor<2x4xf16>, tensor<4xf16>, tensor<4xf16>) -> tensor<2x4xf16>
  return %y : tensor<2x4xf16>
}

// CHECK-LABEL: func.func @gamma_of_ones_one_by_one
func.func @gamma_of_ones_one_by_one(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  // CHECK: norm.rmsnorm %{{[a-z0-9]+}} axis(1)
  %g = arith.constant dense<[1.0, 1.0]> : tensor<2xf32>
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0) : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

// 1 * t is t in both roundings, for a gamma in the accumulator's type too.
// CHECK-LABEL: func.func @gamma_of_ones_before_gamma
func.func @gamma_of_ones_before_gamma(%x: tensor<2x2xbf16>) -> tensor<2x2xbf16> {
  // CHECK: norm.rmsnorm %{{[a-z0-9]+}} axis(1) epsilon(0.000000e+00) rounding(before_gamma)
  %g = arith.constant dense<1.0> : tensor<2xf32>
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0) rounding(before_gamma)
    : (tensor<2x2xbf16>, tensor<2xf32>) -> tensor<2x2xbf16>
  return %y : tensor<2x2xbf16>
}

// -----

// With an offset the weight is not one.
// CHECK-LABEL: func.func @gamma_of_ones_with_offset
func.func @gamma_of_ones_with_offset(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // CHECK: norm.rmsnorm %{{.*}} gamma(%{{.*}}) axis(1) {{.*}} weight_offset(1.000000e+00)
  %g = arith.constant dense<1.0> : tensor<4xf32>
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0) weight_offset(1.0)
    : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @gamma_of_nearly_ones
func.func @gamma_of_nearly_ones(%x: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  // CHECK-COUNT-2: norm.rmsnorm %{{.*}} gamma(
  %g = arith.constant dense<[1.0, 1.00000012]> : tensor<2xf32>
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0) : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %h = arith.constant dense<-1.0> : tensor<2xf32>
  %z = norm.rmsnorm %x gamma(%h) axis(1) epsilon(0.0) : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %y, %z : tensor<2x2xf32>, tensor<2x2xf32>
}

// -----

// CHECK-LABEL: func.func @unused_rrms
func.func @unused_rrms(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK: %[[Y:.*]] = norm.rmsnorm %{{.*}} {note = 1 : i64, strategy = #norm.strategy<vector_bits = 128>} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  // CHECK: return %[[Y]]
  %y, %r = norm.rmsnorm %x axis(1) epsilon(0.0) {note = 1, strategy = #norm.strategy<vector_bits = 128>}
    : (tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?xf32>)
  return %y : tensor<?x4xf32>
}

// y is the first result, so it stays even if only rrms is used.
// CHECK-LABEL: func.func @unused_y
func.func @unused_y(%x: tensor<?x4xf32>) -> tensor<?xf32> {
  // CHECK: %[[R:.*]]:2 = norm.rmsnorm
  // CHECK: return %[[R]]#1
  %y, %r = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?xf32>)
  return %r : tensor<?xf32>
}

// CHECK-LABEL: func.func @rrms_in_memref_form
func.func @rrms_in_memref_form(%x: memref<2x4xf32>, %r: memref<2xf32>) {
  // CHECK: norm.rmsnorm %{{.*}} outs(%{{.*}}, %{{.*}}) axis
  norm.rmsnorm %x outs(%x, %r) axis(1) epsilon(0.0) : (memref<2x4xf32>, memref<2x4xf32>, memref<2xf32>) -> ()
  return
}

// -----

// A cast that only loses sizes folds, and its sizes reach the results.
// CHECK-LABEL: func.func @cast_of_x
// CHECK-SAME: (%[[X:.*]]: tensor<4x8xf32>)
func.func @cast_of_x(%x: tensor<4x8xf32>) -> (tensor<?x?xf32>, tensor<?xf32>) {
  // CHECK: %[[N:.*]]:2 = norm.rmsnorm %[[X]] {{.*}} {note = 1 : i64} : (tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4xf32>)
  // CHECK-DAG: %[[Y:.*]] = tensor.cast %[[N]]#0 : tensor<4x8xf32> to tensor<?x?xf32>
  // CHECK-DAG: %[[R:.*]] = tensor.cast %[[N]]#1 : tensor<4xf32> to tensor<?xf32>
  // CHECK: return %[[Y]], %[[R]]
  %d = tensor.cast %x : tensor<4x8xf32> to tensor<?x?xf32>
  %y, %r = norm.rmsnorm %d axis(1) epsilon(0.0) {note = 1} : (tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
  return %y, %r : tensor<?x?xf32>, tensor<?xf32>
}

// CHECK-LABEL: func.func @cast_of_gamma
// CHECK-SAME: (%[[X:.*]]: tensor<?x?xf32>, %[[G:.*]]: tensor<8xf32>)
func.func @cast_of_gamma(%x: tensor<?x?xf32>, %g: tensor<8xf32>) -> tensor<?x?xf32> {
  // CHECK-NEXT: %[[Y:.*]] = norm.rmsnorm %[[X]] gamma(%[[G]]) {{.*}} : (tensor<?x?xf32>, tensor<8xf32>) -> tensor<?x?xf32>
  // CHECK-NEXT: return %[[Y]]
  %d = tensor.cast %g : tensor<8xf32> to tensor<?xf32>
  %y = norm.rmsnorm %x gamma(%d) axis(1) epsilon(0.0) : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// A cast that adds a size is an assumption that must stay.
// CHECK-LABEL: func.func @cast_that_adds_a_size
func.func @cast_that_adds_a_size(%x: tensor<?x?xf32>) -> tensor<?x8xf32> {
  // CHECK: %[[C:.*]] = tensor.cast
  // CHECK: norm.rmsnorm %[[C]]
  %d = tensor.cast %x : tensor<?x?xf32> to tensor<?x8xf32>
  %y = norm.rmsnorm %d axis(1) epsilon(0.0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Wrong only if it runs: no error and no invalid op.
// CHECK-LABEL: func.func @cast_that_hides_a_contradiction
func.func @cast_that_hides_a_contradiction(%x: tensor<4x8xf32>, %g: tensor<7xf32>) -> tensor<4x8xf32> {
  // CHECK: %[[C:.*]] = tensor.cast
  // CHECK: norm.rmsnorm %{{.*}} gamma(%[[C]])
  %d = tensor.cast %g : tensor<7xf32> to tensor<?xf32>
  %y = norm.rmsnorm %x gamma(%d) axis(1) epsilon(0.0) : (tensor<4x8xf32>, tensor<?xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
