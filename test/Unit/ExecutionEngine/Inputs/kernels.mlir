// Compiled to a shared library for LoadTest.cpp.
func.func @scale(%x: tensor<?x3xf32>, %factor: f32) -> tensor<?x3xf32> {
  %0 = tensor.empty() : tensor<3xf32>
  %factors = linalg.fill ins(%factor : f32) outs(%0 : tensor<3xf32>)
    -> tensor<3xf32>
  %y = norm.rmsnorm %x gamma(%factors) axis(1) epsilon(0.0)
    : (tensor<?x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}
