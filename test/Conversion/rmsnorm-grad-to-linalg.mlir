// RUN: norm-opt %s --convert-norm-to-linalg --split-input-file | FileCheck %s

// The sum of each row, its mean, dx, and both sums over rows in one visit.
// CHECK-LABEL: func.func @all
// CHECK-SAME: %[[DY:.*]]: tensor<4x8xf32>, %[[X:.*]]: tensor<4x8xf32>, %[[R:.*]]: tensor<4xf32>, %[[G:.*]]: tensor<8xf32>
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]} ins(%[[DY]], %[[X]], %[[R]], %[[G]] :
// CHECK: ^bb0(%[[DYE:[a-z0-9_]*]]: f32, %[[XE:[a-z0-9_]*]]: f32, %[[RE:[a-z0-9_]*]]: f32, %[[GE:[a-z0-9_]*]]: f32, %[[S:.*]]: f32):
// CHECK-DAG: %[[WEIGHTED:.*]] = arith.mulf %[[DYE]], %[[GE]]
// CHECK-DAG: %[[H:.*]] = arith.mulf %[[XE]], %[[RE]]
// CHECK: %[[PRODUCT:.*]] = arith.mulf %[[WEIGHTED]], %[[H]]
// CHECK: arith.addf %[[S]], %[[PRODUCT]]
// CHECK: %[[MEAN:.*]] = linalg.generic {{.*}}iterator_types = ["parallel"]} ins(%[[SUM]] :
// CHECK: arith.divf
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]} ins(%[[DY]], %[[X]], %[[R]], %[[G]], %[[MEAN]] :
// CHECK: arith.subf
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]} ins(%[[DY]], %[[X]], %[[R]] :
// CHECK: ^bb0(%[[DYE:[a-z0-9_]*]]: f32, %{{.*}}: f32, %{{.*}}: f32, %[[DG:[a-z0-9_]*]]: f32, %[[DB:.*]]: f32):
// CHECK: %[[NEWDG:.*]] = arith.addf %[[DG]], %{{.*}}
// CHECK: %[[NEWDB:.*]] = arith.addf %[[DB]], %[[DYE]]
// CHECK: linalg.yield %[[NEWDG]], %[[NEWDB]]
func.func @all(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>, %g: tensor<8xf32>)
    -> (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %0:3 = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<8xf32>)
      -> (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>)
  return %0#0, %0#1, %0#2 : tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>
}

// -----

// dx alone needs no sum over rows.
// CHECK-LABEL: func.func @only_dx
// CHECK-NOT: iterator_types = ["reduction", "parallel"]
func.func @only_dx(%dy: tensor<?x?xf64>, %x: tensor<?x?xf64>, %r: tensor<?xf64>) -> tensor<?x?xf64> {
  %dx = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<?x?xf64>, tensor<?x?xf64>, tensor<?xf64>) -> tensor<?x?xf64>
  return %dx : tensor<?x?xf64>
}

// -----

// Narrow types are summed in f32; a sum of the narrow type is rounded once, and
// one shaped as a flat gamma is collapsed.
// CHECK-LABEL: func.func @flat_and_narrow
// CHECK: %[[SUMS:.*]]:2 = linalg.generic {{.*}}iterator_types = ["reduction", "parallel", "parallel"]} {{.*}} outs(%{{.*}}, %{{.*}} : tensor<2x3xf32>, tensor<2x3xf32>)
// CHECK: %[[ROUNDED:.*]] = linalg.generic {{.*}} ins(%[[SUMS]]#0 : tensor<2x3xf32>)
// CHECK: arith.truncf %{{.*}} : f32 to bf16
// CHECK: tensor.collapse_shape %[[ROUNDED]] {{.*}} : tensor<2x3xbf16> into tensor<6xbf16>
// CHECK: tensor.collapse_shape %[[SUMS]]#1 {{.*}} : tensor<2x3xf32> into tensor<6xf32>
func.func @flat_and_narrow(%dy: tensor<4x2x3xbf16>, %x: tensor<4x2x3xbf16>, %r: tensor<4xf32>, %g: tensor<6xbf16>)
    -> (tensor<4x2x3xbf16>, tensor<6xbf16>, tensor<6xf32>) {
  %0:3 = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1)
    : (tensor<4x2x3xbf16>, tensor<4x2x3xbf16>, tensor<4xf32>, tensor<6xbf16>)
      -> (tensor<4x2x3xbf16>, tensor<6xbf16>, tensor<6xf32>)
  return %0#0, %0#1, %0#2 : tensor<4x2x3xbf16>, tensor<6xbf16>, tensor<6xf32>
}

// -----

// target_rms scales dx through rrms, and dgamma; weight_offset alone is a
// weight too.
// CHECK-LABEL: func.func @scaled
// CHECK-DAG: arith.constant 2.500000e+00 : f32
// CHECK-DAG: arith.constant 1.000000e+00 : f32
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]}
// CHECK: %[[H:.*]] = arith.mulf
// CHECK: %[[SCALE:.*]] = arith.constant 2.500000e+00 : f32
// CHECK: arith.mulf %[[H]], %[[SCALE]]
func.func @scaled(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>)
    -> (tensor<4x8xf32>, tensor<8xf32>) {
  %0:2 = norm.rmsnorm_grad %dy, %x, %r axis(1) target_rms(2.5) weight_offset(1.0)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> (tensor<4x8xf32>, tensor<8xf32>)
  return %0#0, %0#1 : tensor<4x8xf32>, tensor<8xf32>
}
