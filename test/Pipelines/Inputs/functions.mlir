func.func @static_f32(%x: tensor<8x4096xf32>, %g: tensor<4096xf32>) -> tensor<8x4096xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6) : (tensor<8x4096xf32>, tensor<4096xf32>) -> tensor<8x4096xf32>
  return %y : tensor<8x4096xf32>
}

func.func @dynamic_f32(%x: tensor<?x?xf32>, %g: tensor<?xf32>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6) : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

func.func @dynamic_bf16(%x: tensor<?x4096xbf16>, %g: tensor<4096xf32>) -> tensor<?x4096xbf16> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6) : (tensor<?x4096xbf16>, tensor<4096xf32>) -> tensor<?x4096xbf16>
  return %y : tensor<?x4096xbf16>
}

func.func @residual(%x: tensor<?x4096xf32>, %r: tensor<?x4096xf32>) -> (tensor<?x4096xf32>, tensor<?x4096xf32>, tensor<?xf32>) {
  %s = arith.addf %x, %r : tensor<?x4096xf32>
  %y, %rrms = norm.rmsnorm %s axis(1) epsilon(1.0e-6) : (tensor<?x4096xf32>) -> (tensor<?x4096xf32>, tensor<?xf32>)
  %n = arith.negf %y : tensor<?x4096xf32>
  return %n, %s, %rrms : tensor<?x4096xf32>, tensor<?x4096xf32>, tensor<?xf32>
}

func.func @cast_of_the_result(%x: tensor<?x?xbf16>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<?x?xbf16>) -> tensor<?x?xbf16>
  %w = arith.extf %y : tensor<?x?xbf16> to tensor<?x?xf32>
  return %w : tensor<?x?xf32>
}
