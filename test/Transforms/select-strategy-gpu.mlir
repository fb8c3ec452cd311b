// RUN: norm-opt %s --norm-select-strategy="gpu=true" | FileCheck %s
// RUN: norm-opt %s --norm-select-strategy="gpu=true clusters=true" | FileCheck %s --check-prefix=CLUSTERS

// A row in the registers of a block is summed at once.
// CHECK-LABEL: func.func @in_registers
// CHECK: gpu = <row_threads = 1024, block_rows = 1, thread_elements = 8, row_tile = 32768, row_blocks = 132>>}
func.func @in_registers(%x: tensor<4x32768xbf16>) -> tensor<4x32768xbf16> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<4x32768xbf16>) -> tensor<4x32768xbf16>
  return %y : tensor<4x32768xbf16>
}

// A longer one is summed in chunks, which blocks share if the multiprocessors
// are more than the rows.
// CHECK-LABEL: func.func @longer
// CHECK: row_tile = 16384, row_blocks = 132, row_chunk = 32768, split_rows = 132>>}
func.func @longer(%x: tensor<?x32769xbf16>) -> tensor<?x32769xbf16> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x32769xbf16>) -> tensor<?x32769xbf16>
  return %y : tensor<?x32769xbf16>
}

// Where one row for each multiprocessor does not fit the L2 cache, clusters share
// each, of up to 8 chunks.
// CLUSTERS-LABEL: func.func @longer
// CLUSTERS: split_rows = 132>>}
// CHECK-LABEL: func.func @of_clusters
// CHECK: row_chunk = 32768, split_rows = 132>>}
// CLUSTERS-LABEL: func.func @of_clusters
// CLUSTERS: row_chunk = 32768, split_rows = 9223372036854775807>>}
func.func @of_clusters(%x: tensor<?x262144xbf16>) -> tensor<?x262144xbf16> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x262144xbf16>) -> tensor<?x262144xbf16>
  return %y : tensor<?x262144xbf16>
}
// CLUSTERS-LABEL: func.func @of_more_chunks
// CLUSTERS: split_rows = 132>>}
func.func @of_more_chunks(%x: tensor<?x262145xbf16>) -> tensor<?x262145xbf16> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x262145xbf16>) -> tensor<?x262145xbf16>
  return %y : tensor<?x262145xbf16>
}

// CHECK-LABEL: func.func @dynamic
// CHECK: gpu = <row_threads = 256, block_rows = 1, thread_elements = 4, row_tile = 4096, row_blocks = 264, row_chunk = 8192, split_rows = 132>>}
func.func @dynamic(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// Sums over the rows take whole rows.
// CHECK-LABEL: func.func @sums_over_rows
// CHECK: row_blocks = 264, resident_threads = 512>>}
func.func @sums_over_rows(%dy: tensor<?x?xf32>, %x: tensor<?x?xf32>, %r: tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1) : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
  return %dx, %dg : tensor<?x?xf32>, tensor<?xf32>
}

// A block of 1024 threads has a multiprocessor to itself, and no registers for
// the next row; of 256 a part of one.
// CHECK-LABEL: func.func @sums_over_long_rows
// CHECK: row_threads = 1024, {{.*}}row_blocks = 132, resident_threads = 1024>>}
func.func @sums_over_long_rows(%dy: tensor<?x16384xf32>, %x: tensor<?x16384xf32>, %r: tensor<?xf32>) -> (tensor<?x16384xf32>, tensor<16384xf32>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1) : (tensor<?x16384xf32>, tensor<?x16384xf32>, tensor<?xf32>) -> (tensor<?x16384xf32>, tensor<16384xf32>)
  return %dx, %dg : tensor<?x16384xf32>, tensor<16384xf32>
}

// CHECK-LABEL: func.func @sums_over_rows_of_a_part
// CHECK: row_threads = 256, {{.*}}row_blocks = 264, rows_ahead = 1, resident_threads = 512>>}
func.func @sums_over_rows_of_a_part(%dy: tensor<?x2048xf32>, %x: tensor<?x2048xf32>, %r: tensor<?xf32>) -> (tensor<?x2048xf32>, tensor<2048xf32>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1) : (tensor<?x2048xf32>, tensor<?x2048xf32>, tensor<?xf32>) -> (tensor<?x2048xf32>, tensor<2048xf32>)
  return %dx, %dg : tensor<?x2048xf32>, tensor<2048xf32>
}

// CHECK-LABEL: func.func @sums_over_rows_of_halves
// CHECK: row_threads = 256, {{.*}}row_blocks = 264, rows_ahead = 1, resident_threads = 512>>}
func.func @sums_over_rows_of_halves(%dy: tensor<?x4096xbf16>, %x: tensor<?x4096xbf16>, %r: tensor<?xf32>) -> (tensor<?x4096xbf16>, tensor<4096xbf16>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1) : (tensor<?x4096xbf16>, tensor<?x4096xbf16>, tensor<?xf32>) -> (tensor<?x4096xbf16>, tensor<4096xbf16>)
  return %dx, %dg : tensor<?x4096xbf16>, tensor<4096xbf16>
}

// Short rows with sums have one access for each thread, so that few of them
// share a block.
// CHECK-LABEL: func.func @sums_over_short_rows
// CHECK: row_threads = 16, block_rows = 16, {{.*}}row_tile = 128, row_blocks = 6336, rows_ahead = 1, resident_threads = 768>>}
func.func @sums_over_short_rows(%dy: tensor<?x128xbf16>, %x: tensor<?x128xbf16>, %r: tensor<?xf32>) -> (tensor<?x128xbf16>, tensor<128xbf16>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1) : (tensor<?x128xbf16>, tensor<?x128xbf16>, tensor<?xf32>) -> (tensor<?x128xbf16>, tensor<128xbf16>)
  return %dx, %dg : tensor<?x128xbf16>, tensor<128xbf16>
}

// With a sum for each of 8 rows at least.
// CHECK-LABEL: func.func @sums_over_few_short_rows
// CHECK: row_blocks = 4224, rows_ahead = 1, resident_threads = 512>>}
func.func @sums_over_few_short_rows(%dy: tensor<16384x128xbf16>, %x: tensor<16384x128xbf16>, %r: tensor<16384xf32>) -> (tensor<16384x128xbf16>, tensor<128xbf16>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1) : (tensor<16384x128xbf16>, tensor<16384x128xbf16>, tensor<16384xf32>) -> (tensor<16384x128xbf16>, tensor<128xbf16>)
  return %dx, %dg : tensor<16384x128xbf16>, tensor<128xbf16>
}

// Rows that start anywhere have an element for each access, and a few more of
// them before it takes twice the threads.
// CHECK-LABEL: func.func @odd_rows
// CHECK: row_threads = 128, block_rows = 1, thread_elements = 1, row_tile = 4224,
func.func @odd_rows(%x: tensor<?x4097xbf16>) -> tensor<?x4097xbf16> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x4097xbf16>) -> tensor<?x4097xbf16>
  return %y : tensor<?x4097xbf16>
}

// CHECK-LABEL: func.func @rows_of_whole_registers
// CHECK: row_threads = 128, block_rows = 1, thread_elements = 2, row_tile = 4352,
func.func @rows_of_whole_registers(%x: tensor<?x4098xbf16>) -> tensor<?x4098xbf16> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x4098xbf16>) -> tensor<?x4098xbf16>
  return %y : tensor<?x4098xbf16>
}

// A few more elements are whole accesses of their own.
// CHECK-LABEL: func.func @rows_of_spare_accesses
// CHECK: row_threads = 256, block_rows = 1, thread_elements = 4, row_tile = 5120,
func.func @rows_of_spare_accesses(%x: tensor<?x4100xbf16>) -> tensor<?x4100xbf16> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x4100xbf16>) -> tensor<?x4100xbf16>
  return %y : tensor<?x4100xbf16>
}

// What is read ahead is a whole row.
// CHECK-LABEL: func.func @rows_ahead_of_spare_accesses
// CHECK: row_threads = 128, block_rows = 1, thread_elements = 2, row_tile = 1280, {{.*}} rows_ahead = 1
func.func @rows_ahead_of_spare_accesses(%dy: tensor<?x1026xbf16>, %x: tensor<?x1026xbf16>, %r: tensor<?xf32>)
    -> (tensor<?x1026xbf16>, tensor<1026xbf16>) {
  %dx, %dgamma = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<?x1026xbf16>, tensor<?x1026xbf16>, tensor<?xf32>) -> (tensor<?x1026xbf16>, tensor<1026xbf16>)
  return %dx, %dgamma : tensor<?x1026xbf16>, tensor<1026xbf16>
}

// A single row starts where the tensor does.
// CHECK-LABEL: func.func @odd_row
// CHECK: thread_elements = 8,
func.func @odd_row(%x: tensor<1x4097xbf16>) -> tensor<1x4097xbf16> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<1x4097xbf16>) -> tensor<1x4097xbf16>
  return %y : tensor<1x4097xbf16>
}

// Sums over rows that are longer than a block keeps have the registers of 512
// threads.
// CHECK-LABEL: func.func @sums_over_longest_rows
// CHECK: row_threads = 512, block_rows = 1, thread_elements = 8, row_tile = 8192, row_blocks = 132, resident_threads = 512>>}
func.func @sums_over_longest_rows(%dy: tensor<?x65536xbf16>, %x: tensor<?x65536xbf16>, %r: tensor<?xf32>) -> (tensor<?x65536xbf16>, tensor<65536xbf16>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r axis(1) : (tensor<?x65536xbf16>, tensor<?x65536xbf16>, tensor<?xf32>) -> (tensor<?x65536xbf16>, tensor<65536xbf16>)
  return %dx, %dg : tensor<?x65536xbf16>, tensor<65536xbf16>
}

// A block of a sum over a channel: 64 elements for each thread of a tensor whose
// size only the call knows, or that is small.
// CHECK-LABEL: func.func @channel
// CHECK: row_threads = 256, {{.*}}channel_block = 16384>>}
func.func @channel(%x: tensor<?x64x56x56xf32>) -> tensor<64xf32> {
  %m = norm.channel_stats %x epsilon(0.0) layout(NCHW) : (tensor<?x64x56x56xf32>) -> tensor<64xf32>
  return %m : tensor<64xf32>
}

// Of a larger one up to 256.
// CHECK-LABEL: func.func @channel_of_many_elements
// CHECK: row_threads = 256, {{.*}}channel_block = 65536>>}
func.func @channel_of_many_elements(%x: tensor<1024x64x56x56xf32>) -> tensor<64xf32> {
  %m = norm.channel_stats %x epsilon(0.0) layout(NCHW) : (tensor<1024x64x56x56xf32>) -> tensor<64xf32>
  return %m : tensor<64xf32>
}

// Channels that are neighbours share a block, which has many rows of them.
// CHECK-LABEL: func.func @channels_as_rows
// CHECK: channel_block = 65536>>}
func.func @channels_as_rows(%x: tensor<?x7x7x2048xf32>) -> tensor<2048xf32> {
  %m = norm.channel_stats %x epsilon(0.0) layout(NHWC) : (tensor<?x7x7x2048xf32>) -> tensor<2048xf32>
  return %m : tensor<2048xf32>
}

// So do those of images of one pixel, in rows of channels.
// CHECK-LABEL: func.func @channels_of_one_pixel
// CHECK: row_threads = 64, {{.*}}row_tile = 1024, {{.*}}channel_block = 65536>>}
func.func @channels_of_one_pixel(%x: tensor<?x1024x1x1xf32>) -> tensor<1024xf32> {
  %m = norm.channel_stats %x epsilon(0.0) layout(NCHW) : (tensor<?x1024x1x1xf32>) -> tensor<1024xf32>
  return %m : tensor<1024xf32>
}

// A single channel is one row of all elements.
// CHECK-LABEL: func.func @single_channel
// CHECK: row_threads = 64, {{.*}}channel_block = 4096>>}
func.func @single_channel(%x: tensor<32x32x1xf32>) -> tensor<1xf32> {
  %m = norm.channel_stats %x epsilon(0.0) layout(NHWC) : (tensor<32x32x1xf32>) -> tensor<1xf32>
  return %m : tensor<1xf32>
}
