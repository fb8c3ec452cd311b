// The residual block of a Llama decoder, in front of each attention and each
// feed-forward layer: the output of the last layer is added to the residual in
// f32, and the sum, rounded to bf16, is the next residual and is normalized for
// the next layer.

func.func @residual_block(%x: tensor<?x4096xbf16>,
                          %residual: tensor<?x4096xbf16>,
                          %gamma: tensor<4096xbf16>)
    -> (tensor<?x4096xbf16> {norm.name = "y"},
        tensor<?x4096xbf16> {norm.name = "sum"}) {
  %0 = arith.extf %x : tensor<?x4096xbf16> to tensor<?x4096xf32>
  %1 = arith.extf %residual : tensor<?x4096xbf16> to tensor<?x4096xf32>
  %2 = arith.addf %0, %1 : tensor<?x4096xf32>
  %sum = arith.truncf %2 : tensor<?x4096xf32> to tensor<?x4096xbf16>
  %y = norm.rmsnorm %sum gamma(%gamma) axis(1) epsilon(1.0e-5)
    : (tensor<?x4096xbf16>, tensor<4096xbf16>) -> tensor<?x4096xbf16>
  return %y, %sum : tensor<?x4096xbf16>, tensor<?x4096xbf16>
}
