// RUN: norm-opt %s --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @negative_axis
func.func @negative_axis(%x: tensor<2x3x4xf32>, %r: tensor<2xf32>) -> tensor<2x3x4xf32> {
  // CHECK: norm.rmsnorm_grad {{.*}} axis(1)
  %dx = norm.rmsnorm_grad %x, %x, %r axis(-2)
    : (tensor<2x3x4xf32>, tensor<2x3x4xf32>, tensor<2xf32>) -> tensor<2x3x4xf32>
  return %dx : tensor<2x3x4xf32>
}

// -----

// CHECK-LABEL: func.func @unused_dbeta
func.func @unused_dbeta(%x: tensor<2x4xf32>, %r: tensor<2xf32>) -> (tensor<2x4xf32>, tensor<4xf32>) {
  // CHECK: %[[G:.*]]:2 = norm.rmsnorm_grad {{.*}} axis(1) target_rms(2.000000e+00) {note}
  // CHECK: return %[[G]]#0, %[[G]]#1
  %0:3 = norm.rmsnorm_grad %x, %x, %r axis(1) target_rms(2.0) {note}
    : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>)
  return %0#0, %0#1 : tensor<2x4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @unused_sums
func.func @unused_sums(%x: tensor<2x4xf32>, %r: tensor<2xf32>) -> tensor<2x4xf32> {
  // CHECK: norm.rmsnorm_grad {{.*}} -> tensor<2x4xf32>
  %0:3 = norm.rmsnorm_grad %x, %x, %r axis(1)
    : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>)
  return %0#0 : tensor<2x4xf32>
}

// Those before a used one stay.
// CHECK-LABEL: func.func @used_dbeta
func.func @used_dbeta(%x: tensor<2x4xf32>, %r: tensor<2xf32>) -> tensor<4xf32> {
  // CHECK: %[[G:.*]]:3 = norm.rmsnorm_grad
  // CHECK: return %[[G]]#2
  %0:3 = norm.rmsnorm_grad %x, %x, %r axis(1)
    : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>)
  return %0#2 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @gamma_of_ones
func.func @gamma_of_ones(%x: tensor<2x4xbf16>, %r: tensor<2xf32>) -> (tensor<2x4xbf16>, tensor<4xbf16>) {
  // CHECK-NEXT: norm.rmsnorm_grad %{{[a-z0-9]+}}, %{{[a-z0-9]+}}, %{{[a-z0-9]+}} axis(1)
  // CHECK-SAME: -> (tensor<2x4xbf16>, tensor<4xbf16>)
  %g = arith.constant dense<1.0> : tensor<4xf32>
  %0:2 = norm.rmsnorm_grad %x, %x, %r gamma(%g) axis(1)
    : (tensor<2x4xbf16>, tensor<2x4xbf16>, tensor<2xf32>, tensor<4xf32>) -> (tensor<2x4xbf16>, tensor<4xbf16>)
  return %0#0, %0#1 : tensor<2x4xbf16>, tensor<4xbf16>
}

// CHECK-LABEL: func.func @gamma_of_ones_with_offset
func.func @gamma_of_ones_with_offset(%x: tensor<2x4xf32>, %r: tensor<2xf32>) -> tensor<2x4xf32> {
  // CHECK: norm.rmsnorm_grad {{.*}} gamma(
  %g = arith.constant dense<1.0> : tensor<4xf32>
  %0 = norm.rmsnorm_grad %x, %x, %r gamma(%g) axis(1) weight_offset(1.0)
    : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// dgamma has the shape of this gamma, and not that of the row.
// CHECK-LABEL: func.func @flat_gamma_of_ones
func.func @flat_gamma_of_ones(%x: tensor<2x2x2xf32>, %r: tensor<2xf32>) -> (tensor<2x2x2xf32>, tensor<4xf32>) {
  // CHECK: norm.rmsnorm_grad {{.*}} gamma(
  // CHECK: norm.rmsnorm_grad %{{[a-z0-9#]+}}, %{{[a-z0-9]+}}, %{{[a-z0-9]+}} axis(1)
  %g = arith.constant dense<1.0> : tensor<4xf32>
  %0:2 = norm.rmsnorm_grad %x, %x, %r gamma(%g) axis(1)
    : (tensor<2x2x2xf32>, tensor<2x2x2xf32>, tensor<2xf32>, tensor<4xf32>) -> (tensor<2x2x2xf32>, tensor<4xf32>)
  %1 = norm.rmsnorm_grad %0#0, %x, %r gamma(%g) axis(1)
    : (tensor<2x2x2xf32>, tensor<2x2x2xf32>, tensor<2xf32>, tensor<4xf32>) -> tensor<2x2x2xf32>
  return %1, %0#1 : tensor<2x2x2xf32>, tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @casts
// CHECK-SAME: (%[[DY:.*]]: tensor<4x8xbf16>, %[[X:.*]]: tensor<?x8xbf16>, %[[R:.*]]: tensor<4xf32>, %[[G:.*]]: tensor<8xf32>)
func.func @casts(%dy: tensor<4x8xbf16>, %x: tensor<?x8xbf16>, %r: tensor<4xf32>, %g: tensor<8xf32>)
    -> (tensor<?x?xbf16>, tensor<?xbf16>) {
  // CHECK: norm.rmsnorm_grad %[[DY]], %[[X]], %[[R]] gamma(%[[G]]) axis(1) : {{.*}} -> (tensor<?x8xbf16>, tensor<8xbf16>)
  %0 = tensor.cast %dy : tensor<4x8xbf16> to tensor<?x?xbf16>
  %1 = tensor.cast %x : tensor<?x8xbf16> to tensor<?x?xbf16>
  %2 = tensor.cast %r : tensor<4xf32> to tensor<?xf32>
  %3 = tensor.cast %g : tensor<8xf32> to tensor<?xf32>
  %4:2 = norm.rmsnorm_grad %0, %1, %2 gamma(%3) axis(1)
    : (tensor<?x?xbf16>, tensor<?x?xbf16>, tensor<?xf32>, tensor<?xf32>) -> (tensor<?x?xbf16>, tensor<?xbf16>)
  return %4#0, %4#1 : tensor<?x?xbf16>, tensor<?xbf16>
}

// Sums over no rows are zero, in the sizes of the row.
// CHECK-LABEL: func.func @gradient_of_no_rows
// CHECK-SAME: %[[X:[^ ]*]]: tensor<0x?x8xf16>
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG: %[[SIZE:.*]] = tensor.dim %[[X]], %c1
// CHECK-NOT: norm.rmsnorm_grad
// CHECK: %[[DGAMMA:.*]] = tensor.splat %[[ZERO]][%[[SIZE]]] : tensor<?x8xf32>
// CHECK: return %{{.*}}, %[[DGAMMA]]
func.func @gradient_of_no_rows(%x: tensor<0x?x8xf16>, %rrms: tensor<0xf32>) -> (tensor<0x?x8xf16>, tensor<?x8xf32>) {
  %dx, %dgamma = norm.rmsnorm_grad %x, %x, %rrms axis(1) : (tensor<0x?x8xf16>, tensor<0x?x8xf16>, tensor<0xf32>) -> (tensor<0x?x8xf16>, tensor<?x8xf32>)
  return %dx, %dgamma : tensor<0x?x8xf16>, tensor<?x8xf32>
}
