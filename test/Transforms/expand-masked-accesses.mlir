// RUN: norm-opt %s --norm-expand-masked-accesses=min-bits=16 | FileCheck %s --check-prefix=ALL-HELD
// RUN: norm-opt %s --norm-expand-masked-accesses=min-bits=32 --cse | FileCheck %s
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

// n elements: 8 if bit 3 of n is set, then 4 for bit 2, and so on, each after
// the elements before it. The rest of the buffer holds the padding.
// CHECK-LABEL: func.func @load_16_bits
// CHECK-SAME: (%[[X:.*]]: memref<?xbf16>, %[[I:.*]]: index, %[[N:.*]]: index, %[[P:.*]]: vector<8xbf16>)
func.func @load_16_bits(%x: memref<?xbf16>, %i: index, %n: index, %p: vector<8xbf16>) -> vector<8xbf16> {
  // CHECK: %[[B:.*]] = memref.alloca() {alignment = 64 : i64} : memref<8xbf16>
  // CHECK-NOT: vector.maskedload
  // CHECK: vector.store %[[P]], %[[B]][%[[ZERO:.*]]] :
  // CHECK: %[[BIT8:.*]] = arith.andi %[[N]], %c8
  // CHECK: scf.if
  // CHECK: %[[AT:.*]] = arith.addi %[[I]], %[[ZERO]]
  // CHECK: %[[V:.*]] = vector.load %[[X]][%[[AT]]] : memref<?xbf16>, vector<8xbf16>
  // CHECK: vector.store %[[V]], %[[B]]
  // CHECK: %[[DONE8:.*]] = arith.addi %[[ZERO]], %[[BIT8]]
  // CHECK: %[[BIT4:.*]] = arith.andi %[[N]], %c4
  // CHECK: scf.if
  // CHECK: %[[AT:.*]] = arith.addi %[[I]], %[[DONE8]]
  // CHECK: vector.load %[[X]][%[[AT]]] : memref<?xbf16>, vector<4xbf16>
  // CHECK: %[[DONE4:.*]] = arith.addi %[[DONE8]], %[[BIT4]]
  // CHECK: vector.load %[[X]]{{.*}} vector<2xbf16>
  // CHECK: vector.load %[[X]]{{.*}} vector<1xbf16>
  // CHECK: %[[R:.*]] = vector.load %[[B]]{{.*}} vector<8xbf16>
  // CHECK: return %[[R]]
  %m = vector.create_mask %n : vector<8xi1>
  %v = vector.maskedload %x[%i], %m, %p : memref<?xbf16>, vector<8xi1>, vector<8xbf16> into vector<8xbf16>
  return %v : vector<8xbf16>
}

// Of a number that is known the parts stay in registers, as integers.
// CHECK-LABEL: func.func @load_7_of_16_bits
// CHECK-SAME: (%[[X:.*]]: memref<?xbf16>, %[[I:.*]]: index, %[[P:.*]]: vector<8xbf16>)
func.func @load_7_of_16_bits(%x: memref<?xbf16>, %i: index, %p: vector<8xbf16>) -> vector<8xbf16> {
  // CHECK-NOT: memref.alloca
  // CHECK: %[[V:.*]] = arith.bitcast %[[P]] : vector<8xbf16> to vector<8xi16>
  // CHECK: vector.load %[[X]]{{.*}} vector<4xbf16>
  // CHECK: %[[V4:.*]] = vector.insert_strided_slice %{{.*}}, %[[V]] {offsets = [0], strides = [1]}
  // CHECK: vector.load %[[X]]{{.*}} vector<2xbf16>
  // CHECK: %[[V6:.*]] = vector.insert_strided_slice %{{.*}}, %[[V4]] {offsets = [4], strides = [1]}
  // CHECK: vector.load %[[X]]{{.*}} vector<1xbf16>
  // CHECK: vector.insert_strided_slice %{{.*}}, %[[V6]] {offsets = [6], strides = [1]}
  %m = vector.constant_mask [7] : vector<8xi1>
  %v = vector.maskedload %x[%i], %m, %p : memref<?xbf16>, vector<8xi1>, vector<8xbf16> into vector<8xbf16>
  return %v : vector<8xbf16>
}

// CHECK-LABEL: func.func @store_16_bits
// CHECK-SAME: (%[[X:.*]]: memref<?xf16>, %[[I:.*]]: index, %[[V:.*]]: vector<4xf16>)
func.func @store_16_bits(%x: memref<?xf16>, %i: index, %v: vector<4xf16>) {
  // CHECK-NOT: memref.alloca
  // CHECK-NOT: vector.maskedstore
  // CHECK: vector.extract_strided_slice %{{.*}} {offsets = [0], sizes = [2], strides = [1]}
  // CHECK: vector.store %{{.*}}, %[[X]]{{.*}} vector<2xf16>
  // CHECK: vector.extract_strided_slice %{{.*}} {offsets = [2], sizes = [1], strides = [1]}
  // CHECK: vector.store %{{.*}}, %[[X]]{{.*}} vector<1xf16>
  %m = vector.constant_mask [3] : vector<4xi1>
  vector.maskedstore %x[%i], %m, %v : memref<?xf16>, vector<4xi1>, vector<4xf16>
  return
}

// A mask of which it is not known that it is the first n lanes stays.
// CHECK-LABEL: func.func @other_mask
// CHECK: vector.maskedload
func.func @other_mask(%x: memref<?xbf16>, %i: index, %m: vector<8xi1>, %p: vector<8xbf16>) -> vector<8xbf16> {
  %v = vector.maskedload %x[%i], %m, %p : memref<?xbf16>, vector<8xi1>, vector<8xbf16> into vector<8xbf16>
  return %v : vector<8xbf16>
}

// Each function has its own buffer, shared by all accesses of one type.
// CHECK-LABEL: func.func @two_accesses
// CHECK-COUNT-1: memref.alloca
// CHECK-NOT: memref.alloca
func.func @two_accesses(%x: memref<?xbf16>, %i: index, %n: index, %p: vector<8xbf16>) {
  %m = vector.create_mask %n : vector<8xi1>
  %v = vector.maskedload %x[%i], %m, %p : memref<?xbf16>, vector<8xi1>, vector<8xbf16> into vector<8xbf16>
  vector.maskedstore %x[%i], %m, %v : memref<?xbf16>, vector<8xi1>, vector<8xbf16>
  return
}
