// RUN: norm-opt %s --norm-lower-transfers --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @whole
// CHECK-SAME: (%[[X:[^:]*]]: memref<?xf32, strided<[1], offset: ?>>, %[[I:.*]]: index)
func.func @whole(%x: memref<?xf32, strided<[1], offset: ?>>, %i: index) {
  // CHECK: %[[V:.*]] = vector.load %[[X]][%[[I]]]
  // CHECK: vector.store %[[V]], %[[X]][%[[I]]]
  %f = arith.constant 0.0 : f32
  %v = vector.transfer_read %x[%i], %f {in_bounds = [true]} : memref<?xf32, strided<[1], offset: ?>>, vector<8xf32>
  vector.transfer_write %v, %x[%i] {in_bounds = [true]} : vector<8xf32>, memref<?xf32, strided<[1], offset: ?>>
  return
}

// -----

// CHECK-LABEL: func.func @masked
// CHECK-SAME: %[[M:[^:]*]]: vector<8xi1>)
func.func @masked(%x: memref<?xf32>, %i: index, %m: vector<8xi1>) {
  // CHECK: %[[V:.*]] = vector.maskedload %{{.*}}[%{{.*}}], %[[M]], %{{.*}}
  // CHECK: vector.maskedstore %{{.*}}[%{{.*}}], %[[M]], %[[V]]
  %f = arith.constant 0.0 : f32
  %v = vector.transfer_read %x[%i], %f, %m {in_bounds = [true]} : memref<?xf32>, vector<8xf32>
  vector.transfer_write %v, %x[%i], %m {in_bounds = [true]} : vector<8xf32>, memref<?xf32>
  return
}

// -----

// CHECK-LABEL: func.func @strided_stays
func.func @strided_stays(%x: memref<?xf32, strided<[?]>>, %i: index) -> vector<8xf32> {
  // CHECK: vector.transfer_read
  %f = arith.constant 0.0 : f32
  %v = vector.transfer_read %x[%i], %f {in_bounds = [true]} : memref<?xf32, strided<[?]>>, vector<8xf32>
  return %v : vector<8xf32>
}
