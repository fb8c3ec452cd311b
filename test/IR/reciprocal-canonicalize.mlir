// RUN: norm-opt %s --canonicalize | FileCheck %s

// Rounding does not give x back.
// CHECK-LABEL: func.func @reciprocal_of_reciprocal
func.func @reciprocal_of_reciprocal(%x: tensor<?xf32>) -> tensor<?xf32> {
  // CHECK-COUNT-2: norm.reciprocal
  %y = norm.reciprocal %x : (tensor<?xf32>) -> tensor<?xf32>
  %z = norm.reciprocal %y : (tensor<?xf32>) -> tensor<?xf32>
  return %z : tensor<?xf32>
}

// CHECK-LABEL: func.func @constant
func.func @constant() -> (tensor<6xf32>, tensor<3xf16>, tensor<2xf64>) {
  // Zeros, infinities, a NaN, and 1/3 rounded to nearest.
  // CHECK-DAG: dense<[0x7F800000, 0xFF800000, 0.000000e+00, -0.000000e+00, 0x7FC00000, 0.333333343]> : tensor<6xf32>
  %a = arith.constant dense<[0.0, -0.0, 0x7F800000, 0xFF800000, 0x7FC00000, 3.0]> : tensor<6xf32>
  %0 = norm.reciprocal %a : (tensor<6xf32>) -> tensor<6xf32>
  // 1/65504 is subnormal in f16: 256 * 2^-24. Of the least subnormal it is inf.
  // CHECK-DAG: dense<[1.525880e-05, 0x7C00, 5.000000e-01]> : tensor<3xf16>
  %b = arith.constant dense<[65504.0, 0x0001, 2.0]> : tensor<3xf16>
  %1 = norm.reciprocal %b : (tensor<3xf16>) -> tensor<3xf16>
  // CHECK-DAG: dense<2.500000e-01> : tensor<2xf64>
  %c = arith.constant dense<4.0> : tensor<2xf64>
  %2 = norm.reciprocal %c : (tensor<2xf64>) -> tensor<2xf64>
  // CHECK-NOT: norm.reciprocal
  return %0, %1, %2 : tensor<6xf32>, tensor<3xf16>, tensor<2xf64>
}

// CHECK-LABEL: func.func @constant_of_unknown_size
func.func @constant_of_unknown_size() -> tensor<?xf32> {
  // CHECK: %[[C:.*]] = arith.constant dense<5.000000e-01> : tensor<2xf32>
  // CHECK: tensor.cast %[[C]] : tensor<2xf32> to tensor<?xf32>
  %c = arith.constant dense<2.0> : tensor<2xf32>
  %y = norm.reciprocal %c : (tensor<2xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// The bits of an approximation are the target's.
// CHECK-LABEL: func.func @constant_approx
func.func @constant_approx() -> tensor<2xf32> {
  // CHECK: norm.reciprocal %{{.*}} precision(approx)
  %c = arith.constant dense<3.0> : tensor<2xf32>
  %y = norm.reciprocal %c precision(approx) : (tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// CHECK-LABEL: func.func @casts
// CHECK-SAME: (%[[X:.*]]: tensor<4x8xf32>, %[[D:.*]]: tensor<?x8xf32>)
func.func @casts(%x: tensor<4x8xf32>, %d: tensor<?x8xf32>) -> tensor<?x?xf32> {
  // CHECK-NEXT: %[[Y:.*]] = norm.reciprocal %[[X]] : (tensor<4x8xf32>) -> tensor<4x8xf32>
  // CHECK-NEXT: %[[DX:.*]] = norm.reciprocal_grad %[[Y]], %[[D]] : (tensor<4x8xf32>, tensor<?x8xf32>) -> tensor<4x8xf32>
  // CHECK-NEXT: tensor.cast %[[DX]]
  %0 = tensor.cast %x : tensor<4x8xf32> to tensor<?x?xf32>
  %1 = tensor.cast %d : tensor<?x8xf32> to tensor<?x?xf32>
  %y = norm.reciprocal %0 : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %dx = norm.reciprocal_grad %y, %1 : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %dx : tensor<?x?xf32>
}
