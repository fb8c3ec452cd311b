// Each operator on f32 tensors of any size, for norm-run --bench; README.md has the
// commands.

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

func.func @reciprocal_approx(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = norm.reciprocal %x precision(approx) : (tensor<?xf32>) -> tensor<?xf32>
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
