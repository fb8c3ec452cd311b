// The order of the sum over a row: lanes, blocks, the tree of the blocks, the
// halving of the lanes, and the mask of what is left over.
// RUN: norm-opt %s --norm-vectorize-rows --canonicalize --cse --split-input-file | FileCheck %s

#row = affine_map<(i) -> (i)>
#sum = affine_map<(i) -> ()>

// One block: lane j mod 64 by fused multiply-add, then lane i with lane i + 32,
// and so on. What the sum starts from is added last.
// CHECK-LABEL: func.func @one_block
// CHECK-SAME: (%[[X:.*]]: tensor<4096xf32>, %[[E:.*]]: tensor<f32>)
func.func @one_block(%x: tensor<4096xf32>, %e: tensor<f32>) -> tensor<f32> {
  // CHECK: %[[ZERO:.*]] = arith.constant dense<0.0{{.*}}> : vector<64xf32>
  // CHECK: %[[S:.*]] = scf.for %[[J:.*]] = %c0 to %c4096 step %c64 iter_args(%[[A:.*]] = %[[ZERO]]) -> (vector<64xf32>)
  // CHECK-NEXT: %[[V:.*]] = vector.transfer_read %[[X]][%[[J]]], %{{.*}} {in_bounds = [true]} : tensor<4096xf32>, vector<64xf32>
  // CHECK-NEXT: %[[F:.*]] = vector.fma %[[V]], %[[V]], %[[A]] : vector<64xf32>
  // CHECK-NEXT: scf.yield %[[F]]
  // CHECK: %[[LOW:.*]] = vector.extract_strided_slice %[[S]] {offsets = [0], sizes = [32], strides = [1]}
  // CHECK: %[[HIGH:.*]] = vector.extract_strided_slice %[[S]] {offsets = [32], sizes = [32], strides = [1]}
  // CHECK: %[[S32:.*]] = arith.addf %[[LOW]], %[[HIGH]] : vector<32xf32>
  // CHECK: %[[LOW:.*]] = vector.extract_strided_slice %[[S32]] {offsets = [0], sizes = [16], strides = [1]}
  // CHECK: %[[HIGH:.*]] = vector.extract_strided_slice %[[S32]] {offsets = [16], sizes = [16], strides = [1]}
  // CHECK: arith.addf %[[LOW]], %[[HIGH]] : vector<16xf32>
  // CHECK: arith.addf {{.*}} : vector<8xf32>
  // CHECK: arith.addf {{.*}} : vector<4xf32>
  // CHECK: arith.addf {{.*}} : vector<2xf32>
  // CHECK: %[[S1:.*]] = arith.addf {{.*}} : vector<1xf32>
  // CHECK: %[[ALL:.*]] = vector.extract %[[S1]][0]
  // CHECK: %[[START:.*]] = tensor.extract %[[E]][]
  // CHECK: arith.addf %[[START]], %[[ALL]] : f32
  %s = linalg.generic {indexing_maps = [#row, #sum], iterator_types = ["reduction"]}
      ins(%x : tensor<4096xf32>) outs(%e : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.mulf %a, %a : f32
    %t = arith.addf %o, %q : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  return %s : tensor<f32>
}

// -----

#row = affine_map<(i) -> (i)>
#sum = affine_map<(i) -> ()>

// f64 has 32 lanes, and a sum that starts from zero adds nothing.
// CHECK-LABEL: func.func @f64
func.func @f64(%x: tensor<4096xf64>) -> tensor<f64> {
  // CHECK: scf.for %{{.*}} = %c0 to %c4096 step %c32
  // CHECK: vector.fma {{.*}} : vector<32xf64>
  // CHECK: arith.addf {{.*}} : vector<16xf64>
  // CHECK: arith.addf {{.*}} : vector<1xf64>
  // CHECK-NOT: arith.addf
  // CHECK: return
  %zero = arith.constant 0.0 : f64
  %e = tensor.empty() : tensor<f64>
  %f = linalg.fill ins(%zero : f64) outs(%e : tensor<f64>) -> tensor<f64>
  %s = linalg.generic {indexing_maps = [#row, #sum], iterator_types = ["reduction"]}
      ins(%x : tensor<4096xf64>) outs(%f : tensor<f64>) {
  ^bb0(%a: f64, %o: f64):
    %q = arith.mulf %a, %a : f64
    %t = arith.addf %o, %q : f64
    linalg.yield %t : f64
  } -> tensor<f64>
  return %s : tensor<f64>
}

// -----

#row = affine_map<(i) -> (i)>
#sum = affine_map<(i) -> ()>

// bf16 is widened before it is squared, in 64 lanes of f32.
// CHECK-LABEL: func.func @bf16
func.func @bf16(%x: tensor<4096xbf16>, %e: tensor<f32>) -> tensor<f32> {
  // CHECK: %[[V:.*]] = vector.transfer_read {{.*}} : tensor<4096xbf16>, vector<64xbf16>
  // CHECK-NEXT: %[[W:.*]] = arith.extf %[[V]] : vector<64xbf16> to vector<64xf32>
  // CHECK-NEXT: vector.fma %[[W]], %[[W]], %{{.*}} : vector<64xf32>
  %s = linalg.generic {indexing_maps = [#row, #sum], iterator_types = ["reduction"]}
      ins(%x : tensor<4096xbf16>) outs(%e : tensor<f32>) {
  ^bb0(%a: bf16, %o: f32):
    %w = arith.extf %a : bf16 to f32
    %q = arith.mulf %w, %w : f32
    %t = arith.addf %o, %q : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  return %s : tensor<f32>
}

// -----

#row = affine_map<(i) -> (i)>
#sum = affine_map<(i) -> ()>

// 8 elements of the third block are left over: ((b0 + b1) + b2), where lanes
// past the end keep their sum, whatever the padding would give.
// CHECK-LABEL: func.func @three_blocks
// CHECK-SAME: (%[[X:.*]]: tensor<8200xf32>
func.func @three_blocks(%x: tensor<8200xf32>, %e: tensor<f32>) -> tensor<f32> {
  // CHECK: %[[B0:.*]] = scf.for %{{.*}} = %c0 to %c4096 step %c64
  // CHECK: %[[B1:.*]] = scf.for %{{.*}} = %c4096 to %c8192 step %c64
  // CHECK: %[[B01:.*]] = arith.addf %[[B0]], %[[B1]] : vector<64xf32>
  // CHECK: %[[MASK:.*]] = vector.constant_mask [8] : vector<64xi1>
  // CHECK: %[[V:.*]] = vector.transfer_read %[[X]][%c8192], %{{.*}}, %[[MASK]]
  // CHECK: %[[F:.*]] = vector.fma %[[V]], %[[V]], %[[ZERO:.*]] :
  // CHECK: %[[B2:.*]] = arith.select %[[MASK]], %[[F]], %[[ZERO]] :
  // CHECK: %[[B012:.*]] = arith.addf %[[B01]], %[[B2]] : vector<64xf32>
  // CHECK: vector.extract_strided_slice %[[B012]]
  %s = linalg.generic {indexing_maps = [#row, #sum], iterator_types = ["reduction"]}
      ins(%x : tensor<8200xf32>) outs(%e : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.mulf %a, %a : f32
    %t = arith.addf %o, %q : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  return %s : tensor<f32>
}

// -----

#row = affine_map<(i) -> (i)>
#sum = affine_map<(i) -> ()>

// 7 blocks: ((b0 + b1) + (b2 + b3)) + ((b4 + b5) + b6).
// CHECK-LABEL: func.func @seven_blocks
func.func @seven_blocks(%x: tensor<28672xf32>, %e: tensor<f32>) -> tensor<f32> {
  // CHECK: %[[B0:.*]] = scf.for {{.*}} = %c0 to %c4096
  // CHECK: %[[B1:.*]] = scf.for {{.*}} = %c4096 to %c8192
  // CHECK: %[[B01:.*]] = arith.addf %[[B0]], %[[B1]]
  // CHECK: %[[B2:.*]] = scf.for {{.*}} = %c8192 to %c12288
  // CHECK: %[[B3:.*]] = scf.for {{.*}} = %c12288 to %c16384
  // CHECK: %[[B23:.*]] = arith.addf %[[B2]], %[[B3]]
  // CHECK: %[[B0123:.*]] = arith.addf %[[B01]], %[[B23]]
  // CHECK: %[[B4:.*]] = scf.for {{.*}} = %c16384 to %c20480
  // CHECK: %[[B5:.*]] = scf.for {{.*}} = %c20480 to %c24576
  // CHECK: %[[B45:.*]] = arith.addf %[[B4]], %[[B5]]
  // CHECK: %[[B6:.*]] = scf.for {{.*}} = %c24576 to %c28672
  // CHECK: %[[B456:.*]] = arith.addf %[[B45]], %[[B6]]
  // CHECK: %[[ALL:.*]] = arith.addf %[[B0123]], %[[B456]]
  // CHECK: vector.extract_strided_slice %[[ALL]]
  %s = linalg.generic {indexing_maps = [#row, #sum], iterator_types = ["reduction"]}
      ins(%x : tensor<28672xf32>) outs(%e : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.mulf %a, %a : f32
    %t = arith.addf %o, %q : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  return %s : tensor<f32>
}

// -----

#row = affine_map<(i) -> (i)>
#sum = affine_map<(i) -> ()>

// CHECK-LABEL: func.func @eight_blocks_are_unrolled
func.func @eight_blocks_are_unrolled(%x: tensor<32768xf32>, %e: tensor<f32>) -> tensor<f32> {
  // CHECK-NOT: memref.alloca
  // CHECK-COUNT-8: vector.fma
  // CHECK-NOT: vector.fma
  %s = linalg.generic {indexing_maps = [#row, #sum], iterator_types = ["reduction"]}
      ins(%x : tensor<32768xf32>) outs(%e : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.mulf %a, %a : f32
    %t = arith.addf %o, %q : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  return %s : tensor<f32>
}

// CHECK-LABEL: func.func @nine_blocks_are_counted
func.func @nine_blocks_are_counted(%x: tensor<32769xf32>, %e: tensor<f32>) -> tensor<f32> {
  // CHECK: memref.alloca
  // CHECK: scf.for %{{.*}} = %c0 to %c9 step %c1
  %s = linalg.generic {indexing_maps = [#row, #sum], iterator_types = ["reduction"]}
      ins(%x : tensor<32769xf32>) outs(%e : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.mulf %a, %a : f32
    %t = arith.addf %o, %q : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  return %s : tensor<f32>
}

// -----

#row = affine_map<(i) -> (i)>
#sum = affine_map<(i) -> ()>

// The same tree for any number of blocks: a binary counter of sums, where block
// b closes as many levels as b has ones at its low end.
// CHECK-LABEL: func.func @dynamic
// CHECK-SAME: (%[[X:.*]]: tensor<?xf32>
func.func @dynamic(%x: tensor<?xf32>, %e: tensor<f32>) -> tensor<f32> {
  // CHECK: %[[N:.*]] = tensor.dim %[[X]], %c0
  // CHECK: %[[STACK:.*]] = memref.alloca() {alignment = 64 : i64} : memref<52x1x64xf32>
  // CHECK: %[[BLOCKS:.*]] = arith.ceildivui %[[N]], %c4096
  // CHECK: scf.for %[[B:.*]] = %c0 to %[[BLOCKS]] step %c1
  // CHECK: %[[BEGIN:.*]] = arith.muli %[[B]], %c4096
  // CHECK: %[[LIMIT:.*]] = arith.addi %[[BEGIN]], %c4096
  // CHECK: %[[END:.*]] = arith.minui %[[LIMIT]], %[[N]]
  // CHECK: %[[REST:.*]] = arith.remui %{{.*}}, %c64
  // CHECK: %[[WHOLE:.*]] = arith.subi %[[END]], %[[REST]]
  // CHECK: %[[S:.*]] = scf.for %{{.*}} = %[[BEGIN]] to %[[WHOLE]] step %c64
  // CHECK: vector.fma
  // CHECK: %[[HAS_REST:.*]] = arith.cmpi ne, %[[REST]], %c0
  // CHECK: %[[T:.*]] = scf.if %[[HAS_REST]] -> (vector<64xf32>)
  // CHECK: %[[MASK:.*]] = vector.create_mask %[[REST]]
  // CHECK: vector.transfer_read %[[X]][%[[WHOLE]]], %{{.*}}, %[[MASK]]
  // CHECK: %[[F:.*]] = vector.fma %{{.*}}, %[[S]] :
  // CHECK: arith.select %[[MASK]], %[[F]], %[[S]]
  // CHECK: %[[INVERTED:.*]] = arith.xori %{{.*}}, %c-1_i64
  // CHECK: %[[ONES:.*]] = math.cttz %[[INVERTED]]
  // CHECK: %[[LEVEL:.*]] = arith.index_cast %[[ONES]]
  // CHECK: %[[MERGED:.*]] = scf.for %[[L:.*]] = %c0 to %[[LEVEL]] step %c1 iter_args(%[[A:.*]] = %[[T]])
  // CHECK: %[[LEFT:.*]] = vector.load %[[STACK]][%[[L]], %c0, %c0]
  // CHECK: arith.addf %[[LEFT]], %[[A]]
  // CHECK: vector.store %[[MERGED]], %[[STACK]][%[[LEVEL]], %c0, %c0]
  // The levels that hold a sum, from the shortest: on the right of the others.
  // CHECK: scf.for %[[L:.*]] = %c0 to %c52 step %c1 iter_args(%[[A:.*]] = %{{.*}})
  // CHECK: %[[SHIFTED:.*]] = arith.shrui
  // CHECK: %[[BIT:.*]] = arith.trunci %[[SHIFTED]] : i64 to i1
  // CHECK: scf.if %[[BIT]]
  // CHECK: %[[LEFT:.*]] = vector.load %[[STACK]][%[[L]], %c0, %c0]
  // CHECK: arith.addf %[[LEFT]], %[[A]]
  // CHECK: else
  // CHECK: scf.yield %[[A]]
  %s = linalg.generic {indexing_maps = [#row, #sum], iterator_types = ["reduction"]}
      ins(%x : tensor<?xf32>) outs(%e : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.mulf %a, %a : f32
    %t = arith.addf %o, %q : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  return %s : tensor<f32>
}

// -----

#row = affine_map<(i) -> (i)>
#sum = affine_map<(i) -> ()>

// A sum of other values than products, of two rows and a scalar.
// CHECK-LABEL: func.func @sum_of_an_expression
// CHECK-SAME: (%[[X:.*]]: tensor<128xf32>, %[[Y:.*]]: tensor<128xf32>, %[[S:.*]]: tensor<f32>
func.func @sum_of_an_expression(%x: tensor<128xf32>, %y: tensor<128xf32>, %s: tensor<f32>, %e: tensor<f32>) -> tensor<f32> {
  // CHECK: scf.for %{{.*}} iter_args(%[[A:.*]] = %{{.*}})
  // CHECK-DAG: %[[XV:.*]] = vector.transfer_read %[[X]]
  // CHECK-DAG: %[[YV:.*]] = vector.transfer_read %[[Y]]
  // CHECK-DAG: %[[SV:.*]] = vector.broadcast %{{.*}} : f32 to vector<64xf32>
  // CHECK: %[[P:.*]] = arith.mulf %[[XV]], %[[SV]] : vector<64xf32>
  // CHECK: %[[Q:.*]] = arith.subf %[[P]], %[[YV]] : vector<64xf32>
  // CHECK: arith.addf %[[A]], %[[Q]] : vector<64xf32>
  %r = linalg.generic {indexing_maps = [#row, #row, #sum, #sum], iterator_types = ["reduction"]}
      ins(%x, %y, %s : tensor<128xf32>, tensor<128xf32>, tensor<f32>) outs(%e : tensor<f32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
    %p = arith.mulf %a, %c : f32
    %q = arith.subf %p, %b : f32
    %t = arith.addf %q, %o : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  return %r : tensor<f32>
}

// -----

#matrix = affine_map<(i, j) -> (i, j)>
#sum = affine_map<(i, j) -> ()>

// Two sums on vectors of 256 bits: one loop for each half of the lanes, but one for all where
// an element of the inputs has more bits than a sum.
// CHECK-LABEL: func.func @two_sums
// CHECK-SAME: (%[[X:.*]]: tensor<8x256xf32>, %[[Y:.*]]: tensor<8x256xf32>
func.func @two_sums(%x: tensor<8x256xf32>, %y: tensor<8x256xf32>, %e: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>)
    attributes {norm.strategy = #norm.strategy<vector_bits = 256>} {
  // CHECK: scf.for %[[I:.*]] = %c0 to %c8 step %c1 iter_args(%[[S:.*]] = %{{.*}}, %[[Q:.*]] = %{{.*}}) -> (vector<64xf32>, vector<64xf32>)
  // CHECK: %[[S0:.*]] = vector.extract_strided_slice %[[S]] {offsets = [0], sizes = [32], strides = [1]}
  // CHECK: %[[Q0:.*]] = vector.extract_strided_slice %[[Q]] {offsets = [0], sizes = [32], strides = [1]}
  // CHECK: %[[LOW:.*]]:2 = scf.for %[[J:.*]] = %c0 to %c256 step %c64 iter_args(%[[SL:.*]] = %[[S0]], %[[QL:.*]] = %[[Q0]])
  // CHECK: %[[V:.*]] = vector.transfer_read %[[X]][%[[I]], %[[J]]]{{.*}}, vector<32xf32>
  // CHECK: arith.addf %[[SL]], %[[V]]
  // CHECK: vector.fma %[[V]], %[[V]], %[[QL]]
  // CHECK: vector.insert_strided_slice %[[LOW]]#0, %[[S]] {offsets = [0], strides = [1]}
  // CHECK: vector.insert_strided_slice %[[LOW]]#1, %[[Q]] {offsets = [0], strides = [1]}
  // CHECK: %[[HIGH:.*]]:2 = scf.for %[[J:.*]] = %c0 to %c256 step %c64
  // CHECK: %[[J32:.*]] = arith.addi %[[J]], %c32
  // CHECK: vector.transfer_read %[[X]][%[[I]], %[[J32]]]{{.*}}, vector<32xf32>
  // CHECK: vector.insert_strided_slice %[[HIGH]]#0, %{{.*}} {offsets = [32], strides = [1]}
  %s, %q = linalg.generic {indexing_maps = [#matrix, #sum, #sum], iterator_types = ["reduction", "reduction"]}
      ins(%x : tensor<8x256xf32>) outs(%e, %e : tensor<f32>, tensor<f32>) {
  ^bb0(%a: f32, %o: f32, %p: f32):
    %t = arith.addf %o, %a : f32
    %m = arith.mulf %a, %a : f32
    %u = arith.addf %p, %m : f32
    linalg.yield %t, %u : f32, f32
  } -> (tensor<f32>, tensor<f32>)
  // CHECK: scf.for %{{.*}} = %c0 to %c256 step %c64
  // CHECK: vector.transfer_read %[[X]]{{.*}}, vector<64xf32>
  // CHECK: vector.transfer_read %[[Y]]{{.*}}, vector<64xf32>
  %v, %w = linalg.generic {indexing_maps = [#matrix, #matrix, #sum, #sum], iterator_types = ["reduction", "reduction"]}
      ins(%x, %y : tensor<8x256xf32>, tensor<8x256xf32>) outs(%e, %e : tensor<f32>, tensor<f32>) {
  ^bb0(%a: f32, %b: f32, %o: f32, %p: f32):
    %t = arith.addf %o, %a : f32
    %m = arith.mulf %a, %b : f32
    %u = arith.addf %p, %m : f32
    linalg.yield %t, %u : f32, f32
  } -> (tensor<f32>, tensor<f32>)
  return %s, %q, %v, %w : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
}

// -----

#matrix = affine_map<(i, j) -> (i, j)>
#columns = affine_map<(i, j) -> (j)>

// Row i of a matrix is added in row i mod 32 of a tile, 8 tiles at a time, of which
// those behind the last row are cut off; then the rows of the tile.
// CHECK-LABEL: func.func @tiles
// CHECK-SAME: (%[[X:.*]]: tensor<586x8xf32>
func.func @tiles(%x: tensor<586x8xf32>, %y: tensor<8xf32>, %n: index) -> tensor<8xf32> {
  // CHECK: %[[ZERO:.*]] = arith.constant dense<0.0{{.*}}> : vector<32x8xf32>
  // CHECK: %[[WHOLE:.*]] = scf.for %{{.*}} = %c0 to %c512 step %c256 iter_args(%{{.*}} = %[[ZERO]])
  // CHECK-COUNT-8: vector.transfer_read %[[X]]{{.*}} {in_bounds = [true, true]} : tensor<586x8xf32>, vector<32x8xf32>
  // CHECK-COUNT-8: arith.addf
  // CHECK: scf.yield
  // CHECK: %[[T8:.*]] = vector.transfer_read %[[X]][%c512, %c0], %{{.*}} {in_bounds = [true, true]}
  // CHECK: %[[T9:.*]] = vector.transfer_read %[[X]][%c544, %c0], %{{.*}} {in_bounds = [true, true]}
  // CHECK: %[[MASK:.*]] = vector.constant_mask [10, 8] : vector<32x8xi1>
  // CHECK: %[[T10:.*]] = vector.transfer_read %[[X]][%c576, %c0], %{{.*}}, %[[MASK]]
  // CHECK: arith.addf %[[WHOLE]], %[[T8]]
  // CHECK: arith.addf %{{.*}}, %[[T9]]
  // CHECK: %[[SUM:.*]] = arith.addf %{{.*}}, %[[T10]]
  // CHECK: vector.multi_reduction <add>, %[[SUM]], %{{.*}} [0] : vector<32x8xf32> to vector<8xf32>
  norm.loop_schedule <vector_bits = 128, gpu = <row_threads = 64, block_rows = 1, thread_elements = 4, row_tile = 256, row_blocks = 1, tile_rows = 32>> bytes(%n)
  %zero = arith.constant 0.0 : f32
  %none = linalg.fill ins(%zero : f32) outs(%y : tensor<8xf32>) -> tensor<8xf32>
  %s = linalg.generic {indexing_maps = [#matrix, #columns], iterator_types = ["reduction", "parallel"]}
      ins(%x : tensor<586x8xf32>) outs(%none : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<8xf32>
  return %s : tensor<8xf32>
}
