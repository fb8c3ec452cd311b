// RUN: norm-opt %s --norm-vectorize-rows --split-input-file --verify-diagnostics -o /dev/null

#id = affine_map<(i, j) -> (i, j)>

func.func @two_loops(%x: tensor<8x8xf32>, %e: tensor<8x8xf32>) -> tensor<8x8xf32> {
  // expected-error@below {{'linalg.generic' op cannot be lowered: the CPU pipeline takes norm ops, elementwise linalg ops and sums over the first or the last dim; found 2 loops, 0 of them reductions}}
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.negf %a : f32
    linalg.yield %t : f32
  } -> tensor<8x8xf32>
  return %y : tensor<8x8xf32>
}

// -----

func.func @maximum(%x: tensor<8xf32>, %e: tensor<f32>) -> tensor<f32> {
  // expected-error@below {{'linalg.generic' op cannot be lowered: the CPU pipeline takes norm ops, elementwise linalg ops and sums over the first or the last dim; found 1 loops, 1 of them reductions}}
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%x : tensor<8xf32>) outs(%e : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.maximumf %a, %o : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  return %y : tensor<f32>
}

// -----

#id = affine_map<(i) -> (i)>

func.func @load_in_the_body(%x: tensor<8xf32>, %v: memref<1xf32>, %e: tensor<8xf32>) -> tensor<8xf32> {
  %c = arith.constant 0 : index
  // expected-error@below {{'linalg.generic' op cannot be lowered: upstream's vectorizer refuses it}}
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = memref.load %v[%c] : memref<1xf32>
    linalg.yield %t : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
}
