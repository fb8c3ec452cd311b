// The files that a function writes do not depend on what its types say about
// sizes, or on the strategy.
// RUN: norm-run %s --entry=dynamic --random=1 --shape=x:5x4099 --shape=w:4099 --output=%t-dynamic-y.npy --output=%t-dynamic-r.npy
// RUN: norm-run %s --entry=static --random=1 --output=%t-static-y.npy --output=%t-static-r.npy
// RUN: norm-run %s --entry=streamed --random=1 --shape=x:5x4099 --shape=w:4099 --output=%t-streamed-y.npy --output=%t-streamed-r.npy
// RUN: cmp %t-dynamic-y.npy %t-static-y.npy
// RUN: cmp %t-dynamic-r.npy %t-static-r.npy
// RUN: cmp %t-dynamic-y.npy %t-streamed-y.npy
// RUN: cmp %t-dynamic-r.npy %t-streamed-r.npy
//
// Another epsilon gives other files.
// RUN: norm-run %s --entry=other --random=1 --shape=x:5x4099 --shape=w:4099 --output=%t-other-y.npy --output=%t-other-r.npy
// RUN: not cmp %t-dynamic-y.npy %t-other-y.npy

func.func @dynamic(%x: tensor<?x?xf32>, %w: tensor<?xf32>)
    -> (tensor<?x?xf32>, tensor<?xf32>) {
  %y, %r = norm.rmsnorm %x gamma(%w) axis(1) epsilon(1.0e-6)
    : (tensor<?x?xf32>, tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
  return %y, %r : tensor<?x?xf32>, tensor<?xf32>
}

func.func @static(%x: tensor<5x4099xf32>, %w: tensor<4099xf32>)
    -> (tensor<5x4099xf32>, tensor<5xf32>) {
  %y, %r = norm.rmsnorm %x gamma(%w) axis(1) epsilon(1.0e-6)
    : (tensor<5x4099xf32>, tensor<4099xf32>)
    -> (tensor<5x4099xf32>, tensor<5xf32>)
  return %y, %r : tensor<5x4099xf32>, tensor<5xf32>
}

func.func @streamed(%x: tensor<?x?xf32>, %w: tensor<?xf32>)
    -> (tensor<?x?xf32>, tensor<?xf32>) {
  %y, %r = norm.rmsnorm %x gamma(%w) axis(1) epsilon(1.0e-6)
    {strategy = #norm.strategy<vector_bits = 256, stream_bytes = 0>}
    : (tensor<?x?xf32>, tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
  return %y, %r : tensor<?x?xf32>, tensor<?xf32>
}

func.func @other(%x: tensor<?x?xf32>, %w: tensor<?xf32>)
    -> (tensor<?x?xf32>, tensor<?xf32>) {
  %y, %r = norm.rmsnorm %x gamma(%w) axis(1) epsilon(1.0e-3)
    : (tensor<?x?xf32>, tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
  return %y, %r : tensor<?x?xf32>, tensor<?xf32>
}
