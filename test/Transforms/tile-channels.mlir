// RUN: norm-opt %s --norm-tile-channels --canonicalize --cse --split-input-file --verify-diagnostics | FileCheck %s

// One channel of 10 images of 3136 elements in a block: 4 blocks for 32 images.
// CHECK-LABEL: func.func @nchw
// CHECK-SAME: %[[X:.*]]: tensor<32x64x3136xf32>
// CHECK: %[[PARTIAL:.*]]:3 = scf.forall (%[[BLOCK:.*]], %[[C:.*]]) in (4, 64)
// CHECK: norm.loop_schedule <vector_bits = 256>
// CHECK: %[[SLICE:.*]] = tensor.extract_slice %[[X]][%{{.*}}, %[[C]], 0] [%{{.*}}, 1, 3136]
// The mean of the block, from its first element, then the deviations from it.
// CHECK: %[[ELEMENT:.*]] = tensor.extract %[[SLICE]][%c0, %c0]
// CHECK: %[[FINITE:.*]] = math.isfinite %[[ELEMENT]]
// CHECK: %[[FIRST:.*]] = arith.select %[[FINITE]], %[[ELEMENT]], %cst
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "reduction"]} ins(%[[SLICE]], %[[FIRST]] :
// CHECK: arith.divf
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "reduction"]} ins(%[[SLICE]], %{{.*}} :
// CHECK: arith.subf
// The blocks of all channels are merged side by side, in f64, from the mean of
// the first one.
// CHECK: linalg.generic {{.*}} outs(%[[BASE:.*]] : tensor<64xf64>)
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]} ins(%[[PARTIAL]]#0, %[[PARTIAL]]#1, {{.*}} outs(%{{.*}} : tensor<64xf64>)
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]} ins(%[[PARTIAL]]#0, %[[PARTIAL]]#1, %[[PARTIAL]]#2, {{.*}} outs(%{{.*}} : tensor<64xf64>)
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

// An image of more than 32768 elements has several blocks.
// CHECK-LABEL: func.func @large_image
// CHECK-SAME: %[[X:.*]]: tensor<2x1x100000xf32>
// CHECK: scf.forall (%[[BLOCK:.*]]) in (8)
// CHECK: %[[IMAGE:.*]] = arith.divui %[[BLOCK]], %c4
// CHECK: %[[PIECE:.*]] = arith.remui %[[BLOCK]], %c4
// CHECK: %[[BEGIN:.*]] = arith.muli %[[PIECE]], %c32768
// CHECK: tensor.extract_slice %[[X]][%[[IMAGE]], {{.*}}, %[[BEGIN]]]
func.func @large_image(%x: tensor<2x1x100000xf32>) -> tensor<1xf32> {
  %m = norm.channel_stats %x epsilon(0.0) layout(NCHW) : (tensor<2x1x100000xf32>) -> tensor<1xf32>
  return %m : tensor<1xf32>
}

// -----

// Images of one element: the channels lie side by side, 256 in a block.
// CHECK-LABEL: func.func @images_of_one_element
// CHECK-SAME: %[[X:.*]]: tensor<300x600x1xf32>
// CHECK: %[[ROWS:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1, 2]]
// CHECK: scf.forall (%[[TILE:.*]]) in (3)
// CHECK: %[[C:.*]] = arith.muli %[[TILE]], %c256
// CHECK: %[[SLICE:.*]] = tensor.extract_slice %[[ROWS]][{{.*}}, %[[C]]]
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]} ins(%[[SLICE]], %{{.*}} :
// 32 channels at a time are merged.
// CHECK: scf.forall (%{{.*}}) in (19)
func.func @images_of_one_element(%x: tensor<300x600x1xf32>) -> tensor<600xf32> {
  %m = norm.channel_stats %x epsilon(0.0) layout(NCHW) : (tensor<300x600x1xf32>) -> tensor<600xf32>
  return %m : tensor<600xf32>
}

// -----

// Of images that may have one element: a loop over channels, or one over tiles.
// CHECK-LABEL: func.func @images_of_any_size
// CHECK-SAME: %[[X:.*]]: tensor<?x600x?xf32>
func.func @images_of_any_size(%x: tensor<?x600x?xf32>) -> tensor<600xf32> {
  // CHECK: %[[ONE:.*]] = arith.cmpi eq, %{{.*}}, %c1
  // CHECK: %[[PIXELS:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1, 2]]
  // CHECK: %[[TILED:.*]] = arith.select %[[ONE]], %[[N:.*]], %c0
  // CHECK: %[[WHOLE:.*]] = arith.select %[[ONE]], %c0, %[[N]]
  // CHECK: %[[FIRST:.*]]:{{.*}} = scf.forall (%{{.*}}, %{{.*}}) in (%[[WHOLE]], 600)
  // CHECK: tensor.extract_slice %[[X]]
  // CHECK: scf.forall (%{{.*}}, %{{.*}}) in (%[[TILED]], 3) shared_outs({{.*}} = %[[FIRST]]#0
  // CHECK: tensor.extract_slice %[[PIXELS]]
  %m = norm.channel_stats %x epsilon(0.0) layout(NCHW) : (tensor<?x600x?xf32>) -> tensor<600xf32>
  return %m : tensor<600xf32>
}

// -----

// 21 rows of 3 channels lie beside each other; the rows that fill no wide row
// are added to the first lanes, then the 21 sums of each channel are added.
// CHECK-LABEL: func.func @few_channels
// CHECK-SAME: %[[X:.*]]: tensor<?x3xf32>
// CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0, 1]]
// CHECK: scf.forall
// CHECK: %[[FIRST:.*]] = tensor.extract_slice %[[FLAT]]{{.*}} to tensor<3xf32>
// CHECK: %[[ROWS:.*]] = tensor.extract_slice %[[FLAT]]
// CHECK: %[[WIDE:.*]] = tensor.expand_shape %[[ROWS]] {{.*}} into tensor<?x63xf32>
// CHECK: %[[REST:.*]] = tensor.extract_slice %[[FLAT]]
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]} ins(%[[WIDE]], %{{.*}} :
// CHECK: %[[LANES:.*]] = tensor.extract_slice %[[SUM]]
// CHECK: %[[ADDED:.*]] = linalg.generic {{.*}}iterator_types = ["parallel"]} ins(%[[REST]], %{{.*}} : {{.*}} outs(%[[LANES]] :
// CHECK: %[[ALL:.*]] = tensor.insert_slice %[[ADDED]] into %[[SUM]]
// CHECK: %[[GROUPS:.*]] = tensor.expand_shape %[[ALL]] {{.*}} into tensor<21x3xf32>
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]} ins(%[[GROUPS]] :
func.func @few_channels(%x: tensor<?x3xf32>) -> tensor<3xf32> {
  %m = norm.channel_stats %x epsilon(0.0) layout(NHWC) : (tensor<?x3xf32>) -> tensor<3xf32>
  return %m : tensor<3xf32>
}

// -----

// The same if it turns out that the channels are few.
// CHECK-LABEL: func.func @any_channels
// CHECK: scf.forall
// CHECK: scf.if
// CHECK: tensor.expand_shape
// CHECK: else
// CHECK-NOT: tensor.expand_shape
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]}
// CHECK: scf.yield
func.func @any_channels(%x: tensor<?x?xf32>) -> tensor<?xf32> {
  %m = norm.channel_stats %x epsilon(0.0) layout(NHWC) : (tensor<?x?xf32>) -> tensor<?xf32>
  return %m : tensor<?xf32>
}

// -----

// On a GPU the strategy says how large a block is: 2 images of 3136 elements. Its
// blocks write their numbers of elements, and a warp merges those of a channel.
// CHECK-LABEL: func.func @gpu
// CHECK: %[[PARTIAL:.*]]:4 = scf.forall (%[[BLOCK:.*]], %[[C:.*]]) in (16, 64)
// CHECK: %[[COUNT:.*]] = arith.sitofp
// CHECK: linalg.fill ins(%{{.*}} : f32) outs(%{{.*}} : tensor<f32>)
// CHECK: scf.forall (%[[C:.*]]) in (64)
// CHECK: norm.loop_schedule <{{.*}}row_threads = 32, block_rows = 8, thread_elements = 1, row_tile = 32,
// CHECK: %[[K:.*]] = tensor.extract_slice %[[PARTIAL]]#0[0, %[[C]]] [16, 1] [1, 1] : tensor<16x64xf32> to tensor<16xf32>
// CHECK: %[[N:.*]] = tensor.extract_slice %[[PARTIAL]]#3[0, %[[C]]] [16, 1]
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction"]} ins(%[[K]], %{{.*}}, %[[N]], %{{.*}} :
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction"]}
// CHECK: arith.truncf %{{.*}} : f64 to f32
func.func @gpu(%x: tensor<32x64x3136xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
  %m, %s = norm.channel_stats %x epsilon(1.0e-5) layout(NCHW) {strategy = #norm.strategy<vector_bits = 128,
      gpu = <row_threads = 256, block_rows = 1, thread_elements = 4, row_tile = 4096, row_blocks = 1, channel_block = 8192>>}
    : (tensor<32x64x3136xf32>) -> (tensor<64xf32>, tensor<64xf32>)
  return %m, %s : tensor<64xf32>, tensor<64xf32>
}

// -----

// Blocks of all channels write one number of elements.
// CHECK-LABEL: func.func @gpu_neighbours
// CHECK: %[[PARTIAL:.*]]:4 = scf.forall {{.*}} -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x1xf32>)
// CHECK: scf.forall (%[[C:.*]]) in (64)
// CHECK: norm.loop_schedule <{{.*}}row_threads = 32, block_rows = 8, thread_elements = 1, row_tile = 128,
// CHECK: tensor.extract_slice %[[PARTIAL]]#3[0, 0]
func.func @gpu_neighbours(%x: tensor<?x64xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
  %m, %s = norm.channel_stats %x epsilon(1.0e-5) layout(NHWC) {strategy = #norm.strategy<vector_bits = 128,
      gpu = <row_threads = 8, block_rows = 32, thread_elements = 4, row_tile = 64, row_blocks = 1, channel_block = 8192>>}
    : (tensor<?x64xf32>) -> (tensor<64xf32>, tensor<64xf32>)
  return %m, %s : tensor<64xf32>, tensor<64xf32>
}

// -----

func.func @spatial_dims(%x: tensor<2x3x4x5xf32>) -> tensor<3xf32> {
  // expected-error@below {{cannot be tiled: expected x of shape [N, C, L] in NCHW or [R, C] in NHWC; run norm-collapse-rows first}}
  %m = norm.channel_stats %x epsilon(0.0) layout(NCHW) : (tensor<2x3x4x5xf32>) -> tensor<3xf32>
  return %m : tensor<3xf32>
}
