// What is not fused with a norm op, and the reason that is given.
// RUN: norm-opt %s --norm-tile-rows=remarks --split-input-file --verify-diagnostics -o /dev/null
// Without the option nothing is said.
// RUN: grep -v expected- %s | norm-opt --norm-tile-rows --split-input-file -o /dev/null 2>&1 | count 0

#id = affine_map<(i, j) -> (i, j)>

func.func @transposed(%x: tensor<8x8xf32>, %t: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  // expected-remark@below {{not fused with the norm op: an operand is indexed neither by the identity nor by a broadcast}}
  %z = linalg.generic {indexing_maps = [#id, affine_map<(i, j) -> (j, i)>, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %t : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<8x8xf32>
  return %z : tensor<8x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

func.func @reduction(%x: tensor<8x8xf32>, %e: tensor<8xf32>) -> tensor<8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  // expected-remark@below {{not fused with the norm op: it is a reduction}}
  %z = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%y : tensor<8x8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %a, %o : f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  return %z : tensor<8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

func.func @index_of_the_element(%x: tensor<8x8xf32>) -> tensor<8x8xindex> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %e = tensor.empty() : tensor<8x8xindex>
  // expected-remark@below {{not fused with the norm op: it uses the index of the element}}
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<8x8xf32>) outs(%e : tensor<8x8xindex>) {
  ^bb0(%a: f32, %o: index):
    %i = linalg.index 0 : index
    linalg.yield %i : index
  } -> tensor<8x8xindex>
  return %z : tensor<8x8xindex>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

func.func @reads_its_destination(%x: tensor<8x8xf32>, %e: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  // expected-remark@below {{not fused with the norm op: it reads its destination}}
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %a, %o : f32
    linalg.yield %p : f32
  } -> tensor<8x8xf32>
  return %z : tensor<8x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

func.func @transposed_result(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  // expected-remark@below {{not fused with the norm op: its result is not indexed by the identity}}
  %z = linalg.generic {indexing_maps = [#id, affine_map<(i, j) -> (j, i)>], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<8x8xf32>
  return %z : tensor<8x8xf32>
}

// -----

// A row of the region's result cannot be read for every row.
func.func @another_number_of_dims(%x: tensor<8x8xf32>) -> tensor<4x8x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %e = tensor.empty() : tensor<4x8x8xf32>
  // expected-remark@below {{not fused with the norm op: it has another number of dims}}
  %z = linalg.generic {indexing_maps = [affine_map<(b, i, j) -> (i, j)>, affine_map<(b, i, j) -> (b, i, j)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y : tensor<8x8xf32>) outs(%e : tensor<4x8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<4x8x8xf32>
  return %z : tensor<4x8x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

func.func @rrms_over_the_rows(%x: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %y, %r = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8xf32>)
  %e = tensor.empty() : tensor<8x8xf32>
  // expected-remark@below {{not fused with the norm op: it broadcasts a result of the region over the rows}}
  %z = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j)>, #id], iterator_types = ["parallel", "parallel"]}
      ins(%r : tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<8x8xf32>
  return %y, %z : tensor<8x8xf32>, tensor<8x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// An element of y is needed before the loop can go on.
func.func @operand_made_after_the_norm_op(%x: tensor<8x8xf32>, %i: index) -> tensor<8x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %f = tensor.extract %y[%i, %i] : tensor<8x8xf32>
  %t = tensor.splat %f : tensor<8x8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  // expected-remark@below {{not fused with the norm op: an operand is computed after the norm op}}
  %z = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %t : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<8x8xf32>
  return %z : tensor<8x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// The sum is needed before the loop could compute it.
func.func @result_used_before_the_norm_op(%x: tensor<8x8xf32>, %i: index) -> (tensor<8x8xf32>, f32) {
  %e = tensor.empty() : tensor<8x8xf32>
  // expected-remark@below {{not fused with the norm op: its result is used before the norm op}}
  %s = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %a, %a : f32
    linalg.yield %p : f32
  } -> tensor<8x8xf32>
  %f = tensor.extract %s[%i, %i] : tensor<8x8xf32>
  %y = norm.rmsnorm %s axis(1) epsilon(0.0) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  return %y, %f : tensor<8x8xf32>, f32
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// The rows of the second norm op are made of a value for each row of the first.
func.func @norm_op_of_other_rows(%x: tensor<8x8x8xf32>) -> (tensor<8x8x8xf32>, tensor<8x8xf32>) {
  %y, %r = norm.rmsnorm %x axis(2) epsilon(0.0) : (tensor<8x8x8xf32>) -> (tensor<8x8x8xf32>, tensor<8x8xf32>)
  // expected-remark@below {{not fused with the norm op: its rows are others}}
  %w = norm.rmsnorm %r axis(1) epsilon(0.0) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  return %y, %w : tensor<8x8x8xf32>, tensor<8x8xf32>
}

// -----

func.func @norm_op_of_another_strategy(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) {strategy = #norm.strategy<vector_bits = 256>}
    : (tensor<8x8xf32>) -> tensor<8x8xf32>
  // expected-remark@below {{not fused with the norm op: its strategy is another}}
  %w = norm.rmsnorm %y axis(1) epsilon(0.0) {strategy = #norm.strategy<vector_bits = 512>}
    : (tensor<8x8xf32>) -> tensor<8x8xf32>
  return %w : tensor<8x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// It is a neighbour of both, and can only be in one loop.
func.func @between_two_loops(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) {strategy = #norm.strategy<vector_bits = 256>}
    : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  // expected-remark@below {{not fused with the norm op: it is fused with another norm op}}
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.negf %a : f32
    linalg.yield %p : f32
  } -> tensor<8x8xf32>
  // expected-remark@below {{not fused with the norm op: its strategy is another}}
  %w = norm.rmsnorm %z axis(1) epsilon(0.0) {strategy = #norm.strategy<vector_bits = 512>}
    : (tensor<8x8xf32>) -> tensor<8x8xf32>
  return %w : tensor<8x8xf32>
}

// -----

#id = affine_map<(i) -> (i)>

// A view at the boundary of the function costs nothing: no remark about x.
func.func @behind_a_reshape(%x: tensor<64xf32>) -> tensor<64xf32> {
  %v = tensor.expand_shape %x [[0, 1]] output_shape [8, 8] : tensor<64xf32> into tensor<8x8xf32>
  %y = norm.rmsnorm %v axis(1) epsilon(0.0) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %c = tensor.collapse_shape %y [[0, 1]] : tensor<8x8xf32> into tensor<64xf32>
  %e = tensor.empty() : tensor<64xf32>
  // expected-remark@below {{not fused with the norm op: a reshape is between them}}
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%c : tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.negf %a : f32
    linalg.yield %p : f32
  } -> tensor<64xf32>
  return %z : tensor<64xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

func.func @far_away(%x: tensor<8x8xf32>, %w: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  // expected-remark@below {{not fused: it is not connected to a norm op by elementwise ops}}
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%w : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.negf %a : f32
    linalg.yield %p : f32
  } -> tensor<8x8xf32>
  return %y, %z : tensor<8x8xf32>, tensor<8x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

func.func @in_another_block(%x: tensor<8x8xf32>, %c: i1) -> tensor<8x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %r = scf.if %c -> tensor<8x8xf32> {
    // expected-remark@below {{not fused with the norm op: it is in another block}}
    %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%y : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%a: f32, %o: f32):
      %p = arith.negf %a : f32
      linalg.yield %p : f32
    } -> tensor<8x8xf32>
    scf.yield %z : tensor<8x8xf32>
  } else {
    scf.yield %y : tensor<8x8xf32>
  }
  return %r : tensor<8x8xf32>
}
