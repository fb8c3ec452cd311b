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

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// Cheap, and needed by two ops alone: each adds for itself.
// CHECK-LABEL: func.func @computed_again
// CHECK-SAME: (%[[X:.*]]: tensor<1x64xf32>, %[[R:.*]]: tensor<1x64xf32>
func.func @computed_again(%x: tensor<1x64xf32>, %r: tensor<1x64xf32>, %i: tensor<1xf32>)
    -> (tensor<1xf32>, tensor<1x64xf32>) {
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[X]], %[[R]] :
  // CHECK: arith.addf
  // CHECK: arith.mulf
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]} ins(%[[X]], %[[R]] :
  // CHECK: arith.addf
  // CHECK: arith.negf
  // CHECK-NOT: linalg.generic
  %e = tensor.empty() : tensor<1x64xf32>
  %s = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %r : tensor<1x64xf32>, tensor<1x64xf32>) outs(%e : tensor<1x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %n = arith.addf %a, %b : f32
    linalg.yield %n : f32
  } -> tensor<1x64xf32>
  %q = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%s : tensor<1x64xf32>) outs(%i : tensor<1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.mulf %a, %a : f32
    %n = arith.addf %p, %o : f32
    linalg.yield %n : f32
  } -> tensor<1xf32>
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s : tensor<1x64xf32>) outs(%e : tensor<1x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %n = arith.negf %a : f32
    linalg.yield %n : f32
  } -> tensor<1x64xf32>
  return %q, %z : tensor<1xf32>, tensor<1x64xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// An exponential is stored: computing it twice costs more. So is what is a
// result anyway.
// CHECK-LABEL: func.func @computed_once
func.func @computed_once(%x: tensor<1x64xf32>, %i: tensor<1xf32>)
    -> (tensor<1xf32>, tensor<1xf32>, tensor<1x64xf32>, tensor<1x64xf32>) {
  // CHECK-COUNT-1: math.exp
  // CHECK-COUNT-1: arith.negf
  // CHECK-NOT: math.exp
  // CHECK-NOT: arith.negf
  %e = tensor.empty() : tensor<1x64xf32>
  %s = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<1x64xf32>) outs(%e : tensor<1x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %n = math.exp %a : f32
    linalg.yield %n : f32
  } -> tensor<1x64xf32>
  %t = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<1x64xf32>) outs(%e : tensor<1x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %n = arith.negf %a : f32
    linalg.yield %n : f32
  } -> tensor<1x64xf32>
  %q = linalg.generic {indexing_maps = [#id, #id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%s, %t : tensor<1x64xf32>, tensor<1x64xf32>) outs(%i : tensor<1xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %n = arith.addf %p, %o : f32
    linalg.yield %n : f32
  } -> tensor<1xf32>
  %r = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%s : tensor<1x64xf32>) outs(%i : tensor<1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %n = arith.addf %a, %o : f32
    linalg.yield %n : f32
  } -> tensor<1xf32>
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s : tensor<1x64xf32>) outs(%e : tensor<1x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %n = arith.addf %a, %a : f32
    linalg.yield %n : f32
  } -> tensor<1x64xf32>
  return %q, %r, %t, %z : tensor<1xf32>, tensor<1xf32>, tensor<1x64xf32>, tensor<1x64xf32>
}

// -----

#id = affine_map<(i) -> (i)>
#sum = affine_map<(i) -> ()>

// A residual sum that is a result: its sum of squares adds for itself, the result
// is written next to what needs the squares.
// CHECK-LABEL: func.func @result_written_late
func.func @result_written_late(%x: tensor<8x64xf32>, %r: tensor<8x64xf32>, %e: tensor<8x64xf32>) -> (tensor<8x64xf32>, tensor<8x64xf32>) {
  // CHECK: scf.forall
  // CHECK: linalg.generic {{.*}} iterator_types = ["reduction"]}
  // CHECK: arith.addf
  // CHECK: arith.mulf
  // CHECK: %[[S:.*]] = linalg.generic {{.*}} iterator_types = ["parallel"]}
  // CHECK: arith.addf
  // CHECK-NEXT: linalg.yield
  // CHECK: %[[Y:.*]] = linalg.generic {{.*}} iterator_types = ["parallel"]}
  // CHECK: arith.addf
  // CHECK: arith.mulf
  // CHECK-NOT: linalg.generic
  // CHECK: tensor.parallel_insert_slice %[[S]]
  // CHECK: tensor.parallel_insert_slice %[[Y]]
  %zero = arith.constant 0.0 : f32
  %0:2 = scf.forall (%i) in (8) shared_outs(%o = %e, %p = %e) -> (tensor<8x64xf32>, tensor<8x64xf32>) {
    %a = tensor.extract_slice %x[%i, 0] [1, 64] [1, 1] : tensor<8x64xf32> to tensor<64xf32>
    %b = tensor.extract_slice %r[%i, 0] [1, 64] [1, 1] : tensor<8x64xf32> to tensor<64xf32>
    %row = tensor.empty() : tensor<64xf32>
    %s = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : tensor<64xf32>, tensor<64xf32>) outs(%row : tensor<64xf32>) {
    ^bb0(%c: f32, %d: f32, %out: f32):
      %n = arith.addf %c, %d : f32
      linalg.yield %n : f32
    } -> tensor<64xf32>
    %scalar = tensor.empty() : tensor<f32>
    %init = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
    %q = linalg.generic {indexing_maps = [#id, #sum], iterator_types = ["reduction"]}
        ins(%s : tensor<64xf32>) outs(%init : tensor<f32>) {
    ^bb0(%c: f32, %out: f32):
      %n = arith.mulf %c, %c : f32
      %t = arith.addf %out, %n : f32
      linalg.yield %t : f32
    } -> tensor<f32>
    %y = linalg.generic {indexing_maps = [#id, #sum, #id], iterator_types = ["parallel"]}
        ins(%s, %q : tensor<64xf32>, tensor<f32>) outs(%row : tensor<64xf32>) {
    ^bb0(%c: f32, %d: f32, %out: f32):
      %n = arith.mulf %c, %d : f32
      linalg.yield %n : f32
    } -> tensor<64xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %s into %o[%i, 0] [1, 64] [1, 1] : tensor<64xf32> into tensor<8x64xf32>
      tensor.parallel_insert_slice %y into %p[%i, 0] [1, 64] [1, 1] : tensor<64xf32> into tensor<8x64xf32>
    }
  }
  return %0#0, %0#1 : tensor<8x64xf32>, tensor<8x64xf32>
}
