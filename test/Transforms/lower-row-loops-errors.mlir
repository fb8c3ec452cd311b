// RUN: norm-opt %s --norm-lower-row-loops --verify-diagnostics -o /dev/null

func.func @on_tensors(%e: tensor<8xf32>, %t: tensor<f32>) -> tensor<8xf32> {
  // expected-error@below {{'scf.forall' op cannot be lowered: expected a row loop on memrefs}}
  %r = scf.forall (%i) in (8) shared_outs(%o = %e) -> (tensor<8xf32>) {
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %t into %o[%i] [1] [1] : tensor<f32> into tensor<8xf32>
    }
  }
  return %r : tensor<8xf32>
}
