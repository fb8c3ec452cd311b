// RUN: norm-opt %s --norm-differentiate --norm-to-linalg-pipeline | FileCheck %s
// RUN: norm-opt %s --norm-differentiate=residuals=return --norm-to-linalg-pipeline | FileCheck %s

// CHECK-LABEL: func.func @f_vjp(
// CHECK-NOT:   norm.
// CHECK:       linalg.generic
// CHECK-NOT:   norm.
// CHECK:       return
func.func @f(%x: tensor<?x64xbf16>, %r: tensor<?x64xbf16>, %g: tensor<64xbf16>)
    -> (tensor<?x64xbf16>, tensor<?x64xbf16>) {
  %h = arith.addf %x, %r : tensor<?x64xbf16>
  %y = norm.rmsnorm %h gamma(%g) axis(1) epsilon(1.0e-6)
    : (tensor<?x64xbf16>, tensor<64xbf16>) -> tensor<?x64xbf16>
  return %y, %h : tensor<?x64xbf16>, tensor<?x64xbf16>
}
