// RUN: norm-opt %s --split-input-file --verify-diagnostics
// One case for each rule that the ops over channels state, named after its
// label.

func.func @channelstats_c1_rank(%x: tensor<3xf32>) {
  // expected-error@+1 {{ChannelStats-C1: expected x to have rank >= 2, found 'tensor<3xf32>'}}
  %0:2 = norm.channel_stats %x epsilon(0.0) layout(NCHW)
    : (tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @channelstats_c1_scalar(%x: tensor<f32>) {
  // expected-error@+1 {{ChannelStats-C1: expected x to have rank >= 2, found 'tensor<f32>'}}
  %0:2 = norm.channel_stats %x epsilon(0.0) layout(NHWC)
    : (tensor<f32>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @channelstats_c2_epsilon_negative(%x: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelStats-C2: expected epsilon to be finite and >= 0 in 'f32', found -1.000000e+00}}
  %0:2 = norm.channel_stats %x epsilon(-1.0) layout(NCHW)
    : (tensor<2x3x4xf16>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @channelstats_c2_epsilon_nan(%x: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelStats-C2: expected epsilon to be finite and >= 0 in 'f32', found nan}}
  %0:2 = norm.channel_stats %x epsilon(0x7FF8000000000000) layout(NCHW)
    : (tensor<2x3x4xf16>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @channelstats_c2_epsilon_beyond_f32(%x: tensor<2x3x4xf16>) {
  // expected-error@+1 {{found 1.000000e+300}}
  %0:2 = norm.channel_stats %x epsilon(1.0e300) layout(NCHW)
    : (tensor<2x3x4xf16>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @channelstats_c3_no_result(%x: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelStats-C3: expected 1 to 2 results, found 0}}
  norm.channel_stats %x epsilon(0.0) layout(NCHW)
    : (tensor<2x3x4xf16>) -> ()
  return
}

// -----

func.func @channelstats_c3_three_results(%x: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelStats-C3: expected 1 to 2 results, found 3}}
  %0:3 = norm.channel_stats %x epsilon(0.0) layout(NCHW)
    : (tensor<2x3x4xf16>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @channelstats_c4_mean_length(%x: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelStats-C4: expected mean to be compatible with 'tensor<3xf32>', found 'tensor<4xf32>'}}
  %0:2 = norm.channel_stats %x epsilon(0.0) layout(NCHW)
    : (tensor<2x3x4xf16>) -> (tensor<4xf32>, tensor<3xf32>)
  return
}

// -----

func.func @channelstats_c4_mean_length_of_layout(%x: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelStats-C4: expected mean to be compatible with 'tensor<4xf32>', found 'tensor<3xf32>'}}
  %0 = norm.channel_stats %x epsilon(0.0) layout(NHWC)
    : (tensor<2x3x4xf16>) -> tensor<3xf32>
  return
}

// -----

func.func @channelstats_c5_inv_std_type(%x: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelStats-C5: expected inv_std to be compatible with 'tensor<3xf32>', found 'tensor<3xf16>'}}
  %0:2 = norm.channel_stats %x epsilon(0.0) layout(NCHW)
    : (tensor<2x3x4xf16>) -> (tensor<3xf32>, tensor<3xf16>)
  return
}

// -----

func.func @channelstats_c6_bytes(%x: tensor<4611686018427387904x?xf16>) {
  // expected-error@+1 {{ChannelStats-C6: expected the bytes of x to fit in a signed 64-bit integer}}
  %0 = norm.channel_stats %x epsilon(0.0) layout(NCHW)
    : (tensor<4611686018427387904x?xf16>) -> tensor<?xf32>
  return
}

// -----

func.func @channelstats_layout_unknown(%x: tensor<2x3x4xf16>) {
  // expected-error@+1 {{expected layout to be NCHW or NHWC, found CHW}}
  %0:2 = norm.channel_stats %x epsilon(0.0) layout(CHW)
    : (tensor<2x3x4xf16>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @channelbackpropstats_c1_rank(%x: tensor<3xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %dy: tensor<3xf16>) {
  // expected-error@+1 {{ChannelBackpropStats-C1: expected x to have rank >= 2, found 'tensor<3xf16>'}}
  %0:2 = norm.channel_backprop_stats %x, %m, %s, %dy layout(NCHW)
    : (tensor<3xf16>, tensor<3xf32>, tensor<3xf32>, tensor<3xf16>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @channelbackpropstats_c2_mean_length(%x: tensor<2x3x4xf16>, %m: tensor<2xf32>, %s: tensor<3xf32>, %dy: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelBackpropStats-C2: expected mean to be compatible with 'tensor<3xf32>', found 'tensor<2xf32>'}}
  %0:2 = norm.channel_backprop_stats %x, %m, %s, %dy layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<2xf32>, tensor<3xf32>, tensor<2x3x4xf16>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @channelbackpropstats_c2_mean_rank(%x: tensor<2x3x4xf16>, %m: tensor<1x3xf32>, %s: tensor<3xf32>, %dy: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelBackpropStats-C2: expected mean to be compatible with 'tensor<3xf32>', found 'tensor<1x3xf32>'}}
  %0:2 = norm.channel_backprop_stats %x, %m, %s, %dy layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<1x3xf32>, tensor<3xf32>, tensor<2x3x4xf16>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @channelbackpropstats_c3_inv_std_type(%x: tensor<2x3x4xf16>, %m: tensor<3xf32>, %s: tensor<3xf64>, %dy: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelBackpropStats-C3: expected inv_std to be compatible with 'tensor<3xf32>', found 'tensor<3xf64>'}}
  %0:2 = norm.channel_backprop_stats %x, %m, %s, %dy layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<3xf32>, tensor<3xf64>, tensor<2x3x4xf16>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @channelbackpropstats_c4_dy_shape(%x: tensor<2x3x4xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %dy: tensor<2x3x5xf16>) {
  // expected-error@+1 {{ChannelBackpropStats-C4: expected dy to be compatible with 'tensor<2x3x4xf16>', found 'tensor<2x3x5xf16>'}}
  %0:2 = norm.channel_backprop_stats %x, %m, %s, %dy layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<3xf32>, tensor<3xf32>, tensor<2x3x5xf16>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @channelbackpropstats_c4_dy_type(%x: tensor<2x3x4xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %dy: tensor<2x3x4xf32>) {
  // expected-error@+1 {{ChannelBackpropStats-C4: expected dy to be compatible with 'tensor<2x3x4xf16>', found 'tensor<2x3x4xf32>'}}
  %0:2 = norm.channel_backprop_stats %x, %m, %s, %dy layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<3xf32>, tensor<3xf32>, tensor<2x3x4xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @channelbackpropstats_c5_no_result(%x: tensor<2x3x4xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %dy: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelBackpropStats-C5: expected 1 to 2 results, found 0}}
  norm.channel_backprop_stats %x, %m, %s, %dy layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<3xf32>, tensor<3xf32>, tensor<2x3x4xf16>) -> ()
  return
}

// -----

func.func @channelbackpropstats_c6_scale_grad(%x: tensor<2x3x4xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %dy: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelBackpropStats-C6: expected scale_grad to be compatible with 'tensor<3xf32>', found 'tensor<3xf16>'}}
  %0:2 = norm.channel_backprop_stats %x, %m, %s, %dy layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<3xf32>, tensor<3xf32>, tensor<2x3x4xf16>) -> (tensor<3xf16>, tensor<3xf32>)
  return
}

// -----

func.func @channelbackpropstats_c7_bias_grad(%x: tensor<2x3x4xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %dy: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelBackpropStats-C7: expected bias_grad to be compatible with 'tensor<3xf32>', found 'tensor<2xf32>'}}
  %0:2 = norm.channel_backprop_stats %x, %m, %s, %dy layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<3xf32>, tensor<3xf32>, tensor<2x3x4xf16>) -> (tensor<3xf32>, tensor<2xf32>)
  return
}

// -----

func.func @channelbackpropstats_c8_bytes(%x: tensor<?x3x4611686018427387904xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %dy: tensor<?x3x4611686018427387904xf16>) {
  // expected-error@+1 {{ChannelBackpropStats-C8: expected the bytes of x to fit in a signed 64-bit integer}}
  %0:2 = norm.channel_backprop_stats %x, %m, %s, %dy layout(NCHW)
    : (tensor<?x3x4611686018427387904xf16>, tensor<3xf32>, tensor<3xf32>, tensor<?x3x4611686018427387904xf16>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @channelbackprop_c1_rank(%x: tensor<3xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %sg: tensor<3xf32>, %bg: tensor<3xf32>, %dy: tensor<3xf16>) {
  // expected-error@+1 {{ChannelBackprop-C1: expected x to have rank >= 2, found 'tensor<3xf16>'}}
  %0 = norm.channel_backprop %x, %m, %s, %sg, %bg, %dy layout(NCHW)
    : (tensor<3xf16>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf16>) -> tensor<3xf16>
  return
}

// -----

func.func @channelbackprop_c2_mean(%x: tensor<2x3x4xf16>, %m: tensor<4xf32>, %s: tensor<3xf32>, %sg: tensor<3xf32>, %bg: tensor<3xf32>, %dy: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelBackprop-C2: expected mean to be compatible with 'tensor<3xf32>', found 'tensor<4xf32>'}}
  %0 = norm.channel_backprop %x, %m, %s, %sg, %bg, %dy layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x3x4xf16>) -> tensor<2x3x4xf16>
  return
}

// -----

func.func @channelbackprop_c3_inv_std(%x: tensor<2x3x4xf16>, %m: tensor<3xf32>, %s: tensor<3xf16>, %sg: tensor<3xf32>, %bg: tensor<3xf32>, %dy: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelBackprop-C3: expected inv_std to be compatible with 'tensor<3xf32>', found 'tensor<3xf16>'}}
  %0 = norm.channel_backprop %x, %m, %s, %sg, %bg, %dy layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<3xf32>, tensor<3xf16>, tensor<3xf32>, tensor<3xf32>, tensor<2x3x4xf16>) -> tensor<2x3x4xf16>
  return
}

// -----

func.func @channelbackprop_c4_scale_grad(%x: tensor<2x3x4xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %sg: tensor<f32>, %bg: tensor<3xf32>, %dy: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelBackprop-C4: expected scale_grad to be compatible with 'tensor<3xf32>', found 'tensor<f32>'}}
  %0 = norm.channel_backprop %x, %m, %s, %sg, %bg, %dy layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<3xf32>, tensor<3xf32>, tensor<f32>, tensor<3xf32>, tensor<2x3x4xf16>) -> tensor<2x3x4xf16>
  return
}

// -----

func.func @channelbackprop_c5_bias_grad(%x: tensor<2x3x4xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %sg: tensor<3xf32>, %bg: tensor<1xf32>, %dy: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelBackprop-C5: expected bias_grad to be compatible with 'tensor<3xf32>', found 'tensor<1xf32>'}}
  %0 = norm.channel_backprop %x, %m, %s, %sg, %bg, %dy layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<1xf32>, tensor<2x3x4xf16>) -> tensor<2x3x4xf16>
  return
}

// -----

func.func @channelbackprop_c6_dy(%x: tensor<2x3x4xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %sg: tensor<3xf32>, %bg: tensor<3xf32>, %dy: tensor<2x4x3xf16>) {
  // expected-error@+1 {{ChannelBackprop-C6: expected dy to be compatible with 'tensor<2x3x4xf16>', found 'tensor<2x4x3xf16>'}}
  %0 = norm.channel_backprop %x, %m, %s, %sg, %bg, %dy layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x4x3xf16>) -> tensor<2x3x4xf16>
  return
}

// -----

func.func @channelbackprop_c7_gamma_type(%x: tensor<2x3x4xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %sg: tensor<3xf32>, %bg: tensor<3xf32>, %dy: tensor<2x3x4xf16>, %g: tensor<3xbf16>) {
  // expected-error@+1 {{ChannelBackprop-C7: expected the element type of gamma to be 'f16' or 'f32', found 'bf16'}}
  %0 = norm.channel_backprop %x, %m, %s, %sg, %bg, %dy gamma(%g) layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x3x4xf16>, tensor<3xbf16>) -> tensor<2x3x4xf16>
  return
}

// -----

func.func @channelbackprop_c8_gamma_length(%x: tensor<2x3x4xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %sg: tensor<3xf32>, %bg: tensor<3xf32>, %dy: tensor<2x3x4xf16>, %g: tensor<4xf16>) {
  // expected-error@+1 {{ChannelBackprop-C8: expected gamma to be compatible with 'tensor<3xf16>', found 'tensor<4xf16>'}}
  %0 = norm.channel_backprop %x, %m, %s, %sg, %bg, %dy gamma(%g) layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x3x4xf16>, tensor<4xf16>) -> tensor<2x3x4xf16>
  return
}

// -----

func.func @channelbackprop_c9_no_result(%x: tensor<2x3x4xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %sg: tensor<3xf32>, %bg: tensor<3xf32>, %dy: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelBackprop-C9: expected 1 result, found 0}}
  norm.channel_backprop %x, %m, %s, %sg, %bg, %dy layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x3x4xf16>) -> ()
  return
}

// -----

func.func @channelbackprop_c10_dx(%x: tensor<2x3x4xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %sg: tensor<3xf32>, %bg: tensor<3xf32>, %dy: tensor<2x3x4xf16>) {
  // expected-error@+1 {{ChannelBackprop-C10: expected dx to be compatible with 'tensor<2x3x4xf16>', found 'tensor<2x3x4xf32>'}}
  %0 = norm.channel_backprop %x, %m, %s, %sg, %bg, %dy layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x3x4xf16>) -> tensor<2x3x4xf32>
  return
}

// -----

func.func @channelbackprop_c11_bytes(%x: tensor<?x3x4611686018427387904xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %sg: tensor<3xf32>, %bg: tensor<3xf32>, %dy: tensor<?x3x4611686018427387904xf16>) {
  // expected-error@+1 {{ChannelBackprop-C11: expected the bytes of x to fit in a signed 64-bit integer}}
  %0 = norm.channel_backprop %x, %m, %s, %sg, %bg, %dy layout(NCHW)
    : (tensor<?x3x4611686018427387904xf16>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<?x3x4611686018427387904xf16>) -> tensor<?x3x?xf16>
  return
}

// -----

func.func @channelbackprop_count_of_i64(%x: tensor<2x3x4xf16>, %m: tensor<3xf32>, %s: tensor<3xf32>, %sg: tensor<3xf32>, %bg: tensor<3xf32>, %dy: tensor<2x3x4xf16>, %n: i64) {
  // expected-error@+1 {{operand #6 must be index, but got 'i64'}}
  %0 = norm.channel_backprop %x, %m, %s, %sg, %bg, %dy count(%n) layout(NCHW)
    : (tensor<2x3x4xf16>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x3x4xf16>, i64) -> tensor<2x3x4xf16>
  return
}

// -----

func.func @channelbackprop_c9_both_forms(%x: memref<2x3xf32>, %v: tensor<3xf32>) {
  // expected-error@+1 {{ChannelBackprop-C9: expected all operands to be tensors or all to be memrefs, found both}}
  norm.channel_backprop %x, %v, %v, %v, %v, %x outs(%x) layout(NCHW)
    : (memref<2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, memref<2x3xf32>, memref<2x3xf32>) -> ()
  return
}

// -----

func.func @channelstats_c3_results_of_memref_form(%x: memref<2x3xf32>) {
  // expected-error@+1 {{ChannelStats-C3: expected outs and no results with memref operands, found 1 results}}
  %0 = norm.channel_stats %x epsilon(0.0) layout(NCHW) : (memref<2x3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @unranked(%x: tensor<*xf32>) {
  // expected-error@+1 {{operand #0 must be ranked tensor or strided memref}}
  %0 = norm.channel_stats %x epsilon(0.0) layout(NCHW) : (tensor<*xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @layout_missing(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{expected 'layout'}}
  %0 = norm.channel_stats %x epsilon(0.0) : (tensor<2x3xf32>) -> tensor<3xf32>
  return
}
