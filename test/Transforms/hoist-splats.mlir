// RUN: norm-opt %s --norm-hoist-splats --split-input-file | FileCheck %s

// A scalar is read once, in front of all loops that do not change it; what is
// read of the row stays, even where it is the same in all rows.
// CHECK-LABEL: func.func @scale
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x64xf32>, %[[G:[^:]*]]: tensor<64xf32>, %[[S:[^:]*]]: tensor<f32>
func.func @scale(%x: tensor<?x64xf32>, %g: tensor<64xf32>, %s: tensor<f32>, %m: index) -> tensor<?x64xf32> {
  // CHECK: %[[SV:.*]] = vector.transfer_read %[[S]]
  // CHECK: scf.for
  // CHECK: vector.transfer_read %{{.*}} : tensor<?x64xf32>, vector<64xf32>
  // CHECK: vector.transfer_read %[[G]]
  // CHECK: arith.mulf %{{.*}}, %[[SV]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %p = ub.poison : f32
  %y = scf.for %i = %c0 to %m step %c1 iter_args(%t = %x) -> (tensor<?x64xf32>) {
    %xv = vector.transfer_read %t[%i, %c0], %p {in_bounds = [true]} : tensor<?x64xf32>, vector<64xf32>
    %gv = vector.transfer_read %g[%c0], %p {in_bounds = [true]} : tensor<64xf32>, vector<64xf32>
    %sv = vector.transfer_read %s[], %p {in_bounds = [true], permutation_map = affine_map<() -> (0)>} : tensor<f32>, vector<64xf32>
    %a = arith.mulf %xv, %sv : vector<64xf32>
    %b = arith.mulf %a, %gv : vector<64xf32>
    %w = vector.transfer_write %b, %t[%i, %c0] {in_bounds = [true]} : vector<64xf32>, tensor<?x64xf32>
    scf.yield %w : tensor<?x64xf32>
  }
  return %y : tensor<?x64xf32>
}

// -----

// The scalar of a row stays in the loop over rows.
// CHECK-LABEL: func.func @rrms
func.func @rrms(%x: tensor<?x4096xf32>, %r: tensor<?xf32>, %m: index) -> tensor<?x4096xf32> {
  // CHECK: scf.for %[[I:[^ ]*]] =
  // CHECK: %[[R:.*]] = tensor.extract %{{.*}}[%[[I]]]
  // CHECK: %[[V:.*]] = vector.broadcast %[[R]]
  // CHECK: scf.for
  // CHECK: arith.mulf %{{.*}}, %[[V]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c4096 = arith.constant 4096 : index
  %p = ub.poison : f32
  %y = scf.for %i = %c0 to %m step %c1 iter_args(%t = %x) -> (tensor<?x4096xf32>) {
    %row = scf.for %j = %c0 to %c4096 step %c64 iter_args(%u = %t) -> (tensor<?x4096xf32>) {
      %xv = vector.transfer_read %u[%i, %j], %p {in_bounds = [true]} : tensor<?x4096xf32>, vector<64xf32>
      %s = tensor.extract %r[%i] : tensor<?xf32>
      %sv = vector.broadcast %s : f32 to vector<64xf32>
      %a = arith.mulf %xv, %sv : vector<64xf32>
      %w = vector.transfer_write %a, %u[%i, %j] {in_bounds = [true]} : vector<64xf32>, tensor<?x4096xf32>
      scf.yield %w : tensor<?x4096xf32>
    }
    scf.yield %row : tensor<?x4096xf32>
  }
  return %y : tensor<?x4096xf32>
}

// -----

// With bf16 there is no register for it.
// CHECK-LABEL: func.func @bf16
func.func @bf16(%x: tensor<?x64xbf16>, %s: tensor<f32>, %m: index) -> tensor<?x64xbf16> {
  // CHECK: scf.for
  // CHECK: vector.transfer_read %{{.*}} : tensor<f32>, vector<64xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %p = ub.poison : f32
  %q = ub.poison : bf16
  %y = scf.for %i = %c0 to %m step %c1 iter_args(%t = %x) -> (tensor<?x64xbf16>) {
    %xv = vector.transfer_read %t[%i, %c0], %q {in_bounds = [true]} : tensor<?x64xbf16>, vector<64xbf16>
    %sv = vector.transfer_read %s[], %p {in_bounds = [true], permutation_map = affine_map<() -> (0)>} : tensor<f32>, vector<64xf32>
    %e = arith.extf %xv : vector<64xbf16> to vector<64xf32>
    %a = arith.mulf %e, %sv : vector<64xf32>
    %b = arith.truncf %a : vector<64xf32> to vector<64xbf16>
    %w = vector.transfer_write %b, %t[%i, %c0] {in_bounds = [true]} : vector<64xbf16>, tensor<?x64xbf16>
    scf.yield %w : tensor<?x64xbf16>
  }
  return %y : tensor<?x64xbf16>
}
