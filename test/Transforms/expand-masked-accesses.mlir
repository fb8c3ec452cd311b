// RUN: norm-opt %s --norm-expand-masked-accesses=min-bits=16 | FileCheck %s --check-prefix=ALL-HELD
// RUN: norm-opt %s --norm-expand-masked-accesses=min-bits=32 --canonicalize --cse | FileCheck %s
// RUN: norm-opt %s --norm-expand-masked-accesses=min-bits=0 | FileCheck %s --check-prefix=NONE-HELD

// With masked accesses of 16 bits nothing changes; without any, those of 32
// bits go too.
// ALL-HELD-LABEL: func.func @f32
// ALL-HELD: vector.maskedload
// ALL-HELD-LABEL: func.func @load_16_bits
// ALL-HELD: vector.maskedload
// ALL-HELD-LABEL: func.func @store_16_bits
// ALL-HELD: vector.maskedstore

// NONE-HELD-LABEL: func.func @f32
// NONE-HELD-NOT: vector.maskedload
// NONE-HELD: return

// CHECK-LABEL: func.func @f32
// CHECK: vector.maskedload
// CHECK: return
func.func @f32(%x: memref<?xf32>, %i: index, %n: index, %p: vector<8xf32>) -> vector<8xf32> {
  %m = vector.create_mask %n : vector<8xi1>
  %v = vector.maskedload %x[%i], %m, %p : memref<?xf32>, vector<8xi1>, vector<8xf32> into vector<8xf32>
  return %v : vector<8xf32>
}

// n elements: 8 if bit 3 of n is set, 4 for bit 2, and so on, each behind the
// larger ones. The lanes behind them have the padding.
// CHECK-LABEL: func.func @load_16_bits
// CHECK-SAME: (%[[X:.*]]: memref<?xbf16>, %[[I:.*]]: index, %[[N:.*]]: index, %[[P:.*]]: vector<4xbf16>)
func.func @load_16_bits(%x: memref<?xbf16>, %i: index, %n: index, %p: vector<4xbf16>) -> vector<4xbf16> {
  // CHECK: %[[M:.*]] = vector.create_mask %[[N]]
  // CHECK: %[[BIT1:.*]] = arith.andi %[[N]], %c1
  // CHECK: scf.if
  // CHECK: %[[BEHIND:.*]] = arith.andi %[[N]], %c-2
  // CHECK: %[[AT:.*]] = arith.addi %[[I]], %[[BEHIND]]
  // CHECK: vector.load %[[X]][%[[AT]]] : memref<?xbf16>, vector<1xbf16>
  // CHECK: %[[BIT2:.*]] = arith.andi %[[N]], %c2
  // CHECK: scf.if
  // CHECK: %[[BEHIND:.*]] = arith.andi %[[N]], %c-4
  // CHECK: %[[AT:.*]] = arith.addi %[[I]], %[[BEHIND]]
  // CHECK: vector.load %[[X]][%[[AT]]] : memref<?xbf16>, vector<2xbf16>
  // CHECK: vector.shuffle {{.*}} [0, 1, 2, 3] : vector<2xi16>, vector<2xi16>
  // CHECK: vector.load %[[X]]{{.*}} vector<4xbf16>
  // CHECK: arith.select %[[M]], %{{.*}}, %[[P]]
  %m = vector.create_mask %n : vector<4xi1>
  %v = vector.maskedload %x[%i], %m, %p : memref<?xbf16>, vector<4xi1>, vector<4xbf16> into vector<4xbf16>
  return %v : vector<4xbf16>
}

// Of a number that is known no branch is left; zeros are there already.
// CHECK-LABEL: func.func @load_7_of_16_bits
// CHECK-SAME: (%[[X:.*]]: memref<?xbf16>, %[[I:.*]]: index)
func.func @load_7_of_16_bits(%x: memref<?xbf16>, %i: index) -> vector<8xbf16> {
  // CHECK-NOT: scf.if
  // CHECK: vector.load %[[X]]{{.*}} vector<1xbf16>
  // CHECK: vector.load %[[X]]{{.*}} vector<2xbf16>
  // CHECK: vector.load %[[X]][%[[I]]] : memref<?xbf16>, vector<4xbf16>
  // CHECK-NOT: arith.select
  // CHECK: return
  %p = arith.constant dense<0.0> : vector<8xbf16>
  %m = vector.constant_mask [7] : vector<8xi1>
  %v = vector.maskedload %x[%i], %m, %p : memref<?xbf16>, vector<8xi1>, vector<8xbf16> into vector<8xbf16>
  return %v : vector<8xbf16>
}

// CHECK-LABEL: func.func @store_16_bits
// CHECK-SAME: (%[[X:.*]]: memref<?xf16>, %[[I:.*]]: index, %[[N:.*]]: index, %[[V:.*]]: vector<2xf16>)
func.func @store_16_bits(%x: memref<?xf16>, %i: index, %n: index, %v: vector<2xf16>) {
  // CHECK-NOT: vector.maskedstore
  // CHECK: scf.if
  // CHECK: vector.store %{{.*}}, %[[X]]{{.*}} vector<2xf16>
  // CHECK-DAG: %[[LOW:.*]] = vector.extract_strided_slice %{{.*}} {offsets = [0], sizes = [1], strides = [1]}
  // CHECK: scf.if
  // CHECK: %[[BITS:.*]] = arith.bitcast %[[LOW]]
  // CHECK: vector.store %[[BITS]], %[[X]]{{.*}} vector<1xf16>
  %m = vector.create_mask %n : vector<2xi1>
  vector.maskedstore %x[%i], %m, %v : memref<?xf16>, vector<2xi1>, vector<2xf16>
  return
}

// Of a known number a store is split where masks are vectors, a load is not.
// CHECK-LABEL: func.func @access_5_of_f32
// CHECK-SAME: (%[[X:.*]]: memref<?xf32>, %[[I:.*]]: index
// CHECK: vector.maskedload
// CHECK-NOT: vector.{{.*}}store
// CHECK: vector.store %{{.*}}, %[[X]][%[[I]]] : memref<?xf32>, vector<4xf32>
// CHECK: %[[J:.*]] = arith.addi %[[I]], %c4
// CHECK: vector.store %{{.*}}, %[[X]][%[[J]]] : memref<?xf32>, vector<1xf32>
// CHECK-NOT: vector.{{.*}}store
// CHECK: return
// ALL-HELD-LABEL: func.func @access_5_of_f32
// ALL-HELD: vector.maskedstore
func.func @access_5_of_f32(%x: memref<?xf32>, %i: index, %p: vector<8xf32>) {
  %m = vector.constant_mask [5] : vector<8xi1>
  %v = vector.maskedload %x[%i], %m, %p : memref<?xf32>, vector<8xi1>, vector<8xf32> into vector<8xf32>
  vector.maskedstore %x[%i], %m, %v : memref<?xf32>, vector<8xi1>, vector<8xf32>
  return
}

// A mask of which it is not known that it is the first n lanes stays.
// CHECK-LABEL: func.func @other_mask
// CHECK: vector.maskedload
func.func @other_mask(%x: memref<?xbf16>, %i: index, %m: vector<8xi1>, %p: vector<8xbf16>) -> vector<8xbf16> {
  %v = vector.maskedload %x[%i], %m, %p : memref<?xbf16>, vector<8xi1>, vector<8xbf16> into vector<8xbf16>
  return %v : vector<8xbf16>
}
