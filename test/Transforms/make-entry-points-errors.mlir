// RUN: norm-opt %s --norm-make-entry-points --split-input-file --verify-diagnostics -o /dev/null

// expected-error@below {{expected the shape function 'f.shape', found none; run norm-make-shape-functions first}}
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// expected-error@below {{redefinition of function 'norm_report_error' of different type}}
llvm.func @norm_report_error(i32) -> i32
func.func private @f.shape(%x: tensor<4xf32>) {
  return
}
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
