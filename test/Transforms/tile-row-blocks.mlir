// RUN: norm-opt %s --norm-tile-row-blocks --canonicalize --cse --split-input-file --verify-diagnostics | FileCheck %s

// 4096 rows: 57 blocks of 72 rows, each in groups of 8.
// CHECK-LABEL: func.func @grad
// CHECK-SAME: %[[DY:.*]]: tensor<4096x128xf32>, %[[X:.*]]: tensor<4096x128xf32>
// CHECK: %[[LOOP:.*]]:2 = scf.forall (%{{.*}}) in (57)
// CHECK: norm.loop_schedule <vector_bits = 256>
// CHECK: linalg.fill
// CHECK: scf.for %{{.*}} = %c0 to %{{.*}} step %c8
// CHECK: %[[DYS:.*]] = tensor.extract_slice %[[DY]]
// CHECK: %[[XS:.*]] = tensor.extract_slice %[[X]]
// CHECK: norm.rmsnorm_grad %[[DYS]], %[[XS]], %{{.*}} -> tensor<?x128xf32>
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]} ins(%[[DYS]], %[[XS]]
// The other blocks are added to the first.
// CHECK: %[[FIRST:.*]] = tensor.extract_slice %[[LOOP]]#1[0, 0] [1, 128]
// CHECK: %[[OTHERS:.*]] = tensor.extract_slice %[[LOOP]]#1[1, 0] [56, 128]
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]} ins(%[[OTHERS]] : {{.*}}) outs(%[[FIRST]]
func.func @grad(%dy: tensor<4096x128xf32>, %x: tensor<4096x128xf32>, %r: tensor<4096xf32>)
    -> (tensor<4096x128xf32>, tensor<128xf32>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1) {strategy = #norm.strategy<vector_bits = 256>}
    : (tensor<4096x128xf32>, tensor<4096x128xf32>, tensor<4096xf32>)
    -> (tensor<4096x128xf32>, tensor<128xf32>)
  return %dx, %dg : tensor<4096x128xf32>, tensor<128xf32>
}

// -----

// Without rows there is one empty block, without loop, whose sums are zeros; a
// sum of another type is rounded at the end.
// CHECK-LABEL: func.func @no_rows
// CHECK-NOT: scf.forall
// CHECK: linalg.fill
// CHECK: arith.truncf %{{.*}} : f32 to f16
func.func @no_rows(%dy: tensor<0x8xf16>, %x: tensor<0x8xf16>, %r: tensor<0xf32>)
    -> (tensor<0x8xf16>, tensor<8xf16>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<0x8xf16>, tensor<0x8xf16>, tensor<0xf32>) -> (tensor<0x8xf16>, tensor<8xf16>)
  return %dx, %dg : tensor<0x8xf16>, tensor<8xf16>
}

// -----

// Rows without sums are tiled one by one, elsewhere.
// CHECK-LABEL: func.func @dx_alone
// CHECK-NOT: scf.forall
func.func @dx_alone(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>) -> tensor<4x8xf32> {
  %dx = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return %dx : tensor<4x8xf32>
}

// -----

func.func @two_row_dims(%dy: tensor<2x4x8xf32>, %x: tensor<2x4x8xf32>, %r: tensor<2x4xf32>)
    -> (tensor<2x4x8xf32>, tensor<8xf32>) {
  // expected-error@below {{cannot be tiled: expected x of rank 2 and axis 1, found rank 3 and axis 2; run norm-collapse-rows first}}
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(2)
    : (tensor<2x4x8xf32>, tensor<2x4x8xf32>, tensor<2x4xf32>) -> (tensor<2x4x8xf32>, tensor<8xf32>)
  return %dx, %dg : tensor<2x4x8xf32>, tensor<8xf32>
}
