// RUN: norm-opt %s --norm-expand-bf16 --canonicalize --split-input-file | FileCheck %s

// What is computed from bf16 has no NaN that rounding could make a number of.
// CHECK-LABEL: func.func @of_bf16
// CHECK-NOT: arith.cmpf uno
// CHECK: return
func.func @of_bf16(%x: vector<64xbf16>, %y: vector<64xbf16>) -> vector<64xbf16> {
  %c = arith.constant dense<3.0> : vector<64xf32>
  %a = arith.extf %x : vector<64xbf16> to vector<64xf32>
  %b = arith.extf %y : vector<64xbf16> to vector<64xf32>
  %q = arith.divf %a, %b : vector<64xf32>
  %f = vector.fma %q, %c, %a : vector<64xf32>
  %m = arith.maximumf %f, %b : vector<64xf32>
  %z = arith.truncf %m : vector<64xf32> to vector<64xbf16>
  return %z : vector<64xbf16>
}

// -----

// Nor has a sum of such, carried by a loop.
// CHECK-LABEL: func.func @of_a_sum
// CHECK-NOT: arith.cmpf uno
// CHECK: return
func.func @of_a_sum(%x: memref<?xbf16>, %n: index, %y: vector<64xbf16>) -> vector<64xbf16> {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant dense<0.0> : vector<64xf32>
  %sum = scf.for %j = %c0 to %n step %c64 iter_args(%s = %zero) -> (vector<64xf32>) {
    %b = vector.load %x[%j] : memref<?xbf16>, vector<64xbf16>
    %w = arith.extf %b : vector<64xbf16> to vector<64xf32>
    %t = vector.fma %w, %w, %s : vector<64xf32>
    scf.yield %t : vector<64xf32>
  }
  %all = vector.reduction <add>, %sum : vector<64xf32> into f32
  %root = math.sqrt %all : f32
  %r = vector.broadcast %root : f32 to vector<64xf32>
  %w = arith.extf %y : vector<64xbf16> to vector<64xf32>
  %p = arith.mulf %w, %r : vector<64xf32>
  %z = arith.truncf %p : vector<64xf32> to vector<64xbf16>
  return %z : vector<64xbf16>
}

// -----

// The NaN of a scalar is made the default one, once, and for that use alone.
// CHECK-LABEL: func.func @of_a_scalar
// CHECK-SAME: %[[S:[^:]*]]: f32,
func.func @of_a_scalar(%s: f32, %x: memref<?xbf16>, %n: index) -> f32 {
  // CHECK: %[[NAN:.*]] = arith.constant 0x7FC00000 : f32
  // CHECK: %[[IS_NAN:.*]] = arith.cmpf uno, %[[S]], %[[S]] : f32
  // CHECK: %[[C:.*]] = arith.select %[[IS_NAN]], %[[NAN]], %[[S]] : f32
  // CHECK: vector.broadcast %[[C]]
  // CHECK: scf.for
  // CHECK-NOT: arith.cmpf uno
  // CHECK: arith.negf %[[S]]
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %b = vector.broadcast %s : f32 to vector<64xf32>
  scf.for %j = %c0 to %n step %c64 {
    %v = vector.load %x[%j] : memref<?xbf16>, vector<64xbf16>
    %w = arith.extf %v : vector<64xbf16> to vector<64xf32>
    %p = arith.mulf %w, %b : vector<64xf32>
    %z = arith.truncf %p : vector<64xf32> to vector<64xbf16>
    vector.store %z, %x[%j] : memref<?xbf16>, vector<64xbf16>
  }
  %t = arith.negf %s : f32
  return %t : f32
}

// -----

// Values of a branch are those of both sides.
// CHECK-LABEL: func.func @of_a_branch
// CHECK: arith.cmpf uno, {{.*}} : vector<64xf32>
func.func @of_a_branch(%c: i1, %x: vector<64xbf16>, %y: vector<64xf32>) -> vector<64xbf16> {
  %v = scf.if %c -> (vector<64xf32>) {
    %w = arith.extf %x : vector<64xbf16> to vector<64xf32>
    scf.yield %w : vector<64xf32>
  } else {
    scf.yield %y : vector<64xf32>
  }
  %z = arith.truncf %v : vector<64xf32> to vector<64xbf16>
  return %z : vector<64xbf16>
}

// -----

// f16, f64 and bits may bring any NaN.
// CHECK-LABEL: func.func @of_others
// CHECK-COUNT-3: arith.cmpf uno, {{.*}} : vector<64xf32>
func.func @of_others(%x: vector<64xf16>, %y: vector<64xf64>, %i: vector<64xi32>)
    -> (vector<64xbf16>, vector<64xbf16>, vector<64xbf16>) {
  %a = arith.extf %x : vector<64xf16> to vector<64xf32>
  %b = arith.truncf %y : vector<64xf64> to vector<64xf32>
  %c = arith.bitcast %i : vector<64xi32> to vector<64xf32>
  %p = arith.truncf %a : vector<64xf32> to vector<64xbf16>
  %q = arith.truncf %b : vector<64xf32> to vector<64xbf16>
  %r = arith.truncf %c : vector<64xf32> to vector<64xbf16>
  return %p, %q, %r : vector<64xbf16>, vector<64xbf16>, vector<64xbf16>
}

// -----

// So may a constant.
// CHECK-LABEL: func.func @of_a_constant
// CHECK: arith.cmpf uno, {{.*}} : vector<64xf32>
func.func @of_a_constant(%x: vector<64xbf16>) -> vector<64xbf16> {
  %nan = arith.constant dense<0x7FFFFFFF> : vector<64xf32>
  %a = arith.extf %x : vector<64xbf16> to vector<64xf32>
  %p = arith.mulf %a, %nan : vector<64xf32>
  %z = arith.truncf %p : vector<64xf32> to vector<64xbf16>
  return %z : vector<64xbf16>
}

// -----

// The default NaN does no harm.
// CHECK-LABEL: func.func @of_the_default_nan
// CHECK-NOT: arith.cmpf uno
// CHECK: return
func.func @of_the_default_nan(%x: vector<64xbf16>) -> vector<64xbf16> {
  %nan = arith.constant dense<0x7FC00000> : vector<64xf32>
  %a = arith.extf %x : vector<64xbf16> to vector<64xf32>
  %p = arith.mulf %a, %nan : vector<64xf32>
  %z = arith.truncf %p : vector<64xf32> to vector<64xbf16>
  return %z : vector<64xbf16>
}

// -----

// A scalar may depend on itself.
// CHECK-LABEL: func.func @of_a_carried_scalar
// CHECK-NOT: arith.cmpf uno
// CHECK: return
func.func @of_a_carried_scalar(%n: index) -> vector<64xbf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %s = scf.for %j = %c0 to %n step %c1 iter_args(%a = %one) -> (f32) {
    %b = vector.broadcast %a : f32 to vector<64xf32>
    %r = vector.reduction <add>, %b : vector<64xf32> into f32
    scf.yield %r : f32
  }
  %b = vector.broadcast %s : f32 to vector<64xf32>
  %z = arith.truncf %b : vector<64xf32> to vector<64xbf16>
  return %z : vector<64xbf16>
}

// -----

// What is not known to come from bf16 is compared.
// CHECK-LABEL: func.func @of_a_parallel_sum
// CHECK: arith.cmpf uno
func.func @of_a_parallel_sum(%x: memref<?xbf16>, %n: index) -> bf16 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %s = scf.parallel (%j) = (%c0) to (%n) step (%c1) init (%zero) -> f32 {
    %v = memref.load %x[%j] : memref<?xbf16>
    %w = arith.extf %v : bf16 to f32
    scf.reduce(%w : f32) {
    ^bb0(%a: f32, %b: f32):
      %m = arith.addf %a, %b : f32
      scf.reduce.return %m : f32
    }
  }
  %z = arith.truncf %s : f32 to bf16
  return %z : bf16
}
