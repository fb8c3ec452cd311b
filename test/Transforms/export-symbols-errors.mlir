// RUN: norm-opt %s --norm-export-symbols --verify-diagnostics -o /dev/null

llvm.func @norm_shape_f() {
  llvm.return
}
// expected-error@below {{expected the name 'norm_shape_f' to be free for the sizes of the results of 'f', found a function of that name}}
llvm.func @_mlir_ciface_f.sizes() {
  llvm.return
}
