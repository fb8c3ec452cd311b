// RUN: norm-opt %s --norm-infer-shapes --split-input-file --verify-diagnostics

func.func @elementwise(%a: tensor<4xf32>, %b: tensor<8xf32>) -> tensor<?xf32> {
  %c = tensor.cast %a : tensor<4xf32> to tensor<?xf32>
  %d = tensor.cast %b : tensor<8xf32> to tensor<?xf32>
  // expected-error@+1 {{expected size 4 in dim 0 of tensor operand #1, found 8 in 'tensor<8xf32>'}}
  %s = arith.addf %c, %d : tensor<?xf32>
  return %s : tensor<?xf32>
}

// -----

func.func @gamma(%x: tensor<?x4xf32>, %g: tensor<8xf32>) -> tensor<?x?xf32> {
  %c = tensor.cast %x : tensor<?x4xf32> to tensor<?x?xf32>
  // expected-error@+1 {{RMSNorm-C8: expected gamma to have the shape of the row dims [4], found 'tensor<8xf32>'}}
  %y = norm.rmsnorm %c gamma(%g) axis(1) epsilon(0.0) : (tensor<?x?xf32>, tensor<8xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

func.func @flat_gamma(%x: tensor<?x5xf32>, %g: tensor<8xf32>) -> tensor<?x5xf32> {
  // expected-error@+1 {{expected the size of gamma to be a multiple of 5, as dims of 'tensor<?x5xf32>' say, found 8}}
  %y = norm.rmsnorm %x gamma(%g) axis(0) epsilon(0.0) : (tensor<?x5xf32>, tensor<8xf32>) -> tensor<?x5xf32>
  return %y : tensor<?x5xf32>
}

// -----

// Of two ops that assume different sizes, the second one gets the error.
func.func @two_gammas(%x: tensor<?x?xf32>, %g: tensor<8xf32>, %h: tensor<9xf32>)
    -> (tensor<?x?xf32>, tensor<?x?xf32>) {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0) : (tensor<?x?xf32>, tensor<8xf32>) -> tensor<?x?xf32>
  // expected-error@+1 {{RMSNorm-C8: expected gamma to have the shape of the row dims [8], found 'tensor<9xf32>'}}
  %z = norm.rmsnorm %x gamma(%h) axis(1) epsilon(0.0) : (tensor<?x?xf32>, tensor<9xf32>) -> tensor<?x?xf32>
  return %y, %z : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

func.func @cast(%x: tensor<?xf32>, %g: tensor<8xf32>) -> tensor<9xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(0) epsilon(0.0) : (tensor<?xf32>, tensor<8xf32>) -> tensor<?xf32>
  // expected-error@+1 {{expected sizes compatible with the source, 'tensor<8xf32>', found 'tensor<9xf32>'}}
  %c = tensor.cast %y : tensor<?xf32> to tensor<9xf32>
  return %c : tensor<9xf32>
}
