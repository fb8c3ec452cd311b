// RUN: norm-opt %s --norm-export-symbols | FileCheck %s

// A declaration stays as it is.
// CHECK: llvm.func @norm_report_error(i32)
llvm.func @norm_report_error(i32)

// CHECK: llvm.func internal @f.unit_stride()
llvm.func @f.unit_stride() attributes {sym_visibility = "private"} {
  llvm.return
}

// CHECK: llvm.func @_mlir_ciface_f()
llvm.func @_mlir_ciface_f() {
  llvm.return
}

// CHECK: llvm.func @norm_shape_f()
llvm.func @norm_shape_f() {
  llvm.return
}
