// RUN: norm-opt %s --norm-verify-stage=stage=norm --split-input-file --verify-diagnostics -o /dev/null

func.func @without_strategy(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error@below {{'norm.rmsnorm' op is left at the end of stage 'norm': expected each norm op to have a strategy}}
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

func.func @memref_form(%x: memref<2x4xf32>) {
  // expected-error@below {{'norm.rmsnorm' op is left at the end of stage 'norm': expected norm ops in tensor form}}
  norm.rmsnorm %x outs(%x) axis(1) epsilon(0.0) {strategy = #norm.strategy<vector_bits = 128>} : (memref<2x4xf32>, memref<2x4xf32>) -> ()
  return
}

// -----

func.func @in_order(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) {strategy = #norm.strategy<vector_bits = 128>} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}
