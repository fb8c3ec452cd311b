// RUN: norm-opt %s --norm-select-strategy=gpu=true --split-input-file --verify-diagnostics

func.func @for_cpu(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  // expected-error@below {{expected a strategy for a GPU, with 'gpu', or none, found #norm.strategy<vector_bits = 256>}}
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) {strategy = #norm.strategy<vector_bits = 256>} : (tensor<4x64xf32>) -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}

// -----

func.func @one_thread(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  // expected-error@below {{expected a strategy with row_threads >= 2, found 1}}
  %y = norm.reciprocal %x {strategy = #norm.strategy<vector_bits = 128, gpu = <row_threads = 1, block_rows = 2, thread_elements = 16, row_tile = 16, row_blocks = 3>>} : (tensor<4x64xf32>) -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}

// -----

func.func @tile_with_rows(%x: tensor<4x64xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
  // expected-error@below {{expected a strategy with tile_rows = 1, as only kernels that add partial sums have more, found 2}}
  %mean, %inv_std = norm.channel_stats %x epsilon(0.0) layout(NHWC) {strategy = #norm.strategy<vector_bits = 128, gpu = <row_threads = 4, block_rows = 1, thread_elements = 8, row_tile = 96, row_blocks = 3, tile_rows = 2>>} : (tensor<4x64xf32>) -> (tensor<64xf32>, tensor<64xf32>)
  return %mean, %inv_std : tensor<64xf32>, tensor<64xf32>
}

// -----

// expected-error@below {{expected a strategy for a GPU, with 'gpu', or none, found #norm.strategy<vector_bits = 128>}}
func.func @function_for_cpu() attributes {norm.strategy = #norm.strategy<vector_bits = 128>} {
  return
}

// -----

// expected-error@below {{expected a #norm.strategy as 'norm.strategy', found 3 : i32}}
func.func @no_strategy() attributes {norm.strategy = 3 : i32} {
  return
}
