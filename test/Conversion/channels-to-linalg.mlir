// RUN: norm-opt %s --convert-norm-to-linalg --split-input-file | FileCheck %s

// The mean, corrected by the deviations from it; then the deviations and their
// squares in one visit, with the channel as the parallel dim of a sum over all
// others.
// CHECK-LABEL: func.func @stats_nchw
// CHECK-SAME: %[[X:.*]]: tensor<2x3x4x5xf32>
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}}iterator_types = ["reduction", "parallel", "reduction", "reduction"]} ins(%[[X]] :
// CHECK: %[[ROUNDED:.*]] = linalg.generic {{.*}}iterator_types = ["parallel"]} ins(%[[SUM]] :
// CHECK: arith.divf
// CHECK: %[[DEVIATIONS:.*]] = linalg.generic {{.*}}iterator_types = ["reduction", "parallel", "reduction", "reduction"]} ins(%[[X]], %[[ROUNDED]] :
// CHECK: %[[MEAN:.*]] = linalg.generic {{.*}}iterator_types = ["parallel"]} ins(%[[ROUNDED]], %[[DEVIATIONS]] :
// CHECK: %[[SUMS:.*]]:2 = linalg.generic {{.*}}iterator_types = ["reduction", "parallel", "reduction", "reduction"]} ins(%[[X]], %[[MEAN]] :
// CHECK: %[[D:.*]] = arith.subf
// CHECK: %[[SQUARE:.*]] = arith.mulf %[[D]], %[[D]]
// CHECK: arith.addf %{{.*}}, %[[D]]
// CHECK: arith.addf %{{.*}}, %[[SQUARE]]
// CHECK: %[[STD:.*]] = linalg.generic {{.*}}iterator_types = ["parallel"]} ins(%[[SUMS]]#0, %[[SUMS]]#1 :
// CHECK: math.sqrt
// CHECK: return %[[MEAN]], %[[STD]]
func.func @stats_nchw(%x: tensor<2x3x4x5xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %m, %s = norm.channel_stats %x epsilon(1.0e-5) layout(NCHW)
    : (tensor<2x3x4x5xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return %m, %s : tensor<3xf32>, tensor<3xf32>
}

// -----

// The mean alone needs no square.
// CHECK-LABEL: func.func @mean_nhwc
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "reduction", "parallel"]}
// CHECK: arith.extf %{{.*}} : f16 to f32
// CHECK-NOT: arith.mulf
func.func @mean_nhwc(%x: tensor<?x?x?xf16>) -> tensor<?xf32> {
  %m = norm.channel_stats %x epsilon(1.0e-5) layout(NHWC) : (tensor<?x?x?xf16>) -> tensor<?xf32>
  return %m : tensor<?xf32>
}

// -----

// Both sums in one visit, of the centred x.
// CHECK-LABEL: func.func @sums
// CHECK-SAME: %[[X:.*]]: tensor<?x3x?xf32>, %[[M:.*]]: tensor<3xf32>, %[[I:.*]]: tensor<3xf32>, %[[DY:.*]]: tensor<?x3x?xf32>
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel", "reduction"]} ins(%[[X]], %[[M]], %[[I]], %[[DY]] :
// CHECK: ^bb0(%[[XE:[a-z0-9_]*]]: f32, %[[ME:[a-z0-9_]*]]: f32, %[[IE:[a-z0-9_]*]]: f32, %[[DYE:[a-z0-9_]*]]: f32, %[[S:[a-z0-9_]*]]: f32, %[[B:.*]]: f32):
// CHECK: %[[D:.*]] = arith.subf %[[XE]], %[[ME]]
// CHECK: %[[H:.*]] = arith.mulf %[[D]], %[[IE]]
// CHECK: %[[P:.*]] = arith.mulf %[[H]], %[[DYE]]
// CHECK: arith.addf %[[S]], %[[P]]
// CHECK: arith.addf %[[B]], %[[DYE]]
// CHECK-NOT: linalg.generic
func.func @sums(%x: tensor<?x3x?xf32>, %m: tensor<3xf32>, %i: tensor<3xf32>, %dy: tensor<?x3x?xf32>)
    -> (tensor<3xf32>, tensor<3xf32>) {
  %s, %b = norm.channel_backprop_stats %x, %m, %i, %dy layout(NCHW)
    : (tensor<?x3x?xf32>, tensor<3xf32>, tensor<3xf32>, tensor<?x3x?xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return %s, %b : tensor<3xf32>, tensor<3xf32>
}

// -----

// One elementwise op. The product of the dims but that of channels is divided by
// once.
// CHECK-LABEL: func.func @dx
// CHECK-SAME: %[[X:.*]]: tensor<?x7x3xbf16>
// CHECK: arith.muli
// CHECK: arith.divf
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "parallel"]}
// CHECK-NOT: arith.divf
// CHECK: arith.truncf %{{.*}} : f32 to bf16
// CHECK-NOT: linalg.generic
func.func @dx(%x: tensor<?x7x3xbf16>, %v: tensor<3xf32>, %dy: tensor<?x7x3xbf16>, %g: tensor<3xbf16>)
    -> tensor<?x7x3xbf16> {
  %dx = norm.channel_backprop %x, %v, %v, %v, %v, %dy gamma(%g) layout(NHWC)
    : (tensor<?x7x3xbf16>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<?x7x3xbf16>, tensor<3xbf16>)
      -> tensor<?x7x3xbf16>
  return %dx : tensor<?x7x3xbf16>
}

// -----

// The count of several devices.
// CHECK-LABEL: func.func @dx_of_a_count
// CHECK-SAME: %[[N:[a-z0-9]*]]: index
// CHECK-NOT: arith.muli
// CHECK: arith.index_cast {{.*}}%[[N]]
func.func @dx_of_a_count(%x: tensor<2x3xf32>, %v: tensor<3xf32>, %n: index) -> tensor<2x3xf32> {
  %dx = norm.channel_backprop %x, %v, %v, %v, %v, %x count(%n) layout(NCHW)
    : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x3xf32>, index)
      -> tensor<2x3xf32>
  return %dx : tensor<2x3xf32>
}
