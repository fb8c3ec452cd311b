// RUN: norm-opt %s --transform-interpreter --split-input-file --verify-diagnostics

func.func @inside_a_row(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  // expected-error@+3 {{tile operation}}
  // expected-error@+2 {{failed to generate tiling loops}}
  // expected-error@+1 {{cannot be tiled inside a row: expected tiles that cover dims 1 to 1, found one that may cover a part of dim 1}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x16xf32>) -> tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%f: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["norm.rmsnorm"]} in %f : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %op tile_sizes [0, 4]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

func.func @fuse_inside_a_row(%x: tensor<8x16xf32>, %o: tensor<8x16xf32>) -> tensor<8x16xf32> {
  // expected-error@+1 {{cannot be fused into a loop over parts of its rows: expected result tiles that start at offset 0 from dim 1}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x16xf32>) -> tensor<8x16xf32>
  %e = linalg.exp ins(%y : tensor<8x16xf32>) outs(%o : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %e : tensor<8x16xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%f: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["linalg.exp"]} in %f : (!transform.any_op) -> !transform.any_op
    %t, %l, %m = transform.structured.fuse %op tile_sizes [4, 4]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}
