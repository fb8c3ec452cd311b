// RUN: split-file %s %t
// RUN: not norm-opt %t/f.mlir --norm-differentiate=function=g 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not norm-opt %t/f.mlir --norm-differentiate=arguments=2 2>&1 | FileCheck %s --check-prefix=RANGE
// RUN: not norm-opt %t/f.mlir --norm-differentiate=arguments=-1 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: not norm-opt %t/f.mlir --norm-differentiate=arguments=0,0 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not norm-opt %t/f.mlir --norm-differentiate=arguments=1 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not norm-opt %t/f.mlir --norm-differentiate=residuals=keep 2>&1 | FileCheck %s --check-prefix=RESIDUALS
// RUN: not norm-opt %t/none.mlir --norm-differentiate=function=arguments 2>&1 | FileCheck %s --check-prefix=ARGUMENTS
// RUN: not norm-opt %t/none.mlir --norm-differentiate=function=results 2>&1 | FileCheck %s --check-prefix=RESULTS
// RUN: not norm-opt %t/none.mlir --norm-differentiate=function=declared 2>&1 | FileCheck %s --check-prefix=DECLARED

// NAME: error: expected the option function to name a function of the module, found 'g'
// RANGE: f.mlir:1:1: error: 'func.func' op cannot be differentiated: expected argument numbers in [0, 2), found 2
// NEGATIVE: f.mlir:1:1: error: {{.*}}expected argument numbers in [0, 2), found -1
// TWICE: f.mlir:1:1: error: {{.*}}expected each argument once, found 0 twice
// TYPE: f.mlir:1:1: error: {{.*}}expected argument 1 to be a float or a ranked tensor of floats, found 'index'
// RESIDUALS: Cannot find option named 'keep'
// ARGUMENTS: none.mlir:1:1: error: {{.*}}expected an argument that is a float or a ranked tensor of floats, found none
// RESULTS: none.mlir:5:1: error: {{.*}}expected a result that is a float or a ranked tensor of floats, found none
// DECLARED: none.mlir:9:1: error: {{.*}}expected a body, found a declaration

//--- f.mlir
func.func @f(%x: f32, %i: index) -> f32 {
  return %x : f32
}
//--- none.mlir
func.func @arguments(%i: i32) -> f32 {
  %x = arith.sitofp %i : i32 to f32
  return %x : f32
}
func.func @results(%x: f32) -> i32 {
  %i = arith.fptosi %x : f32 to i32
  return %i : i32
}
func.func private @declared(%x: f32) -> f32
