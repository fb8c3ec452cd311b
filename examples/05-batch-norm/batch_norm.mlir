// Batch normalization in training mode, for any number of images, channels and
// pixels (NCHW): forward and backward on one device, and the same in the pieces
// that several devices need, which share statistics and sums.

#element = affine_map<(n, c, h, w) -> (n, c, h, w)>
#channel = affine_map<(n, c, h, w) -> (c)>

// y = (x - mean) * inv_std * gamma + beta, with the statistics of each channel
// given.
func.func @normalize(%x: tensor<?x?x?x?xf32>, %mean: tensor<?xf32>,
                     %inv_std: tensor<?xf32>, %gamma: tensor<?xf32>,
                     %beta: tensor<?xf32>)
    -> (tensor<?x?x?x?xf32> {norm.name = "y"}) {
  %y = linalg.generic {
      indexing_maps = [#element, #channel, #channel, #channel, #channel, #element],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %mean, %inv_std, %gamma, %beta
        : tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>)
      outs(%x : tensor<?x?x?x?xf32>) {
  ^bb0(%v: f32, %m: f32, %s: f32, %g: f32, %b: f32, %old: f32):
    %centered = arith.subf %v, %m : f32
    %normalized = arith.mulf %centered, %s : f32
    %scaled = arith.mulf %normalized, %g : f32
    %shifted = arith.addf %scaled, %b : f32
    linalg.yield %shifted : f32
  } -> tensor<?x?x?x?xf32>
  return %y : tensor<?x?x?x?xf32>
}

// The backward reads mean and inv_std, so the forward returns them.
func.func @forward(%x: tensor<?x?x?x?xf32>, %gamma: tensor<?xf32>,
                   %beta: tensor<?xf32>)
    -> (tensor<?x?x?x?xf32> {norm.name = "y"},
        tensor<?xf32> {norm.name = "mean"},
        tensor<?xf32> {norm.name = "inv_std"}) {
  %mean, %inv_std = norm.channel_stats %x epsilon(1.0e-5) layout(NCHW)
    : (tensor<?x?x?x?xf32>) -> (tensor<?xf32>, tensor<?xf32>)
  %y = func.call @normalize(%x, %mean, %inv_std, %gamma, %beta)
    : (tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>,
       tensor<?xf32>) -> tensor<?x?x?x?xf32>
  return %y, %mean, %inv_std : tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>
}

// The gradients with respect to x, gamma and beta.
func.func @backward(%x: tensor<?x?x?x?xf32>, %mean: tensor<?xf32>,
                    %inv_std: tensor<?xf32>, %gamma: tensor<?xf32>,
                    %dy: tensor<?x?x?x?xf32>)
    -> (tensor<?x?x?x?xf32> {norm.name = "dx"},
        tensor<?xf32> {norm.name = "dgamma"},
        tensor<?xf32> {norm.name = "dbeta"}) {
  %dgamma, %dbeta = norm.channel_backprop_stats %x, %mean, %inv_std, %dy layout(NCHW)
    : (tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x?x?x?xf32>)
    -> (tensor<?xf32>, tensor<?xf32>)
  %dx = norm.channel_backprop %x, %mean, %inv_std, %dgamma, %dbeta, %dy
      gamma(%gamma) layout(NCHW)
    : (tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>,
       tensor<?xf32>, tensor<?x?x?x?xf32>, tensor<?xf32>) -> tensor<?x?x?x?xf32>
  return %dx, %dgamma, %dbeta : tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>
}

// On each of several devices: the statistics of its part of the batch. Without
// epsilon the variance is 1 / inv_std^2, which can be merged.
func.func @part_stats(%x: tensor<?x?x?x?xf32>)
    -> (tensor<?xf32> {norm.name = "mean"}, tensor<?xf32> {norm.name = "inv_std"}) {
  %mean, %inv_std = norm.channel_stats %x epsilon(0.0) layout(NCHW)
    : (tensor<?x?x?x?xf32>) -> (tensor<?xf32>, tensor<?xf32>)
  return %mean, %inv_std : tensor<?xf32>, tensor<?xf32>
}

// Its part of the sums; all parts added are dgamma and dbeta.
func.func @part_sums(%x: tensor<?x?x?x?xf32>, %mean: tensor<?xf32>,
                     %inv_std: tensor<?xf32>, %dy: tensor<?x?x?x?xf32>)
    -> (tensor<?xf32> {norm.name = "dgamma"}, tensor<?xf32> {norm.name = "dbeta"}) {
  %dgamma, %dbeta = norm.channel_backprop_stats %x, %mean, %inv_std, %dy layout(NCHW)
    : (tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x?x?x?xf32>)
    -> (tensor<?xf32>, tensor<?xf32>)
  return %dgamma, %dbeta : tensor<?xf32>, tensor<?xf32>
}

// Its part of dx, from the sums of all: `count` is the number of elements of a
// channel in the whole batch.
func.func @part_input_gradient(%x: tensor<?x?x?x?xf32>, %mean: tensor<?xf32>,
                               %inv_std: tensor<?xf32>, %gamma: tensor<?xf32>,
                               %dgamma: tensor<?xf32>, %dbeta: tensor<?xf32>,
                               %dy: tensor<?x?x?x?xf32>, %count: index)
    -> (tensor<?x?x?x?xf32> {norm.name = "dx"}) {
  %dx = norm.channel_backprop %x, %mean, %inv_std, %dgamma, %dbeta, %dy
      gamma(%gamma) count(%count) layout(NCHW)
    : (tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>,
       tensor<?xf32>, tensor<?x?x?x?xf32>, tensor<?xf32>, index) -> tensor<?x?x?x?xf32>
  return %dx : tensor<?x?x?x?xf32>
}
