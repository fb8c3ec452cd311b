// RUN: norm-opt %s --norm-tile-columns --canonicalize --cse --split-input-file | FileCheck %s

#id = affine_map<(i) -> (i)>

// 64 elements at a time, and the rest in an op of its own.
// CHECK: #[[MAIN:.*]] = affine_map<()[s0] -> ((s0 floordiv 64) * 64)>
// CHECK-LABEL: func.func @dynamic
// CHECK-SAME: (%[[X:.*]]: tensor<?xf32>, %[[E:.*]]: tensor<?xf32>)
func.func @dynamic(%x: tensor<?xf32>, %e: tensor<?xf32>) -> tensor<?xf32> {
  // CHECK: %[[END:.*]] = tensor.dim %[[X]], %c0
  // CHECK: %[[MAIN_END:.*]] = affine.apply #[[MAIN]]()[%[[END]]]
  // CHECK: %[[L:.*]] = scf.for %[[J:.*]] = %c0 to %[[MAIN_END]] step %c64 iter_args(%[[A:.*]] = %[[E]])
  // CHECK-DAG: %[[XJ:.*]] = tensor.extract_slice %[[X]][%[[J]]] [64] [1] : tensor<?xf32> to tensor<64xf32>
  // CHECK-DAG: %[[AJ:.*]] = tensor.extract_slice %[[A]][%[[J]]] [64] [1] : tensor<?xf32> to tensor<64xf32>
  // CHECK: linalg.generic {{.*}} ins(%[[XJ]] : tensor<64xf32>) outs(%[[AJ]] : tensor<64xf32>)
  // CHECK: scf.for %{{.*}} = %[[MAIN_END]] to %[[END]] step %c64 iter_args(%{{.*}} = %[[L]])
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<?xf32>)
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.negf %a : f32
    linalg.yield %t : f32
  } -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

#id = affine_map<(i) -> (i)>

// The memory has room for one tile at most, so there is one.
// CHECK-LABEL: func.func @room_for_a_tile
func.func @room_for_a_tile(%x: tensor<?xf32>, %memory: tensor<64xf32>, %n: index) -> tensor<?xf32> {
  // CHECK-NOT: scf.for
  // CHECK: %[[SUM:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<?xf32>)
  // CHECK: linalg.generic {{.*}} ins(%[[SUM]] : tensor<?xf32>)
  // CHECK-NOT: scf.for
  // CHECK: return
  %e = tensor.extract_slice %memory[0] [%n] [1] : tensor<64xf32> to tensor<?xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %a, %o : f32
    linalg.yield %t : f32
  } -> tensor<?xf32>
  %out = tensor.empty(%n) : tensor<?xf32>
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%y : tensor<?xf32>) outs(%out : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.negf %a : f32
    linalg.yield %t : f32
  } -> tensor<?xf32>
  return %z : tensor<?xf32>
}

// -----

#id = affine_map<(i) -> (i)>

// One tile and 36 elements: no loop is left.
// CHECK-LABEL: func.func @static_with_rest
func.func @static_with_rest(%x: tensor<100xf32>, %e: tensor<100xf32>) -> tensor<100xf32> {
  // CHECK-NOT: scf.for
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<64xf32>)
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<36xf32>)
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<100xf32>) outs(%e : tensor<100xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.negf %a : f32
    linalg.yield %t : f32
  } -> tensor<100xf32>
  return %y : tensor<100xf32>
}

// -----

#id = affine_map<(i) -> (i)>

// CHECK-LABEL: func.func @static_without_rest
func.func @static_without_rest(%x: tensor<128xf32>, %e: tensor<128xf32>) -> tensor<128xf32> {
  // CHECK: scf.for %{{.*}} = %c0 to %c128 step %c64
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<64xf32>)
  // CHECK-NOT: linalg.generic
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<128xf32>) outs(%e : tensor<128xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.negf %a : f32
    linalg.yield %t : f32
  } -> tensor<128xf32>
  return %y : tensor<128xf32>
}

// -----

#id = affine_map<(i) -> (i)>

// CHECK-LABEL: func.func @shorter_than_a_tile
func.func @shorter_than_a_tile(%x: tensor<63xf32>, %e: tensor<63xf32>) -> tensor<63xf32> {
  // CHECK-NOT: scf.for
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<63xf32>)
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<63xf32>) outs(%e : tensor<63xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.negf %a : f32
    linalg.yield %t : f32
  } -> tensor<63xf32>
  return %y : tensor<63xf32>
}

// -----

#id = affine_map<(i) -> (i)>

// The type that the body computes in decides: 32 elements with f64, 64 where
// bf16 is widened to f32.
// CHECK-LABEL: func.func @widest_type
func.func @widest_type(%x: tensor<512xf64>, %e: tensor<512xf64>, %z: tensor<512xbf16>, %f: tensor<512xbf16>) -> (tensor<512xf64>, tensor<512xbf16>) {
  // CHECK: scf.for %{{.*}} step %c32
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<32xf64>)
  // CHECK: scf.for %{{.*}} step %c64
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<64xbf16>)
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<512xf64>) outs(%e : tensor<512xf64>) {
  ^bb0(%a: f64, %o: f64):
    %t = arith.negf %a : f64
    linalg.yield %t : f64
  } -> tensor<512xf64>
  %w = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%z : tensor<512xbf16>) outs(%f : tensor<512xbf16>) {
  ^bb0(%a: bf16, %o: bf16):
    %b = arith.extf %a : bf16 to f32
    %c = math.exp %b : f32
    %t = arith.truncf %c : f32 to bf16
    linalg.yield %t : bf16
  } -> tensor<512xbf16>
  return %y, %w : tensor<512xf64>, tensor<512xbf16>
}

// -----

// Sums and ops on scalars stay.
// CHECK-LABEL: func.func @sum_and_scalar
func.func @sum_and_scalar(%x: tensor<512xf32>, %e: tensor<f32>) -> tensor<f32> {
  // CHECK-NOT: scf.for
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<512xf32>)
  // CHECK: linalg.generic {{.*}} iterator_types = []}
  %s = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%x : tensor<512xf32>) outs(%e : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %a, %o : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  %r = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []}
      ins(%s : tensor<f32>) outs(%e : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %t = math.sqrt %a : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  return %r : tensor<f32>
}

// -----

#id = affine_map<(i) -> (i)>

// On a GPU a tile and a rest that is shorter keep their loop.
// CHECK: #[[SIZE:.*]] = affine_map<(d0) -> (-d0 + 75, 64)>
// CHECK-LABEL: func.func @tile_of_gpu
func.func @tile_of_gpu(%x: tensor<75xf32>, %e: tensor<75xf32>) -> tensor<75xf32>
    attributes {norm.strategy = #norm.strategy<vector_bits = 128, gpu = <row_threads = 16, block_rows = 1, thread_elements = 4, row_tile = 64, row_blocks = 1>>} {
  // CHECK: scf.for %[[J:.*]] = %c0 to %c75 step %c64
  // CHECK: affine.min #[[SIZE]](%[[J]])
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<?xf32>)
  // CHECK-NOT: linalg.generic
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<75xf32>) outs(%e : tensor<75xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.negf %a : f32
    linalg.yield %t : f32
  } -> tensor<75xf32>
  return %y : tensor<75xf32>
}

// -----

#id = affine_map<(i) -> (i)>

// Of 128 elements times any number no rest is left.
// CHECK-LABEL: func.func @multiple
func.func @multiple(%memory: tensor<?xf32>, %n: index) -> tensor<?xf32> {
  // CHECK-COUNT-1: scf.for
  // CHECK-NOT: scf.for
  // CHECK: return
  %c128 = arith.constant 128 : index
  %size = arith.muli %n, %c128 : index
  %x = tensor.extract_slice %memory[0] [%size] [1] : tensor<?xf32> to tensor<?xf32>
  %e = tensor.empty(%size) : tensor<?xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.negf %a : f32
    linalg.yield %t : f32
  } -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

#id = affine_map<(i) -> (i)>

// Half as many where a vector has 256 bits, but not of bf16.
// CHECK-LABEL: func.func @half_tiles
func.func @half_tiles(%x: tensor<128xf32>, %b: tensor<128xbf16>, %e: tensor<128xf32>) -> (tensor<128xf32>, tensor<128xf32>)
    attributes {norm.strategy = #norm.strategy<vector_bits = 256>} {
  // CHECK: scf.for %{{.*}} = %c0 to %c128 step %c32
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<32xf32>)
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<128xf32>) outs(%e : tensor<128xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.negf %a : f32
    linalg.yield %t : f32
  } -> tensor<128xf32>
  // CHECK: scf.for %{{.*}} = %c0 to %c128 step %c64
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<64xbf16>)
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%b : tensor<128xbf16>) outs(%e : tensor<128xf32>) {
  ^bb0(%a: bf16, %o: f32):
    %t = arith.extf %a : bf16 to f32
    linalg.yield %t : f32
  } -> tensor<128xf32>
  return %y, %z : tensor<128xf32>, tensor<128xf32>
}

// -----

#matrix = affine_map<(r, c) -> (r, c)>
#column = affine_map<(r, c) -> (c)>

// Rows of two matrices of up to four tiles are summed as they lie, longer ones, those that
// are no whole tiles and those of one matrix some columns at a time.
// CHECK-LABEL: func.func @sums_over_rows
func.func @sums_over_rows(%x: tensor<?x256xf32>, %x2: tensor<?x256xf32>, %y: tensor<?x192xbf16>, %z: tensor<?x320xf32>, %w: tensor<?x100xf32>,
    %a: tensor<256xf32>, %b: tensor<192xf32>, %c: tensor<320xf32>, %d: tensor<100xf32>)
    -> (tensor<256xf32>, tensor<192xf32>, tensor<320xf32>, tensor<100xf32>) {
  // CHECK-NOT: scf.for
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<?x256xf32>, tensor<?x256xf32>)
  %p = linalg.generic {indexing_maps = [#matrix, #matrix, #column], iterator_types = ["reduction", "parallel"]}
      ins(%x, %x2 : tensor<?x256xf32>, tensor<?x256xf32>) outs(%a : tensor<256xf32>) {
  ^bb0(%e: f32, %f: f32, %o: f32):
    %u = arith.mulf %e, %f : f32
    %t = arith.addf %o, %u : f32
    linalg.yield %t : f32
  } -> tensor<256xf32>
  // CHECK: scf.for
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<?x64xf32>)
  %one = linalg.generic {indexing_maps = [#matrix, #column], iterator_types = ["reduction", "parallel"]}
      ins(%x : tensor<?x256xf32>) outs(%p : tensor<256xf32>) {
  ^bb0(%e: f32, %o: f32):
    %t = arith.addf %o, %e : f32
    linalg.yield %t : f32
  } -> tensor<256xf32>
  // CHECK: scf.for
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<?x64xbf16>)
  %q = linalg.generic {indexing_maps = [#matrix, #column], iterator_types = ["reduction", "parallel"]}
      ins(%y : tensor<?x192xbf16>) outs(%b : tensor<192xf32>) {
  ^bb0(%e: bf16, %o: f32):
    %v = arith.extf %e : bf16 to f32
    %t = arith.addf %o, %v : f32
    linalg.yield %t : f32
  } -> tensor<192xf32>
  // CHECK: scf.for
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<?x64xf32>)
  %r = linalg.generic {indexing_maps = [#matrix, #column], iterator_types = ["reduction", "parallel"]}
      ins(%z : tensor<?x320xf32>) outs(%c : tensor<320xf32>) {
  ^bb0(%e: f32, %o: f32):
    %t = arith.addf %o, %e : f32
    linalg.yield %t : f32
  } -> tensor<320xf32>
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<?x64xf32>)
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<?x36xf32>)
  %s = linalg.generic {indexing_maps = [#matrix, #column], iterator_types = ["reduction", "parallel"]}
      ins(%w : tensor<?x100xf32>) outs(%d : tensor<100xf32>) {
  ^bb0(%e: f32, %o: f32):
    %t = arith.addf %o, %e : f32
    linalg.yield %t : f32
  } -> tensor<100xf32>
  return %one, %q, %r, %s : tensor<256xf32>, tensor<192xf32>, tensor<320xf32>, tensor<100xf32>
}
