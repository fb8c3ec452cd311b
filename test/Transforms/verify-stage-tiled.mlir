// RUN: norm-opt %s --norm-verify-stage=stage=tiled --split-input-file --verify-diagnostics -o /dev/null

func.func @two_loops(%e: tensor<2x4xf32>, %f: f32) -> tensor<2x4xf32> {
  // expected-error@below {{'linalg.fill' op is left at the end of stage 'tiled': expected linalg ops on one row or on a scalar, or sums}}
  %y = linalg.fill ins(%f : f32) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

func.func @in_order(%e: tensor<4xf32>, %f: f32) -> tensor<4xf32> {
  %y = linalg.fill ins(%f : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
