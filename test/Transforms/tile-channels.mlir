// RUN: norm-opt %s --norm-tile-channels --canonicalize --cse --split-input-file --verify-diagnostics | FileCheck %s

// One channel of 10 images of 3136 elements in a block: 4 blocks for 32 images.
// CHECK-LABEL: func.func @nchw
// CHECK-SAME: %[[X:.*]]: tensor<32x64x3136xf32>
// CHECK: scf.forall (%[[BLOCK:.*]], %[[C:.*]]) in (4, 64)
// CHECK: norm.loop_schedule <vector_bits = 256>
// CHECK: %[[SLICE:.*]] = tensor.extract_slice %[[X]][%{{.*}}, %[[C]], 0] [%{{.*}}, 1, 3136]
// The mean of the block, then the deviations from it.
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "reduction"]} ins(%[[SLICE]] :
// CHECK: arith.divf
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "reduction"]} ins(%[[SLICE]], %{{.*}} :
// CHECK: arith.subf
// The blocks of each channel are merged in f64.
// CHECK: scf.for
// CHECK: scf.for {{.*}} -> (f64)
// CHECK: scf.for {{.*}} -> (f64)
// CHECK: math.sqrt %{{.*}} : f64
// CHECK: arith.truncf %{{.*}} : f64 to f32
func.func @nchw(%x: tensor<32x64x3136xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
  %m, %s = norm.channel_stats %x epsilon(1.0e-5) layout(NCHW) {strategy = #norm.strategy<vector_bits = 256>}
    : (tensor<32x64x3136xf32>) -> (tensor<64xf32>, tensor<64xf32>)
  return %m, %s : tensor<64xf32>, tensor<64xf32>
}

// -----

// Both sums over the rows of a block in one visit, all channels side by side.
// CHECK-LABEL: func.func @nhwc
// CHECK-SAME: %[[X:.*]]: tensor<?x128xbf16>, %{{.*}}: tensor<128xf32>, %{{.*}}: tensor<128xf32>, %[[DY:.*]]: tensor<?x128xbf16>
// CHECK: scf.forall (%{{.*}}) in (%{{.*}})
// CHECK-DAG: %[[XS:.*]] = tensor.extract_slice %[[X]][
// CHECK-DAG: %[[DYS:.*]] = tensor.extract_slice %[[DY]][
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]} ins(%[[XS]], %[[DYS]], %{{.*}}, %{{.*}} :
func.func @nhwc(%x: tensor<?x128xbf16>, %m: tensor<128xf32>, %s: tensor<128xf32>, %dy: tensor<?x128xbf16>)
    -> (tensor<128xf32>, tensor<128xf32>) {
  %a, %b = norm.channel_backprop_stats %x, %m, %s, %dy layout(NHWC)
    : (tensor<?x128xbf16>, tensor<128xf32>, tensor<128xf32>, tensor<?x128xbf16>)
    -> (tensor<128xf32>, tensor<128xf32>)
  return %a, %b : tensor<128xf32>, tensor<128xf32>
}

// -----

func.func @spatial_dims(%x: tensor<2x3x4x5xf32>) -> tensor<3xf32> {
  // expected-error@below {{cannot be tiled: expected x of shape [N, C, L] in NCHW or [R, C] in NHWC; run norm-collapse-rows first}}
  %m = norm.channel_stats %x epsilon(0.0) layout(NCHW) : (tensor<2x3x4x5xf32>) -> tensor<3xf32>
  return %m : tensor<3xf32>
}
