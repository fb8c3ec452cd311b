// TensorRT-LLM's rms_norm with num_groups = 8: each eighth of a row is
// normalized on its own, then the whole row is scaled.

func.func @grouped_rmsnorm(%x: tensor<?x4096xf32>, %weight: tensor<4096xf32>)
    -> (tensor<?x4096xf32> {norm.name = "y"}) {
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %x, %c0 : tensor<?x4096xf32>
  %groups = tensor.expand_shape %x [[0], [1, 2]] output_shape [%rows, 8, 512]
    : tensor<?x4096xf32> into tensor<?x8x512xf32>
  %normed = norm.rmsnorm %groups axis(2) epsilon(1.0e-6)
    : (tensor<?x8x512xf32>) -> tensor<?x8x512xf32>
  %row = tensor.collapse_shape %normed [[0], [1, 2]]
    : tensor<?x8x512xf32> into tensor<?x4096xf32>
  %empty = tensor.empty(%rows) : tensor<?x4096xf32>
  %scale = linalg.broadcast ins(%weight : tensor<4096xf32>)
    outs(%empty : tensor<?x4096xf32>) dimensions = [0]
  %y = arith.mulf %row, %scale : tensor<?x4096xf32>
  return %y : tensor<?x4096xf32>
}
