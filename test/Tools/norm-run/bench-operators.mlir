// The useful bytes of each operator, and the limit that it is compared with: what only
// reads with a pass of reading, the others with a copy.
// DEFINE: %{bench} = norm-run %s --random=1 --bench --bench-seconds=0
// RUN: %{bench} --entry=rmsnorm --shape=x:1x4096 --shape=gamma:4096 | FileCheck %s --check-prefix=RMSNORM
// RUN: %{bench} --entry=rmsnorm_grad --shape=dy:8x512 --shape=x:8x512 --shape=rrms:8 --shape=gamma:512 | FileCheck %s --check-prefix=RMSNORM-GRAD
// RUN: %{bench} --entry=reciprocal --shape=x:4096 | FileCheck %s --check-prefix=RECIPROCAL
// RUN: %{bench} --entry=reciprocal_grad --shape=y:4096 --shape=dy:4096 | FileCheck %s --check-prefix=RECIPROCAL-GRAD
// RUN: %{bench} --entry=channel_stats --shape=x:2x8x16x16 | FileCheck %s --check-prefix=CHANNEL-STATS
// RUN: %{bench} --entry=channel_backprop_stats --shape=x:1x4096x1x1 --shape=mean:4096 --shape=inv_std:4096 --shape=dy:1x4096x1x1 | FileCheck %s --check-prefix=CHANNEL-BACKPROP-STATS
// RUN: %{bench} --entry=channel_backprop --shape=x:2x8x16x16 --shape=v:8 --shape=dy:2x8x16x16 | FileCheck %s --check-prefix=CHANNEL-BACKPROP

// Each tensor that counts has 4096 elements of 4 bytes.
// RMSNORM: "shape":[1,4096],{{.*}}"useful_bytes":32768,{{.*}}"limit":"{{.*}}copy
// RMSNORM-GRAD: "useful_bytes":49152,{{.*}}"limit":"{{.*}}copy
// RECIPROCAL: "useful_bytes":32768,{{.*}}"limit":"{{.*}}copy
// RECIPROCAL-GRAD: "useful_bytes":49152,{{.*}}"limit":"{{.*}}copy
// CHANNEL-STATS: "useful_bytes":16384,{{.*}}"limit":"read"
// CHANNEL-BACKPROP-STATS: "shape":[1,4096,1,1],{{.*}}"useful_bytes":32768,{{.*}}"limit":"read"
// CHANNEL-BACKPROP: "useful_bytes":49152,{{.*}}"limit":"{{.*}}copy

func.func @rmsnorm(%x: tensor<?x?xf32>, %gamma: tensor<?xf32>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x gamma(%gamma) axis(1) epsilon(1.0e-6)
    : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

func.func @rmsnorm_grad(%dy: tensor<?x?xf32>, %x: tensor<?x?xf32>, %rrms: tensor<?xf32>, %gamma: tensor<?xf32>)
    -> (tensor<?x?xf32>, tensor<?xf32>) {
  %dx, %dgamma = norm.rmsnorm_grad %dy, %x, %rrms gamma(%gamma) axis(1)
    : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
  return %dx, %dgamma : tensor<?x?xf32>, tensor<?xf32>
}

func.func @reciprocal(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = norm.reciprocal %x : (tensor<?xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

func.func @reciprocal_grad(%y: tensor<?xf32>, %dy: tensor<?xf32>) -> tensor<?xf32> {
  %dx = norm.reciprocal_grad %y, %dy : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %dx : tensor<?xf32>
}

func.func @channel_stats(%x: tensor<?x?x?x?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %mean, %inv_std = norm.channel_stats %x epsilon(1.0e-5) layout(NCHW)
    : (tensor<?x?x?x?xf32>) -> (tensor<?xf32>, tensor<?xf32>)
  return %mean, %inv_std : tensor<?xf32>, tensor<?xf32>
}

func.func @channel_backprop_stats(%x: tensor<?x?x?x?xf32>, %mean: tensor<?xf32>, %inv_std: tensor<?xf32>, %dy: tensor<?x?x?x?xf32>)
    -> (tensor<?xf32>, tensor<?xf32>) {
  %scale_grad, %bias_grad = norm.channel_backprop_stats %x, %mean, %inv_std, %dy layout(NCHW)
    : (tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x?x?x?xf32>) -> (tensor<?xf32>, tensor<?xf32>)
  return %scale_grad, %bias_grad : tensor<?xf32>, tensor<?xf32>
}

func.func @channel_backprop(%x: tensor<?x?x?x?xf32>, %v: tensor<?xf32>, %dy: tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32> {
  %dx = norm.channel_backprop %x, %v, %v, %v, %v, %dy layout(NCHW)
    : (tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32>
  return %dx : tensor<?x?x?x?xf32>
}
