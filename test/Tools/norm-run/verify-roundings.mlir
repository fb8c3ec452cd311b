// A value between two roundings may be rounded to the neighbour of what the float64
// evaluator rounds it to, here one of 16896 products: another ULP of what gamma multiplies.
// RUN: norm-run %s --random=1 --verify | FileCheck %s
// CHECK: verify result 0: passed, max error 1.{{[5-9]}}

func.func @rmsnorm(%x: tensor<128x132xf16>, %gamma: tensor<132xf16>) -> tensor<128x132xf16> {
  %y = norm.rmsnorm %x gamma(%gamma) axis(1) epsilon(1.0e-6) rounding(before_gamma)
    : (tensor<128x132xf16>, tensor<132xf16>) -> tensor<128x132xf16>
  return %y : tensor<128x132xf16>
}
