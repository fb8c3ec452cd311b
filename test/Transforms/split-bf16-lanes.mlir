// RUN: norm-opt %s --norm-split-bf16-lanes=vector-bits=1024 --split-input-file | FileCheck %s
// RUN: norm-opt %s --norm-split-bf16-lanes=vector-bits=512 --split-input-file | FileCheck %s --check-prefix=TWO

// Neighbours are widened where they are, and narrowed there; what is the same
// in all lanes is needed once for each half.
// With registers of half a tile, the first comes before the second.
// TWO-LABEL: func.func @scale
// TWO-SAME: (%[[X:.*]]: vector<64xbf16>
// TWO: %[[X0:.*]] = vector.extract_strided_slice %[[X]] {offsets = [0], sizes = [32]
// TWO: vector.bitcast %[[X0]] : vector<32xbf16> to vector<16xi32>
// TWO: arith.shli {{.*}} : vector<16xi32>
// TWO: %[[X1:.*]] = vector.extract_strided_slice %[[X]] {offsets = [32], sizes = [32]
// TWO-COUNT-4: arith.mulf {{.*}} : vector<16xf32>
// TWO: %[[Z0:.*]] = vector.bitcast %{{.*}} : vector<32xi16> to vector<32xbf16>
// TWO: %[[Z1:.*]] = vector.bitcast %{{.*}} : vector<32xi16> to vector<32xbf16>
// TWO: vector.insert_strided_slice %[[Z0]], %{{.*}} {offsets = [0]
// TWO: %[[Z:.*]] = vector.insert_strided_slice %[[Z1]], %{{.*}} {offsets = [32]
// TWO: return %[[Z]]
// CHECK-LABEL: func.func @scale
// CHECK-SAME: (%[[X:.*]]: vector<64xbf16>, %[[S:.*]]: f32)
func.func @scale(%x: vector<64xbf16>, %s: f32) -> vector<64xbf16> {
  // CHECK: %[[PAIRS:.*]] = vector.bitcast %[[X]] : vector<64xbf16> to vector<32xi32>
  // CHECK: %[[LOW:.*]] = arith.shli %[[PAIRS]], %{{.*}} : vector<32xi32>
  // CHECK: %[[HIGH:.*]] = arith.andi %[[PAIRS]], %{{.*}} : vector<32xi32>
  // CHECK: %[[EVEN:.*]] = arith.bitcast %[[LOW]] : vector<32xi32> to vector<32xf32>
  // CHECK: %[[ODD:.*]] = arith.bitcast %[[HIGH]] : vector<32xi32> to vector<32xf32>
  // CHECK: %[[B:.*]] = vector.broadcast %{{.*}} : f32 to vector<32xf32>
  // CHECK: %[[EVEN_Y:.*]] = arith.mulf %[[EVEN]], %[[B]] fastmath<nnan> : vector<32xf32>
  // CHECK: %[[ODD_Y:.*]] = arith.mulf %[[ODD]], %[[B]] fastmath<nnan> : vector<32xf32>
  // CHECK: %[[EVEN_BITS:.*]] = arith.bitcast %[[EVEN_Y]]
  // CHECK: %[[ODD_BITS:.*]] = arith.bitcast %[[ODD_Y]]
  // The halves that are kept, and those that are cut off.
  // CHECK: %[[EVEN_HIGH:.*]] = arith.shrui %[[EVEN_BITS]], %{{.*}} : vector<32xi32>
  // CHECK: %[[ODD_HIGH:.*]] = arith.andi %[[ODD_BITS]], %{{.*}} : vector<32xi32>
  // CHECK: %[[HIGH:.*]] = arith.ori %[[EVEN_HIGH]], %[[ODD_HIGH]]
  // CHECK: %[[KEPT:.*]] = vector.bitcast %[[HIGH]] : vector<32xi32> to vector<64xi16>
  // CHECK: %[[EVEN_LOW:.*]] = arith.andi %[[EVEN_BITS]], %{{.*}} : vector<32xi32>
  // CHECK: %[[ODD_LOW:.*]] = arith.shli %[[ODD_BITS]], %{{.*}} : vector<32xi32>
  // CHECK: %[[LOW:.*]] = arith.ori %[[EVEN_LOW]], %[[ODD_LOW]]
  // CHECK: %[[CUT:.*]] = vector.bitcast %[[LOW]] : vector<32xi32> to vector<64xi16>
  // CHECK: %[[NOT:.*]] = arith.xori %[[KEPT]], %{{.*}}
  // CHECK: %[[IS_EVEN:.*]] = arith.andi %[[NOT]], %{{.*}}
  // CHECK: %[[MORE:.*]] = llvm.intr.usub.sat(%[[CUT]], %[[IS_EVEN]])
  // CHECK: %[[CARRY:.*]] = arith.shrui %[[MORE]], %{{.*}} : vector<64xi16>
  // CHECK: %[[Z:.*]] = arith.addi %[[KEPT]], %[[CARRY]] : vector<64xi16>
  // CHECK: vector.bitcast %[[Z]] : vector<64xi16> to vector<64xbf16>
  // CHECK-NOT: interleave
  // CHECK: return
  %w = arith.extf %x : vector<64xbf16> to vector<64xf32>
  %b = vector.broadcast %s : f32 to vector<64xf32>
  %y = arith.mulf %w, %b fastmath<nnan> : vector<64xf32>
  %z = arith.truncf %y : vector<64xf32> to vector<64xbf16>
  return %z : vector<64xbf16>
}

// -----

// A sum is carried in vectors of even and of odd lanes and put together for what
// adds its lanes. Of the first n lanes, n / 2 are odd and the others even; those
// of the second register count from its first lane on.
// TWO-LABEL: func.func @sum
// TWO-SAME: %[[N:[^:]*]]: index, %[[K:.*]]: index)
// TWO: vector.maskedload
// TWO: %[[C31:.*]] = arith.constant -31 : index
// TWO: %[[UP:.*]] = arith.addi %[[K]], %[[C31]]
// TWO: %[[NUM:.*]] = arith.shrsi %[[UP]]
// TWO: vector.create_mask %[[NUM]] : vector<16xi1>
// CHECK-LABEL: func.func @sum
// CHECK-SAME: %[[N:[^:]*]]: index, %[[K:.*]]: index)
func.func @sum(%x: memref<?xbf16>, %n: index, %k: index) -> vector<64xf32> {
  // CHECK: %[[MASK:.*]] = vector.create_mask %[[K]] : vector<64xi1>
  // CHECK: %[[SUM:.*]]:2 = scf.for {{.*}} -> (vector<32xf32>, vector<32xf32>)
  // CHECK: vector.fma %{{.*}} : vector<32xf32>
  // CHECK: vector.fma %{{.*}} : vector<32xf32>
  // CHECK: scf.yield %{{.*}}, %{{.*}} : vector<32xf32>, vector<32xf32>
  // CHECK: vector.maskedload %{{.*}}, %[[MASK]]
  // CHECK: %[[UP:.*]] = arith.addi %[[K]], %{{.*}} : index
  // CHECK: %[[NUM_EVEN:.*]] = arith.shrsi %[[UP]]
  // CHECK: %[[EVEN_MASK:.*]] = vector.create_mask %[[NUM_EVEN]] : vector<32xi1>
  // CHECK: %[[EVEN:.*]] = arith.select %[[EVEN_MASK]], %{{.*}}, %[[SUM]]#0
  // CHECK: %[[DOWN:.*]] = arith.addi %[[K]], %{{.*}} : index
  // CHECK: %[[NUM_ODD:.*]] = arith.shrsi %[[DOWN]]
  // CHECK: %[[ODD_MASK:.*]] = vector.create_mask %[[NUM_ODD]] : vector<32xi1>
  // CHECK: %[[ODD:.*]] = arith.select %[[ODD_MASK]], %{{.*}}, %[[SUM]]#1
  // CHECK: %[[ALL:.*]] = vector.interleave %[[EVEN]], %[[ODD]] : vector<32xf32> -> vector<64xf32>
  // CHECK: return %[[ALL]]
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant dense<0.0> : vector<64xf32>
  %pad = arith.constant dense<0.0> : vector<64xbf16>
  %mask = vector.create_mask %k : vector<64xi1>
  %sum = scf.for %j = %c0 to %n step %c64 iter_args(%a = %zero) -> (vector<64xf32>) {
    %v = vector.load %x[%j] : memref<?xbf16>, vector<64xbf16>
    %w = arith.extf %v : vector<64xbf16> to vector<64xf32>
    %b = vector.fma %w, %w, %a : vector<64xf32>
    scf.yield %b : vector<64xf32>
  }
  %v = vector.maskedload %x[%n], %mask, %pad : memref<?xbf16>, vector<64xi1>, vector<64xbf16> into vector<64xbf16>
  %w = arith.extf %v : vector<64xbf16> to vector<64xf32>
  %b = vector.fma %w, %w, %sum : vector<64xf32>
  %all = arith.select %mask, %b, %sum : vector<64xi1>, vector<64xf32>
  return %all : vector<64xf32>
}

// -----

// f32 in memory are in their order there.
// CHECK-LABEL: func.func @f32_in_memory
// CHECK-SAME: %[[GAMMA:[^:]*]]: memref<64xf32>
func.func @f32_in_memory(%x: vector<64xbf16>, %y: vector<64xbf16>, %gamma: memref<64xf32>) {
  // CHECK: %[[G:.*]] = vector.load %[[GAMMA]]
  // CHECK: %[[EVEN:.*]], %[[ODD:.*]] = vector.deinterleave %[[G]] : vector<64xf32> -> vector<32xf32>
  // CHECK: %[[EVEN_Y:.*]] = vector.fma %{{.*}}, %[[EVEN]]
  // CHECK: %[[ODD_Y:.*]] = vector.fma %{{.*}}, %[[ODD]]
  // CHECK: %[[Y:.*]] = vector.interleave %[[EVEN_Y]], %[[ODD_Y]]
  // CHECK: vector.store %[[Y]], %[[GAMMA]]
  %c0 = arith.constant 0 : index
  %v = arith.extf %x : vector<64xbf16> to vector<64xf32>
  %w = arith.extf %y : vector<64xbf16> to vector<64xf32>
  %g = vector.load %gamma[%c0] : memref<64xf32>, vector<64xf32>
  %z = vector.fma %v, %w, %g : vector<64xf32>
  vector.store %z, %gamma[%c0] : memref<64xf32>, vector<64xf32>
  return
}

// -----

// More of them than of bf16 would cost more than is saved.
// CHECK-LABEL: func.func @more_f32_in_memory
func.func @more_f32_in_memory(%x: vector<64xbf16>, %gamma: memref<64xf32>) {
  // CHECK: arith.extf %{{.*}} : vector<64xbf16> to vector<64xf32>
  // CHECK-NOT: interleave
  // CHECK: return
  %c0 = arith.constant 0 : index
  %w = arith.extf %x : vector<64xbf16> to vector<64xf32>
  %g = vector.load %gamma[%c0] : memref<64xf32>, vector<64xf32>
  %y = arith.mulf %w, %g : vector<64xf32>
  vector.store %y, %gamma[%c0] : memref<64xf32>, vector<64xf32>
  return
}

// -----

// In front of the loop that narrows they cost little.
// CHECK-LABEL: func.func @f32_in_front_of_a_loop
func.func @f32_in_front_of_a_loop(%x: memref<?xbf16>, %n: index, %sums: memref<3x64xf32>) {
  // CHECK-COUNT-3: vector.deinterleave
  // CHECK: scf.for
  // CHECK: vector.bitcast %{{.*}} : vector<64xbf16> to vector<32xi32>
  // CHECK-NOT: arith.extf
  // CHECK: return
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  %s0 = vector.load %sums[%c0, %c0] : memref<3x64xf32>, vector<64xf32>
  %s1 = vector.load %sums[%c1, %c0] : memref<3x64xf32>, vector<64xf32>
  %s2 = vector.load %sums[%c2, %c0] : memref<3x64xf32>, vector<64xf32>
  %t = arith.addf %s0, %s1 : vector<64xf32>
  %s = arith.addf %t, %s2 : vector<64xf32>
  scf.for %j = %c0 to %n step %c64 {
    %v = vector.load %x[%j] : memref<?xbf16>, vector<64xbf16>
    %w = arith.extf %v : vector<64xbf16> to vector<64xf32>
    %y = arith.mulf %w, %s : vector<64xf32>
    %z = arith.truncf %y : vector<64xf32> to vector<64xbf16>
    vector.store %z, %x[%j] : memref<?xbf16>, vector<64xbf16>
  }
  return
}

// -----

// Without bf16 nothing changes, nor does f16.
// CHECK-LABEL: func.func @f16
func.func @f16(%x: vector<64xf16>, %y: vector<64xf32>) -> vector<64xf32> {
  // CHECK: arith.extf %{{.*}} : vector<64xf16> to vector<64xf32>
  // CHECK: arith.mulf %{{.*}} : vector<64xf32>
  %w = arith.extf %x : vector<64xf16> to vector<64xf32>
  %z = arith.mulf %w, %y : vector<64xf32>
  return %z : vector<64xf32>
}
