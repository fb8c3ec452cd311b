// RUN: norm-opt %s --norm-vectorize-rows --canonicalize --cse --split-input-file | FileCheck %s

#id = affine_map<(i) -> (i)>

// A whole tile is read and written without a mask.
// CHECK-LABEL: func.func @whole_tile
// CHECK-SAME: (%[[X:.*]]: tensor<64xf32>, %[[E:.*]]: tensor<64xf32>)
func.func @whole_tile(%x: tensor<64xf32>, %e: tensor<64xf32>) -> tensor<64xf32> {
  // CHECK: %[[V:.*]] = vector.transfer_read %[[X]][%c0], %{{[0-9a-z]+}} {in_bounds = [true]} : tensor<64xf32>, vector<64xf32>
  // CHECK: %[[N:.*]] = arith.negf %[[V]] : vector<64xf32>
  // CHECK: vector.transfer_write %[[N]], %[[E]][%c0] {in_bounds = [true]} : vector<64xf32>, tensor<64xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.negf %a : f32
    linalg.yield %t : f32
  } -> tensor<64xf32>
  return %y : tensor<64xf32>
}

// -----

#id = affine_map<(i) -> (i)>

// CHECK-LABEL: func.func @static_rest
func.func @static_rest(%x: tensor<36xf32>, %e: tensor<36xf32>) -> tensor<36xf32> {
  // CHECK: %[[MASK:.*]] = vector.constant_mask [36] : vector<64xi1>
  // CHECK: vector.transfer_read %{{.*}}[%c0], %{{.*}}, %[[MASK]]
  // CHECK: vector.transfer_write %{{.*}}, %{{.*}}[%c0], %[[MASK]]
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<36xf32>) outs(%e : tensor<36xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.negf %a : f32
    linalg.yield %t : f32
  } -> tensor<36xf32>
  return %y : tensor<36xf32>
}

// -----

#id = affine_map<(i) -> (i)>

// CHECK-LABEL: func.func @dynamic_rest
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?xf64>
func.func @dynamic_rest(%x: tensor<?xf64>, %e: tensor<?xf64>) -> tensor<?xf64> {
  // CHECK: %[[N:.*]] = tensor.dim %[[X]], %c0
  // CHECK: %[[MASK:.*]] = vector.create_mask %[[N]] : vector<32xi1>
  // CHECK: vector.transfer_read %[[X]][%c0], %{{.*}}, %[[MASK]]
  // CHECK: vector.transfer_write %{{.*}}, %{{.*}}[%c0], %[[MASK]]
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf64>) outs(%e : tensor<?xf64>) {
  ^bb0(%a: f64, %o: f64):
    %t = arith.negf %a : f64
    linalg.yield %t : f64
  } -> tensor<?xf64>
  return %y : tensor<?xf64>
}

// -----

#id = affine_map<(i) -> (i)>
#scalar = affine_map<() -> ()>

// An op without loops becomes scalar code, whose value is broadcast: no tensor
// lies between them.
// CHECK-LABEL: func.func @scalar_op
// CHECK-SAME: (%[[X:.*]]: tensor<64xf32>, %[[S:.*]]: tensor<f32>
func.func @scalar_op(%x: tensor<64xf32>, %s: tensor<f32>, %e: tensor<64xf32>) -> tensor<64xf32> {
  // CHECK: %[[F:.*]] = tensor.extract %[[S]][]
  // CHECK: %[[ROOT:.*]] = math.sqrt %[[F]] : f32
  // CHECK: %[[V:.*]] = vector.transfer_read %[[X]]
  // CHECK: %[[B:.*]] = vector.broadcast %[[ROOT]] : f32 to vector<64xf32>
  // CHECK: arith.mulf %[[V]], %[[B]]
  %e0 = tensor.empty() : tensor<f32>
  %r = linalg.generic {indexing_maps = [#scalar, #scalar], iterator_types = []}
      ins(%s : tensor<f32>) outs(%e0 : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %t = math.sqrt %a : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  %y = linalg.generic {indexing_maps = [#id, affine_map<(i) -> ()>, #id], iterator_types = ["parallel"]}
      ins(%x, %r : tensor<64xf32>, tensor<f32>) outs(%e : tensor<64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.mulf %a, %b : f32
    linalg.yield %t : f32
  } -> tensor<64xf32>
  return %y : tensor<64xf32>
}
