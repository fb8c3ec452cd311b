// RUN: norm-opt %s --convert-elementwise-to-linalg --norm-tile-rows --canonicalize --cse --split-input-file | FileCheck %s

// CHECK: #[[BYTES_OF:.*]] = affine_map<()[s0] -> (s0 * 512)>
// CHECK-LABEL: func.func @alone
// CHECK-SAME: (%[[X:.*]]: tensor<?x64xf32>, %[[G:.*]]: tensor<64xf32>)
func.func @alone(%x: tensor<?x64xf32>, %g: tensor<64xf32>) -> (tensor<?x64xf32>, tensor<?xf32>) {
  // x and y have 2 * 64 * 4 bytes a row.
  // CHECK: %[[M:.*]] = tensor.dim %[[X]], %c0
  // CHECK: %[[BYTES:.*]] = affine.apply #[[BYTES_OF]]()[%[[M]]]
  // CHECK: %[[LOOP:.*]]:2 = scf.forall (%[[I:.*]]) in (%[[M]]) shared_outs(%[[Y:.*]] = %{{.*}}, %[[R:.*]] = %{{.*}}) -> (tensor<?x64xf32>, tensor<?xf32>)
  // CHECK-NEXT: norm.loop_schedule <vector_bits = 256, stream_bytes = 1024> bytes(%[[BYTES]])
  // CHECK: %[[ROW:.*]] = tensor.extract_slice %[[X]][%[[I]], 0] [1, 64] [1, 1]
  // CHECK: %[[N:.*]]:2 = norm.rmsnorm %[[ROW]] gamma(%[[G]]) axis(1) epsilon(0.0{{[0-9e+]*}}) : (tensor<1x64xf32>, tensor<64xf32>) -> (tensor<1x64xf32>, tensor<1xf32>)
  // CHECK: tensor.parallel_insert_slice %[[N]]#0 into %[[Y]][%[[I]], 0] [1, 64] [1, 1]
  // CHECK: tensor.parallel_insert_slice %[[N]]#1 into %[[R]][%[[I]]] [1] [1]
  // CHECK: return %[[LOOP]]#0, %[[LOOP]]#1
  %y, %r = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0) {strategy = #norm.strategy<vector_bits = 256, stream_bytes = 1024>}
    : (tensor<?x64xf32>, tensor<64xf32>) -> (tensor<?x64xf32>, tensor<?xf32>)
  return %y, %r : tensor<?x64xf32>, tensor<?xf32>
}

// -----

// A norm op without a strategy leaves no schedule.
// CHECK-LABEL: func.func @without_strategy
func.func @without_strategy(%x: tensor<2x3x64xf32>) -> tensor<2x3x64xf32> {
  // CHECK-NOT: norm.loop_schedule
  // CHECK: scf.forall (%[[I:.*]], %[[J:.*]]) in (2, 3)
  // CHECK: tensor.extract_slice %{{.*}}[%[[I]], %[[J]], 0] [1, 1, 64] [1, 1, 1]
  %y = norm.rmsnorm %x axis(2) epsilon(0.0) : (tensor<2x3x64xf32>) -> tensor<2x3x64xf32>
  return %y : tensor<2x3x64xf32>
}

// -----

// One loop for the residual sum, whose value is a result too, the norm op, and
// what follows. The sum is computed once.
// CHECK-LABEL: func.func @residual
// CHECK-SAME: (%[[X:.*]]: tensor<8x64xbf16>, %[[RES:.*]]: tensor<8x64xbf16>)
func.func @residual(%x: tensor<8x64xbf16>, %res: tensor<8x64xbf16>) -> (tensor<8x64xf32>, tensor<8x64xbf16>, tensor<8xf32>) {
  // Per row 3 tensors of bf16 and one of f32: 64 * (3 * 2 + 4) bytes.
  // CHECK: %[[BYTES:.*]] = arith.constant 5120 : index
  // CHECK: %[[LOOP:.*]]:3 = scf.forall (%[[I:.*]]) in (8)
  // CHECK: bytes(%[[BYTES]])
  // CHECK: %[[A:.*]] = tensor.extract_slice %[[X]][%[[I]], 0] [1, 64] [1, 1]
  // CHECK: %[[B:.*]] = tensor.extract_slice %[[RES]][%[[I]], 0] [1, 64] [1, 1]
  // CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[A]], %[[B]] :
  // CHECK: arith.addf
  // CHECK: %[[N:.*]]:2 = norm.rmsnorm %[[SUM]]
  // CHECK: %[[WIDE:.*]] = linalg.generic {{.*}} ins(%[[N]]#0 :
  // CHECK: arith.extf
  // CHECK: %[[NEG:.*]] = linalg.generic {{.*}} ins(%[[WIDE]] :
  // CHECK: arith.negf
  // CHECK-NOT: linalg.generic
  // CHECK-DAG: tensor.parallel_insert_slice %[[SUM]] into
  // CHECK-DAG: tensor.parallel_insert_slice %[[N]]#1 into
  // CHECK-DAG: tensor.parallel_insert_slice %[[NEG]] into
  // CHECK: return
  %s = arith.addf %x, %res : tensor<8x64xbf16>
  %y, %r = norm.rmsnorm %s axis(1) epsilon(0.0) {strategy = #norm.strategy<vector_bits = 256>}
    : (tensor<8x64xbf16>) -> (tensor<8x64xbf16>, tensor<8xf32>)
  %w = arith.extf %y : tensor<8x64xbf16> to tensor<8x64xf32>
  %n = arith.negf %w : tensor<8x64xf32>
  return %n, %s, %r : tensor<8x64xf32>, tensor<8x64xbf16>, tensor<8xf32>
}

// -----

// Operands that are broadcast along a row and over the rows: one value of the
// first and all of the second are used for each row.
// CHECK-LABEL: func.func @broadcasts
// CHECK-SAME: (%[[X:.*]]: tensor<8x64xf32>, %[[V:.*]]: tensor<8xf32>, %[[W:.*]]: tensor<64xf32>)
func.func @broadcasts(%x: tensor<8x64xf32>, %v: tensor<8xf32>, %w: tensor<64xf32>) -> tensor<8x64xf32> {
  // CHECK: scf.forall (%[[I:.*]]) in (8)
  // CHECK: %[[N:.*]] = norm.rmsnorm
  // CHECK: %[[VI:.*]] = tensor.extract_slice %[[V]][%[[I]]] [1] [1]
  // CHECK: linalg.generic {{.*}} ins(%[[N]], %[[VI]], %[[W]] : tensor<1x64xf32>, tensor<1xf32>, tensor<64xf32>)
  // CHECK-NOT: scf.forall (
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x64xf32>) -> tensor<8x64xf32>
  %e = tensor.empty() : tensor<8x64xf32>
  %z = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%y, %v, %w : tensor<8x64xf32>, tensor<8xf32>, tensor<64xf32>) outs(%e : tensor<8x64xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %q = arith.addf %p, %c : f32
    linalg.yield %q : f32
  } -> tensor<8x64xf32>
  return %z : tensor<8x64xf32>
}

// -----

// An elementwise op without a norm op has a loop of its own.
// CHECK-LABEL: func.func @elementwise_alone
func.func @elementwise_alone(%x: tensor<8x64xf32>) -> tensor<8x64xf32> {
  // CHECK: scf.forall (%{{.*}}) in (8)
  // CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<1x64xf32>)
  %y = arith.negf %x : tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// Two norm ops in a chain: one loop.
// CHECK-LABEL: func.func @norm_of_norm
func.func @norm_of_norm(%x: tensor<8x64xf32>) -> tensor<8x64xf32> {
  // CHECK: scf.forall
  // CHECK: %[[Y:.*]] = norm.rmsnorm
  // CHECK: norm.rmsnorm %[[Y]]
  // CHECK-NOT: = scf.forall
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x64xf32>) -> tensor<8x64xf32>
  %z = norm.rmsnorm %y axis(1) epsilon(0.0) : (tensor<8x64xf32>) -> tensor<8x64xf32>
  return %z : tensor<8x64xf32>
}

// -----

// The destination of the cast, made after the norm op, is not needed.
// CHECK-LABEL: func.func @destination_after_the_norm_op
func.func @destination_after_the_norm_op(%x: tensor<?x?xbf16>, %m: index, %n: index) -> tensor<?x?xf32> {
  // CHECK: scf.forall (%[[I:.*]]) in
  // CHECK: %[[N:.*]] = norm.rmsnorm
  // CHECK: %[[E:.*]] = tensor.empty(%{{.*}}) : tensor<1x?xf32>
  // CHECK: linalg.generic {{.*}} ins(%[[N]] : tensor<1x?xbf16>) outs(%[[E]] : tensor<1x?xf32>)
  // CHECK-NOT: tensor.empty
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x?xbf16>) -> tensor<?x?xbf16>
  %m2 = arith.addi %m, %m : index
  %e = tensor.empty(%m2, %n) : tensor<?x?xf32>
  %z = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<?x?xbf16>) outs(%e : tensor<?x?xf32>) {
  ^bb0(%a: bf16, %o: f32):
    %p = arith.extf %a : bf16 to f32
    linalg.yield %p : f32
  } -> tensor<?x?xf32>
  return %z : tensor<?x?xf32>
}

// -----

// The operand of the op in front is also its destination, which is not read:
// it gives the sizes, and counts once.
// CHECK-LABEL: func.func @operand_is_destination_too
func.func @operand_is_destination_too(%x: tensor<8x64xf32>) -> tensor<8x64xf32> {
  // CHECK: %[[BYTES:.*]] = arith.constant 4096 : index
  // CHECK: bytes(%[[BYTES]])
  // CHECK: arith.negf
  // CHECK: norm.rmsnorm
  %n = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x64xf32>) outs(%x : tensor<8x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.negf %a : f32
    linalg.yield %p : f32
  } -> tensor<8x64xf32>
  %y = norm.rmsnorm %n axis(1) epsilon(0.0) {strategy = #norm.strategy<vector_bits = 256>}
    : (tensor<8x64xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// Only a vector comes in: the sizes are those of the destination.
// CHECK-LABEL: func.func @vector_in_front
// CHECK-SAME: (%[[V:.*]]: tensor<?xf32>, %[[M:.*]]: index, %[[N:.*]]: index)
func.func @vector_in_front(%v: tensor<?xf32>, %m: index, %n: index) -> tensor<?x?xf32> {
  // CHECK: scf.forall (%{{.*}}) in (%[[M]])
  // CHECK: %[[ROW:.*]] = tensor.extract_slice %[[V]][0] [%[[N]]] [1]
  // CHECK: linalg.generic {{.*}} ins(%[[ROW]] :
  // CHECK: norm.rmsnorm
  %e = tensor.empty(%m, %n) : tensor<?x?xf32>
  %b = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%v : tensor<?xf32>) outs(%e : tensor<?x?xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<?x?xf32>
  %y = norm.rmsnorm %b axis(1) epsilon(0.0) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// Norm ops that meet in one op share a loop; each row is as long as its own
// operand says. What needs nothing of the loop moves in front of it.
// CHECK-LABEL: func.func @two_norm_ops
// CHECK-SAME: (%[[Q:.*]]: tensor<?x?xf32>, %[[K:.*]]: tensor<?x?xf32>,
func.func @two_norm_ops(%q: tensor<?x?xf32>, %k: tensor<?x?xf32>, %e: tensor<?x?xf32>) -> tensor<?x?xf32> {
  // CHECK: scf.forall
  // CHECK: tensor.extract_slice %[[K]]
  // CHECK: math.absf
  // CHECK: norm.rmsnorm
  // CHECK: tensor.extract_slice %[[Q]]
  // CHECK: norm.rmsnorm
  // CHECK: arith.addf
  // CHECK-NOT: = scf.forall
  %y = norm.rmsnorm %q axis(1) epsilon(0.0) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %a = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%k : tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) {
  ^bb0(%x: f32, %o: f32):
    %p = math.absf %x : f32
    linalg.yield %p : f32
  } -> tensor<?x?xf32>
  %z = norm.rmsnorm %a axis(1) epsilon(0.0) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %s = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %z : tensor<?x?xf32>, tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) {
  ^bb0(%x: f32, %w: f32, %o: f32):
    %p = arith.addf %x, %w : f32
    linalg.yield %p : f32
  } -> tensor<?x?xf32>
  return %s : tensor<?x?xf32>
}

// -----

// The loop of the rmsnorm needs the reciprocal of g, which has a loop of its
// own: that one stays in front.
// CHECK-LABEL: func.func @loop_that_needs_another
func.func @loop_that_needs_another(%x: tensor<8x64xf32>, %g: tensor<64xf32>) -> tensor<8x64xf32> {
  // CHECK: %[[R:.*]] = norm.reciprocal
  // CHECK: scf.forall
  // CHECK: norm.rmsnorm
  // CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[R]] :
  // CHECK-NOT: scf.forall (
  %r = norm.reciprocal %g : (tensor<64xf32>) -> tensor<64xf32>
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x64xf32>) -> tensor<8x64xf32>
  %e = tensor.empty() : tensor<8x64xf32>
  %z = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%y, %r : tensor<8x64xf32>, tensor<64xf32>) outs(%e : tensor<8x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<8x64xf32>
  return %z : tensor<8x64xf32>
}

// -----

// Two operands computed without a norm op: the second one does not depend on
// the first, in front of which it moves, so that all are in one loop.
// CHECK-LABEL: func.func @two_operands
// CHECK: scf.forall
// CHECK-COUNT-3: linalg.generic
// CHECK: scf.forall.in_parallel
// CHECK-NOT: scf.forall
// CHECK: return
func.func @two_operands(%a: tensor<?x8xf32>, %b: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %x = arith.negf %a : tensor<?x8xf32>
  %z = arith.negf %b : tensor<?x8xf32>
  %y = arith.addf %x, %z : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
