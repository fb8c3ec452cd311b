// RUN: norm-opt %s --norm-tile-rows --canonicalize --cse --split-input-file --verify-diagnostics | FileCheck %s

// 4096 rows: 57 blocks of 72 rows. A row gives dx and is added to the sums.
// CHECK-LABEL: func.func @grad
// CHECK-SAME: %[[DY:.*]]: tensor<4096x128xf32>, %[[X:.*]]: tensor<4096x128xf32>
// CHECK: %[[LOOP:.*]]:2 = scf.forall (%{{.*}}) in (57)
// CHECK: norm.loop_schedule <vector_bits = 256>
// CHECK: linalg.fill
// CHECK: scf.for %{{.*}} = %c0 to %{{.*}} step %c1
// CHECK: norm.loop_schedule <vector_bits = 256>
// CHECK: %[[DYS:.*]] = tensor.extract_slice %[[DY]]
// CHECK: %[[XS:.*]] = tensor.extract_slice %[[X]]
// CHECK: norm.rmsnorm_grad %[[DYS]], %[[XS]], %{{.*}} -> tensor<1x128xf32>
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]} ins(%[[DYS]], %[[XS]]
// The blocks are added in their order.
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]} ins(%[[LOOP]]#1
func.func @grad(%dy: tensor<4096x128xf32>, %x: tensor<4096x128xf32>, %r: tensor<4096xf32>)
    -> (tensor<4096x128xf32>, tensor<128xf32>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1) {strategy = #norm.strategy<vector_bits = 256>}
    : (tensor<4096x128xf32>, tensor<4096x128xf32>, tensor<4096xf32>)
    -> (tensor<4096x128xf32>, tensor<128xf32>)
  return %dx, %dg : tensor<4096x128xf32>, tensor<128xf32>
}

// -----

// Elementwise ops on both sides and a norm op of the same rows work on the row.
// CHECK-LABEL: func.func @region
// CHECK: scf.forall
// CHECK: scf.for
// CHECK: %[[G:.*]] = linalg.mul
// CHECK: %[[Y:.*]]:2 = norm.rmsnorm {{.*}} -> (tensor<1x8xf32>, tensor<1xf32>)
// CHECK: %[[DX:.*]] = norm.rmsnorm_grad %[[G]], %{{.*}}, %[[Y]]#1
// CHECK: linalg.add ins(%[[DX]]
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]} ins(%[[G]]
func.func @region(%dy: tensor<?x8xf32>, %x: tensor<?x8xf32>, %m: tensor<?x8xf32>, %e: tensor<?x8xf32>)
    -> (tensor<?x8xf32>, tensor<8xf32>) {
  %y, %r = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?xf32>)
  %g = linalg.mul ins(%dy, %m : tensor<?x8xf32>, tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %dx, %dg = norm.rmsnorm_grad %g, %x, %r axis(1)
    : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?xf32>) -> (tensor<?x8xf32>, tensor<8xf32>)
  %z = linalg.add ins(%dx, %dy : tensor<?x8xf32>, tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %z, %dg : tensor<?x8xf32>, tensor<8xf32>
}

// -----

// A sum that nobody uses is not carried.
// CHECK-LABEL: func.func @dbeta_alone
// CHECK: scf.for {{.*}} -> (tensor<8xf32>)
// CHECK-NOT: norm.rmsnorm_grad
// CHECK: return
func.func @dbeta_alone(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>) -> tensor<8xf32> {
  %0:3 = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>)
  return %0#2 : tensor<8xf32>
}

// -----

// The partial sums of a block start at a line of the cache.
// CHECK-LABEL: func.func @odd_width
// CHECK: scf.forall {{.*}} -> (tensor<16x17xf32>, tensor<2x32xf32>)
// CHECK: tensor.extract_slice %{{.*}}[%{{.*}}, 0] [1, 17] [1, 1] : tensor<2x32xf32> to tensor<17xf32>
func.func @odd_width(%dy: tensor<16x17xf32>, %x: tensor<16x17xf32>, %r: tensor<16xf32>)
    -> (tensor<16x17xf32>, tensor<17xf32>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<16x17xf32>, tensor<16x17xf32>, tensor<16xf32>) -> (tensor<16x17xf32>, tensor<17xf32>)
  return %dx, %dg : tensor<16x17xf32>, tensor<17xf32>
}

// -----

// Without rows the sums are zeros.
// CHECK-LABEL: func.func @no_rows
// CHECK-NOT: scf.forall
// CHECK: linalg.fill {{.*}} -> tensor<8xf16>
func.func @no_rows(%dy: tensor<0x8xf16>, %x: tensor<0x8xf16>, %r: tensor<0xf32>)
    -> (tensor<0x8xf16>, tensor<8xf16>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<0x8xf16>, tensor<0x8xf16>, tensor<0xf32>) -> (tensor<0x8xf16>, tensor<8xf16>)
  return %dx, %dg : tensor<0x8xf16>, tensor<8xf16>
}

// -----

// Rows without sums need no blocks.
// CHECK-LABEL: func.func @dx_alone
// CHECK: scf.forall (%{{.*}}) in (4)
// CHECK-NOT: scf.for %
func.func @dx_alone(%dy: tensor<4x8xf32>, %x: tensor<4x8xf32>, %r: tensor<4xf32>) -> tensor<4x8xf32> {
  %dx = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return %dx : tensor<4x8xf32>
}

// -----

func.func @two_row_dims(%dy: tensor<2x4x8xf32>, %x: tensor<2x4x8xf32>, %r: tensor<2x4xf32>)
    -> (tensor<2x4x8xf32>, tensor<8xf32>) {
  // expected-error@below {{cannot be tiled: expected one dim of rows beside sums over them, found 2; run norm-collapse-rows first}}
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(2)
    : (tensor<2x4x8xf32>, tensor<2x4x8xf32>, tensor<2x4xf32>) -> (tensor<2x4x8xf32>, tensor<8xf32>)
  return %dx, %dg : tensor<2x4x8xf32>, tensor<8xf32>
}
