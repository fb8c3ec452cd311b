// Compiled for a GPU by KernelModuleGPUTest.cpp.
func.func @normalize(%x: tensor<?x3xf32>, %factor: f32) -> tensor<?x3xf32> {
  %0 = tensor.empty() : tensor<3xf32>
  %factors = linalg.fill ins(%factor : f32) outs(%0 : tensor<3xf32>)
    -> tensor<3xf32>
  %y = norm.rmsnorm %x gamma(%factors) axis(1) epsilon(0.0)
    : (tensor<?x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}
func.func @normalize_matrices(%x: tensor<?x2x3xf32>) -> tensor<?x2x3xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x2x3xf32>) -> tensor<?x2x3xf32>
  return %y : tensor<?x2x3xf32>
}
func.func @gradients(%dy: tensor<?x3xf32>, %x: tensor<?x3xf32>, %r: tensor<?xf32>, %gamma: tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<3xf32>) {
  %dx, %dgamma = norm.rmsnorm_grad %dy, %x, %r gamma(%gamma) axis(1)
    : (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?xf32>, tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<3xf32>)
  return %dx, %dgamma : tensor<?x3xf32>, tensor<3xf32>
}
