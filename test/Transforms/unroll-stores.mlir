// RUN: norm-opt %s --split-input-file --norm-unroll-stores=vector-bits=512 | FileCheck %s

// CHECK-LABEL: func @two_registers
func.func @two_registers(%v: vector<32xf32>, %m: memref<?x?xf32>, %i: index, %j: index) {
  // CHECK: %[[LOW:.*]] = vector.extract_strided_slice %{{.*}} {offsets = [0], sizes = [16]
  // CHECK: vector.store %[[LOW]], %{{.*}}[%[[I:.*]], %[[J:.*]]] : memref<?x?xf32>, vector<16xf32>
  // CHECK: %[[NEXT:.*]] = arith.addi %[[J]], %c16
  // CHECK: %[[HIGH:.*]] = vector.extract_strided_slice %{{.*}} {offsets = [16], sizes = [16]
  // CHECK: vector.store %[[HIGH]], %{{.*}}[%[[I]], %[[NEXT]]] : memref<?x?xf32>, vector<16xf32>
  vector.store %v, %m[%i, %j] : memref<?x?xf32>, vector<32xf32>
  return
}

// -----

// The narrower the element, the more of them a register has.

// CHECK-LABEL: func @of_bf16
// CHECK-COUNT-2: vector.store {{.*}} vector<32xbf16>
// CHECK-NOT: vector.store
func.func @of_bf16(%v: vector<64xbf16>, %m: memref<?xbf16>, %i: index) {
  vector.store %v, %m[%i] : memref<?xbf16>, vector<64xbf16>
  return
}

// -----

// Half a register is what is rounded to f16.

// CHECK-LABEL: func @of_f16
// CHECK-COUNT-4: vector.store {{.*}} vector<16xf16>
// CHECK-NOT: vector.store
func.func @of_f16(%v: vector<64xf16>, %m: memref<?xf16>, %i: index) {
  vector.store %v, %m[%i] : memref<?xf16>, vector<64xf16>
  return
}

// -----

// One register, no multiple of one, loads, and what goes past the caches.

// CHECK-LABEL: func @others
func.func @others(%m: memref<?xf32>, %v: vector<16xf32>, %w: vector<24xf32>, %i: index) {
  // CHECK: vector.store %{{.*}} vector<16xf32>
  vector.store %v, %m[%i] : memref<?xf32>, vector<16xf32>
  // CHECK: vector.store %{{.*}} vector<24xf32>
  vector.store %w, %m[%i] : memref<?xf32>, vector<24xf32>
  // CHECK: vector.load %{{.*}} vector<64xf32>
  %x = vector.load %m[%i] : memref<?xf32>, vector<64xf32>
  // CHECK: vector.store %{{.*}} {alignment = 64 : i64, nontemporal = true} : memref<?xf32>, vector<64xf32>
  vector.store %x, %m[%i] {alignment = 64, nontemporal = true} : memref<?xf32>, vector<64xf32>
  return
}
