// RUN: norm-opt %s --norm-export-symbols --split-input-file | FileCheck %s

// CHECK-LABEL: module
// A declaration stays as it is.
// CHECK: llvm.func @norm_report_error(i32)
// CHECK: llvm.func internal @f.unit_stride()
// CHECK: llvm.func internal @f()
// CHECK: llvm.func internal @f.sizes()
// CHECK: llvm.func @_mlir_ciface_f()
// CHECK: llvm.func @norm_shape_f()
// Uses follow the new name.
// CHECK: llvm.func internal @user()
// CHECK: llvm.call @norm_shape_f()
// CHECK-NOT: _mlir_ciface_f.sizes
llvm.func @norm_report_error(i32)
llvm.func @f.unit_stride() {
  llvm.return
}
llvm.func @f() {
  llvm.return
}
llvm.func @f.sizes() {
  llvm.return
}
llvm.func @_mlir_ciface_f() {
  llvm.return
}
llvm.func @_mlir_ciface_f.sizes() {
  llvm.return
}
llvm.func @user() {
  llvm.call @_mlir_ciface_f.sizes() : () -> ()
  llvm.return
}
