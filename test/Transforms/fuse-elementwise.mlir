// RUN: norm-opt %s --norm-fuse-elementwise --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>

// CHECK-LABEL: func.func @same_loops
// CHECK-SAME: (%[[X:.*]]: tensor<1x64xf32>)
func.func @same_loops(%x: tensor<1x64xf32>) -> tensor<1x64xf32> {
  // CHECK: %[[Y:.*]] = linalg.generic {{.*}} ins(%[[X]] :
  // CHECK-NEXT: ^bb0(%[[A:.*]]: f32, %{{.*}}: f32):
  // CHECK-NEXT: %[[N:.*]] = arith.negf %[[A]]
  // CHECK-NEXT: %[[S:.*]] = math.exp %[[N]]
  // CHECK-NEXT: linalg.yield %[[S]]
  // CHECK-NOT: linalg.generic
  %e = tensor.empty() : tensor<1x64xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<1x64xf32>) outs(%e : tensor<1x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %n = arith.negf %a : f32
    linalg.yield %n : f32
  } -> tensor<1x64xf32>
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<1x64xf32>) outs(%e : tensor<1x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %n = math.exp %a : f32
    linalg.yield %n : f32
  } -> tensor<1x64xf32>
  return %z : tensor<1x64xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i) -> (i)>

// The root of a row's sum is taken once, not for each element.
// CHECK-LABEL: func.func @value_of_a_row_stays
func.func @value_of_a_row_stays(%x: tensor<1x64xf32>, %s: tensor<1xf32>) -> tensor<1x64xf32> {
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]}
  // CHECK: math.sqrt
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]}
  // CHECK-NOT: math.sqrt
  %e1 = tensor.empty() : tensor<1xf32>
  %r = linalg.generic {indexing_maps = [#row, #row], iterator_types = ["parallel"]}
      ins(%s : tensor<1xf32>) outs(%e1 : tensor<1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %n = math.sqrt %a : f32
    linalg.yield %n : f32
  } -> tensor<1xf32>
  %e = tensor.empty() : tensor<1x64xf32>
  %z = linalg.generic {indexing_maps = [#id, affine_map<(i, j) -> (i)>, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %r : tensor<1x64xf32>, tensor<1xf32>) outs(%e : tensor<1x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %n = arith.mulf %a, %b : f32
    linalg.yield %n : f32
  } -> tensor<1x64xf32>
  return %z : tensor<1x64xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// A value that is used twice, such as a residual sum, is computed once.
// CHECK-LABEL: func.func @used_twice_stays
func.func @used_twice_stays(%x: tensor<1x64xf32>) -> (tensor<1x64xf32>, tensor<1x64xf32>) {
  // CHECK: arith.negf
  // CHECK: linalg.generic
  // CHECK-NOT: arith.negf
  %e = tensor.empty() : tensor<1x64xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<1x64xf32>) outs(%e : tensor<1x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %n = arith.negf %a : f32
    linalg.yield %n : f32
  } -> tensor<1x64xf32>
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<1x64xf32>) outs(%e : tensor<1x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %n = math.exp %a : f32
    linalg.yield %n : f32
  } -> tensor<1x64xf32>
  return %y, %z : tensor<1x64xf32>, tensor<1x64xf32>
}
