// RUN: norm-opt %s --norm-drop-row-dims --canonicalize --cse --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// The sum of a row becomes a sum into a tensor without dims; the row of x is
// one slice, its result goes into the loop's result directly.
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0) -> (d0)>
// CHECK-DAG: #[[SCALAR:.*]] = affine_map<(d0) -> ()>
// CHECK-LABEL: func.func @row_loop
// CHECK-SAME: (%[[X:.*]]: tensor<?x?xf32>, %[[E:.*]]: tensor<?x?xf32>, %[[S:.*]]: tensor<?xf32>, %[[M:.*]]: index, %[[N:.*]]: index)
func.func @row_loop(%x: tensor<?x?xf32>, %e: tensor<?x?xf32>, %s: tensor<?xf32>, %m: index, %n: index)
    -> (tensor<?x?xf32>, tensor<?xf32>) {
  // CHECK: scf.forall (%[[I:.*]]) in (%[[M]]) shared_outs(%[[OY:.*]] = %[[E]], %[[OS:.*]] = %[[S]])
  // CHECK-DAG: %[[XI:.*]] = tensor.extract_slice %[[X]][%[[I]], 0] [1, %[[N]]] [1, 1] : tensor<?x?xf32> to tensor<?xf32>
  // CHECK: %[[SUM:.*]] = linalg.generic {indexing_maps = [#[[ROW]], #[[SCALAR]]], iterator_types = ["reduction"]} ins(%[[XI]] : tensor<?xf32>) outs(%{{.*}} : tensor<f32>)
  // CHECK: %[[Y:.*]] = linalg.generic {indexing_maps = [#[[ROW]], #[[SCALAR]], #[[ROW]]], iterator_types = ["parallel"]} ins(%[[XI]], %[[SUM]] :
  // CHECK: tensor.parallel_insert_slice %[[Y]] into %[[OY]][%[[I]], 0] [1, %[[N]]] [1, 1] : tensor<?xf32> into tensor<?x?xf32>
  // CHECK: tensor.parallel_insert_slice %[[SUM]] into %[[OS]][%[[I]]] [1] [1] : tensor<f32> into tensor<?xf32>
  %zero = arith.constant 0.0 : f32
  %r:2 = scf.forall (%i) in (%m) shared_outs(%oy = %e, %os = %s) -> (tensor<?x?xf32>, tensor<?xf32>) {
    %xi = tensor.extract_slice %x[%i, 0] [1, %n] [1, 1] : tensor<?x?xf32> to tensor<1x?xf32>
    %e1 = tensor.empty() : tensor<1xf32>
    %init = linalg.fill ins(%zero : f32) outs(%e1 : tensor<1xf32>) -> tensor<1xf32>
    %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
        ins(%xi : tensor<1x?xf32>) outs(%init : tensor<1xf32>) {
    ^bb0(%a: f32, %o: f32):
      %t = arith.addf %o, %a : f32
      linalg.yield %t : f32
    } -> tensor<1xf32>
    %e2 = tensor.empty(%n) : tensor<1x?xf32>
    %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
        ins(%xi, %sum : tensor<1x?xf32>, tensor<1xf32>) outs(%e2 : tensor<1x?xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %t = arith.mulf %a, %b : f32
      linalg.yield %t : f32
    } -> tensor<1x?xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %y into %oy[%i, 0] [1, %n] [1, 1] : tensor<1x?xf32> into tensor<?x?xf32>
      tensor.parallel_insert_slice %sum into %os[%i] [1] [1] : tensor<1xf32> into tensor<?xf32>
    }
  }
  return %r#0, %r#1 : tensor<?x?xf32>, tensor<?xf32>
}

// -----

// A row of two row dims loses both.
// CHECK-LABEL: func.func @two_unit_dims
func.func @two_unit_dims(%x: tensor<1x1x64xf32>, %e: tensor<1x1x64xf32>) -> tensor<1x1x64xf32> {
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%{{.*}} : tensor<64xf32>)
  %y = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : tensor<1x1x64xf32>) outs(%e : tensor<1x1x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.negf %a : f32
    linalg.yield %t : f32
  } -> tensor<1x1x64xf32>
  return %y : tensor<1x1x64xf32>
}

// -----

// The sum of one row is computed from the number that it starts from.
// CHECK-LABEL: func.func @sum_of_one_row
// CHECK-SAME: (%[[X:.*]]: tensor<1x?xf32>, %[[E:.*]]: tensor<?xf32>)
func.func @sum_of_one_row(%x: tensor<1x?xf32>, %e: tensor<?xf32>) -> tensor<?xf32> {
  // CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%{{.*}} : tensor<?xf32>) outs(%[[E]] : tensor<?xf32>)
  // CHECK: ^bb0(%[[A:.*]]: f32, %{{.*}}: f32):
  // CHECK: %[[SUM:.*]] = arith.addf %[[A]], %[[ZERO]]
  // CHECK: linalg.yield %[[SUM]]
  %zero = arith.constant 0.0 : f32
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>], iterator_types = ["reduction", "parallel"]}
      ins(%x : tensor<1x?xf32>) outs(%init : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<?xf32>
  return %sum : tensor<?xf32>
}
