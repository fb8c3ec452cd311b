// RUN: norm-opt %s --norm-select-strategy --verify-diagnostics

func.func @for_gpu(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  // expected-error@below {{expected a strategy for a CPU, without 'gpu', or none, found #norm.strategy<}}
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) {strategy = #norm.strategy<vector_bits = 128, gpu = <row_threads = 4, block_rows = 1, thread_elements = 4, row_tile = 64, row_blocks = 3>>} : (tensor<4x64xf32>) -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}
