// Rows of a gradient that are longer than the tile of a strategy by less than
// another one.

// RUN: norm-run %s --entry=f32 --target=cuda-emulated --random=1 --verify | FileCheck %s
// RUN: norm-run %s --entry=bf16 --target=cuda-emulated --random=2 --verify | FileCheck %s
// CHECK: verify result 0: passed
// CHECK: verify result 1: passed

#strategy = #norm.strategy<vector_bits = 128, gpu = <row_threads = 16, block_rows = 2, thread_elements = 2, row_tile = 64, row_blocks = 2>>

func.func @f32(%dy: tensor<5x75xf32>, %x: tensor<5x75xf32>, %r: tensor<5xf32>, %g: tensor<75xf32>)
    -> (tensor<5x75xf32>, tensor<75xf32>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1) {strategy = #strategy}
    : (tensor<5x75xf32>, tensor<5x75xf32>, tensor<5xf32>, tensor<75xf32>) -> (tensor<5x75xf32>, tensor<75xf32>)
  return %dx, %dg : tensor<5x75xf32>, tensor<75xf32>
}

func.func @bf16(%dy: tensor<5x127xbf16>, %x: tensor<5x127xbf16>, %r: tensor<5xf32>)
    -> (tensor<5x127xbf16>, tensor<127xbf16>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1) {strategy = #strategy}
    : (tensor<5x127xbf16>, tensor<5x127xbf16>, tensor<5xf32>) -> (tensor<5x127xbf16>, tensor<127xbf16>)
  return %dx, %dg : tensor<5x127xbf16>, tensor<127xbf16>
}
