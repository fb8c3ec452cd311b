// Root-mean-square normalization as in Llama: any number of rows of 4096
// elements, scaled by gamma.

func.func @rmsnorm_f32(%x: tensor<?x4096xf32>, %gamma: tensor<4096xf32>)
    -> tensor<?x4096xf32> {
  %y = norm.rmsnorm %x gamma(%gamma) axis(1) epsilon(1.0e-6)
    : (tensor<?x4096xf32>, tensor<4096xf32>) -> tensor<?x4096xf32>
  return %y : tensor<?x4096xf32>
}

func.func @rmsnorm_bf16(%x: tensor<?x4096xbf16>, %gamma: tensor<4096xbf16>)
    -> tensor<?x4096xbf16> {
  %y = norm.rmsnorm %x gamma(%gamma) axis(1) epsilon(1.0e-6)
    : (tensor<?x4096xbf16>, tensor<4096xbf16>) -> tensor<?x4096xbf16>
  return %y : tensor<?x4096xbf16>
}
