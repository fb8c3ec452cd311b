// Rows with fewer elements than pay off are joined where parameters are broadcast
// along them.
// RUN: norm-opt %s --norm-tile-rows --canonicalize --cse --split-input-file | FileCheck %s

#id = affine_map<(r, c) -> (r, c)>
#column = affine_map<(r, c) -> (c)>

// A wide row has 336 rows of 3: 21 times 16, which begin at cache lines. Fewer
// if there are not 8 times as many. The last one may be shorter.
// CHECK-LABEL: func.func @columns
// CHECK-SAME: (%[[X:.*]]: tensor<?x3xf32>, %[[B:.*]]: tensor<3xf32>
func.func @columns(%x: tensor<?x3xf32>, %b: tensor<3xf32>, %o: tensor<?x3xf32>) -> tensor<?x3xf32>
    attributes {norm.strategy = #norm.strategy<vector_bits = 256>} {
  // CHECK: %[[WIDTH:.*]] = arith.muli %{{.*}}, %c3
  // CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0, 1]]
  // CHECK: %[[FEW:.*]] = arith.divui %[[WIDTH]], %c24
  // CHECK: %[[MIN:.*]] = arith.minui %[[FEW]], %c336
  // CHECK: %[[TIMES:.*]] = arith.maxui %[[MIN]], %c1
  // CHECK: %[[CHUNK:.*]] = arith.muli %[[TIMES]], %c3
  // CHECK: %[[REPEATED:.*]] = scf.for %[[I:.*]] = %c0 to %[[TIMES]]
  // CHECK:   %[[AT:.*]] = arith.muli %[[I]], %c3
  // CHECK:   tensor.insert_slice %[[B]] into %{{.*}}[%[[AT]]] [3] [1]
  // CHECK: %[[LOOP:.*]] = scf.forall (%[[J:.*]]) in
  // CHECK-NEXT: norm.loop_schedule
  // CHECK:   %[[OFFSET:.*]] = arith.muli %[[J]], %[[CHUNK]]
  // CHECK:   %[[REST:.*]] = arith.subi %[[WIDTH]], %[[OFFSET]]
  // CHECK:   %[[SIZE:.*]] = arith.minui %[[CHUNK]], %[[REST]]
  // CHECK:   tensor.extract_slice %[[REPEATED]][0] [%[[SIZE]]] [1]
  // CHECK:   tensor.extract_slice %[[FLAT]][%[[OFFSET]]] [%[[SIZE]]] [1]
  // CHECK:   linalg.generic {{.*}} iterator_types = ["parallel"]
  // CHECK:   tensor.parallel_insert_slice {{.*}}[%[[OFFSET]]] [%[[SIZE]]] [1]
  // CHECK: tensor.expand_shape %[[LOOP]] {{\[\[}}0, 1]]
  %y = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %b : tensor<?x3xf32>, tensor<3xf32>) outs(%o : tensor<?x3xf32>) {
  ^bb0(%v: f32, %a: f32, %old: f32):
    %s = arith.addf %v, %a : f32
    linalg.yield %s : f32
  } -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// -----

// Rows of [C * L] if L is less than 32, else rows of L.
// CHECK-LABEL: func.func @channels
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<4x?x?xf32>, %[[V:[a-z0-9]*]]: tensor<?xf32>
func.func @channels(%x: tensor<4x?x?xf32>, %v: tensor<?xf32>) -> tensor<4x?x?xf32> {
  // CHECK: %[[C:.*]] = tensor.dim %[[X]], %c1
  // CHECK: %[[L:.*]] = tensor.dim %[[X]], %c2
  // CHECK: %[[VIEW:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1, 2]]
  // CHECK: %[[LONG:.*]] = arith.cmpi uge, %[[L]], %c32
  // CHECK: arith.select %[[LONG]], %c0, %[[C]]
  // CHECK: %[[WIDE:.*]] = arith.select %[[LONG]], %c0, %c4
  // CHECK: %[[ROWS:.*]] = arith.select %[[LONG]], %c4, %c0
  // CHECK: scf.for
  // CHECK: scf.forall (%[[I:.*]]) in (%[[WIDE]])
  // CHECK:   tensor.extract_slice %[[VIEW]][%[[I]], 0]
  // CHECK:   linalg.generic
  // CHECK: %[[LOOP:.*]] = scf.forall (%[[N:.*]], %[[K:.*]]) in (%[[ROWS]], %[[C]])
  // CHECK:   tensor.extract_slice %[[V]][%[[K]]] [1] [1] : tensor<?xf32> to tensor<f32>
  // CHECK:   linalg.generic
  // CHECK: tensor.expand_shape %[[LOOP]] {{\[\[}}0], [1, 2]]
  %dx = norm.channel_backprop %x, %v, %v, %v, %v, %x layout(NCHW)
    : (tensor<4x?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<4x?x?xf32>) -> tensor<4x?x?xf32>
  return %dx : tensor<4x?x?xf32>
}

// -----

// One pixel: the rows of channels that there would be in NHWC.
// CHECK-LABEL: func.func @one_pixel
// CHECK: scf.forall (%{{.*}}) in (4)
// CHECK: linalg.generic {{.*}} ins({{.*}}tensor<1x70xf32>
// CHECK-NOT: scf.forall (
func.func @one_pixel(%x: tensor<4x70x1xf32>, %v: tensor<70xf32>) -> tensor<4x70x1xf32> {
  %dx = norm.channel_backprop %x, %v, %v, %v, %v, %x layout(NCHW)
    : (tensor<4x70x1xf32>, tensor<70xf32>, tensor<70xf32>, tensor<70xf32>, tensor<70xf32>, tensor<4x70x1xf32>) -> tensor<4x70x1xf32>
  return %dx : tensor<4x70x1xf32>
}

// -----

// Rows that are long enough stay, as do those of GPUs, on which threads share
// them.
// CHECK-LABEL: func.func @long_channels
// CHECK-NOT: tensor.collapse_shape
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (4, 70)
func.func @long_channels(%x: tensor<4x70x32xf32>, %v: tensor<70xf32>) -> tensor<4x70x32xf32> {
  %dx = norm.channel_backprop %x, %v, %v, %v, %v, %x layout(NCHW)
    : (tensor<4x70x32xf32>, tensor<70xf32>, tensor<70xf32>, tensor<70xf32>, tensor<70xf32>, tensor<4x70x32xf32>) -> tensor<4x70x32xf32>
  return %dx : tensor<4x70x32xf32>
}
// CHECK-LABEL: func.func @many_channels
// CHECK-NOT: tensor.collapse_shape
// CHECK: scf.forall (%{{.*}}) in (4)
func.func @many_channels(%x: tensor<4x256xf32>, %v: tensor<256xf32>) -> tensor<4x256xf32> {
  %dx = norm.channel_backprop %x, %v, %v, %v, %v, %x layout(NHWC)
    : (tensor<4x256xf32>, tensor<256xf32>, tensor<256xf32>, tensor<256xf32>, tensor<256xf32>, tensor<4x256xf32>) -> tensor<4x256xf32>
  return %dx : tensor<4x256xf32>
}
// CHECK-LABEL: func.func @on_a_gpu
// CHECK-NOT: tensor.collapse_shape
// CHECK: scf.forall (%{{.*}}) in (4)
func.func @on_a_gpu(%x: tensor<4x3xf32>, %v: tensor<3xf32>) -> tensor<4x3xf32> {
  %dx = norm.channel_backprop %x, %v, %v, %v, %v, %x layout(NHWC)
    {strategy = #norm.strategy<vector_bits = 128, gpu = <row_threads = 128, block_rows = 1, thread_elements = 4, row_tile = 1024, row_blocks = 256>>}
    : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  return %dx : tensor<4x3xf32>
}
