// RUN: norm-opt %s --norm-select-strategy="vector-bits=512 last-level-cache-bytes=1048576" | FileCheck %s
// RUN: norm-opt %s --norm-select-strategy="vector-bits=128 last-level-cache-bytes=1048575" | FileCheck %s --check-prefix=SMALL
// RUN: norm-opt %s --norm-select-strategy | FileCheck %s --check-prefix=DEFAULT

// x and y have 2 * 127 * 512 * 4 bytes, which is less than the 512 KiB of a
// core's own cache.
// CHECK-LABEL: func.func @in_own_cache
// CHECK: {strategy = #norm.strategy<vector_bits = 512>}
// SMALL-LABEL: func.func @in_own_cache
// SMALL: {strategy = #norm.strategy<vector_bits = 128>}
// DEFAULT-LABEL: func.func @in_own_cache
// DEFAULT: {strategy = #norm.strategy<vector_bits = 128>}
func.func @in_own_cache(%x: tensor<127x512xf32>) -> tensor<127x512xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<127x512xf32>) -> tensor<127x512xf32>
  return %y : tensor<127x512xf32>
}

// 512 KiB: below both cache sizes, but worth prefetching.
// CHECK-LABEL: func.func @below_the_cache
// CHECK: {strategy = #norm.strategy<vector_bits = 512, prefetch_bytes = 131072>}
// SMALL-LABEL: func.func @below_the_cache
// SMALL: {strategy = #norm.strategy<vector_bits = 128, prefetch_bytes = 131072>}
func.func @below_the_cache(%x: tensor<128x512xf32>) -> tensor<128x512xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<128x512xf32>) -> tensor<128x512xf32>
  return %y : tensor<128x512xf32>
}

// 1 MiB together, of 2-byte elements; gamma and rrms do not count. Stores
// always go past the caches.
// CHECK-LABEL: func.func @as_large_as_the_cache
// CHECK: {strategy = #norm.strategy<vector_bits = 512, stream_bytes = 0, prefetch_bytes = 131072>}
// SMALL-LABEL: func.func @as_large_as_the_cache
// SMALL: {strategy = #norm.strategy<vector_bits = 128, stream_bytes = 0, prefetch_bytes = 131072>}
// DEFAULT-LABEL: func.func @as_large_as_the_cache
// DEFAULT: {strategy = #norm.strategy<vector_bits = 128, prefetch_bytes = 131072>}
func.func @as_large_as_the_cache(%x: tensor<512x512xbf16>, %g: tensor<512xf32>) -> (tensor<512x512xbf16>, tensor<512xf32>) {
  %y, %r = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0)
    : (tensor<512x512xbf16>, tensor<512xf32>) -> (tensor<512x512xbf16>, tensor<512xf32>)
  return %y, %r : tensor<512x512xbf16>, tensor<512xf32>
}

// 4 bytes less than 1 MiB.
// CHECK-LABEL: func.func @just_below_the_cache
// CHECK: {strategy = #norm.strategy<vector_bits = 512, prefetch_bytes = 131072>}
// SMALL-LABEL: func.func @just_below_the_cache
// SMALL: {strategy = #norm.strategy<vector_bits = 128, prefetch_bytes = 131072>}
func.func @just_below_the_cache(%x: tensor<1x262143xbf16>) -> tensor<1x262143xbf16> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<1x262143xbf16>) -> tensor<1x262143xbf16>
  return %y : tensor<1x262143xbf16>
}

// The size is compared when the function runs.
// CHECK-LABEL: func.func @dynamic
// CHECK: {strategy = #norm.strategy<vector_bits = 512, stream_bytes = 1048576, prefetch_bytes = 131072>}
// SMALL-LABEL: func.func @dynamic
// SMALL: {strategy = #norm.strategy<vector_bits = 128, stream_bytes = 1048575, prefetch_bytes = 131072>}
// DEFAULT-LABEL: func.func @dynamic
// DEFAULT: {strategy = #norm.strategy<vector_bits = 128, stream_bytes = 33554432, prefetch_bytes = 131072>}
func.func @dynamic(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// CHECK-LABEL: func.func @written_by_hand
// CHECK: {strategy = #norm.strategy<vector_bits = 256, stream_bytes = 7>}
func.func @written_by_hand(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0)
    {strategy = #norm.strategy<vector_bits = 256, stream_bytes = 7>} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// Threads share few rows of 1 MiB of f32; sums over rows have another order, and
// code for both forms is not made for rows of dynamic size.
// CHECK-LABEL: func.func @huge_rows
// CHECK: norm.rmsnorm {{.*}} split = <columns = 262144, rows = 8, chunks = 32>
// CHECK: norm.rmsnorm {{.*}} split = <columns = 262144, rows = 8, chunks = 32>
func.func @huge_rows(%x: tensor<7x262144xbf16>, %y: tensor<?x512x512xf32>) -> (tensor<7x262144xbf16>, tensor<?x512x512xf32>) {
  %a = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<7x262144xbf16>) -> tensor<7x262144xbf16>
  %b = norm.rmsnorm %y axis(1) epsilon(0.0) : (tensor<?x512x512xf32>) -> tensor<?x512x512xf32>
  return %a, %b : tensor<7x262144xbf16>, tensor<?x512x512xf32>
}

// CHECK-LABEL: func.func @no_huge_rows
// CHECK-NOT: split
func.func @no_huge_rows(%x: tensor<8x262144xf32>, %y: tensor<7x262143xf32>, %z: tensor<1x?xf32>) -> (tensor<8x262144xf32>, tensor<7x262143xf32>, tensor<1x?xf32>) {
  %a = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x262144xf32>) -> tensor<8x262144xf32>
  %b = norm.rmsnorm %y axis(1) epsilon(0.0) : (tensor<7x262143xf32>) -> tensor<7x262143xf32>
  %c = norm.rmsnorm %z axis(1) epsilon(0.0) : (tensor<1x?xf32>) -> tensor<1x?xf32>
  return %a, %b, %c : tensor<8x262144xf32>, tensor<7x262143xf32>, tensor<1x?xf32>
}
