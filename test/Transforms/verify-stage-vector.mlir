// RUN: norm-opt %s --norm-verify-stage=stage=vector --split-input-file --verify-diagnostics -o /dev/null

func.func @linalg_op(%e: tensor<4xf32>, %f: f32) -> tensor<4xf32> {
  // expected-error@below {{'linalg.fill' op is left at the end of stage 'vector': expected no linalg op}}
  %y = linalg.fill ins(%f : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @in_order(%e: tensor<4xf32>, %v: vector<4xf32>, %i: index) -> tensor<4xf32> {
  %y = vector.transfer_write %v, %e[%i] : vector<4xf32>, tensor<4xf32>
  return %y : tensor<4xf32>
}
