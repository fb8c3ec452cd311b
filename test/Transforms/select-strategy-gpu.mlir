// RUN: norm-opt %s --norm-select-strategy="gpu=true" | FileCheck %s

// A row in the registers of a block is summed at once.
// CHECK-LABEL: func.func @in_registers
// CHECK: gpu = <row_threads = 1024, block_rows = 1, thread_elements = 8, row_tile = 32768, row_blocks = 264>>}
func.func @in_registers(%x: tensor<4x32768xbf16>) -> tensor<4x32768xbf16> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<4x32768xbf16>) -> tensor<4x32768xbf16>
  return %y : tensor<4x32768xbf16>
}

// A longer one is summed in chunks, which blocks share if the multiprocessors
// are more than the rows.
// CHECK-LABEL: func.func @longer
// CHECK: row_tile = 16384, row_blocks = 264, row_chunk = 32768, split_rows = 132>>}
func.func @longer(%x: tensor<?x32769xbf16>) -> tensor<?x32769xbf16> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x32769xbf16>) -> tensor<?x32769xbf16>
  return %y : tensor<?x32769xbf16>
}

// CHECK-LABEL: func.func @dynamic
// CHECK: gpu = <row_threads = 256, block_rows = 1, thread_elements = 4, row_tile = 4096, row_blocks = 264, row_chunk = 8192, split_rows = 132>>}
func.func @dynamic(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// Sums over the rows take whole rows.
// CHECK-LABEL: func.func @sums_over_rows
// CHECK: row_blocks = 264>>}
func.func @sums_over_rows(%dy: tensor<?x?xf32>, %x: tensor<?x?xf32>, %r: tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1) : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
  return %dx, %dg : tensor<?x?xf32>, tensor<?xf32>
}
