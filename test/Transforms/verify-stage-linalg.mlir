// RUN: norm-opt %s --norm-verify-stage=stage=linalg --split-input-file --verify-diagnostics -o /dev/null

func.func @norm_op(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error@below {{'norm.rmsnorm' op is left at the end of stage 'linalg': expected no norm op}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

func.func @in_order(%e: tensor<2x4xf32>, %f: f32) -> tensor<2x4xf32> {
  %y = linalg.fill ins(%f : f32) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}
