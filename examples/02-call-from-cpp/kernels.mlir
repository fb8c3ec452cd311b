// RMSNorm of any number of rows of 1024 elements, scaled by gamma.

func.func @rmsnorm(%x: tensor<?x1024xf32>, %gamma: tensor<1024xf32>)
    -> tensor<?x1024xf32> {
  %y = norm.rmsnorm %x gamma(%gamma) axis(1) epsilon(1.0e-6)
    : (tensor<?x1024xf32>, tensor<1024xf32>) -> tensor<?x1024xf32>
  return %y : tensor<?x1024xf32>
}
