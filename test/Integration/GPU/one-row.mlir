// The gradient of one row has one partial sum, which is rounded.

// RUN: norm-run %s --entry=static --target=cuda-emulated --random=1 --verify | FileCheck %s
// RUN: norm-run %s --entry=dynamic --target=cuda-emulated --random=2 --verify --shape=dy:1x2050 --shape=x:1x2050 --shape=g:2050 | FileCheck %s
// CHECK: verify result 0: passed
// CHECK: verify result 1: passed

func.func @static(%dy: tensor<1x17000xbf16>, %x: tensor<1x17000xbf16>, %r: tensor<1xf32>, %g: tensor<17000xbf16>)
    -> (tensor<1x17000xbf16>, tensor<17000xbf16>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1)
    : (tensor<1x17000xbf16>, tensor<1x17000xbf16>, tensor<1xf32>, tensor<17000xbf16>) -> (tensor<1x17000xbf16>, tensor<17000xbf16>)
  return %dx, %dg : tensor<1x17000xbf16>, tensor<17000xbf16>
}

func.func @dynamic(%dy: tensor<1x?xbf16>, %x: tensor<1x?xbf16>, %r: tensor<1xf32>, %g: tensor<?xbf16>)
    -> (tensor<1x?xbf16>, tensor<?xbf16>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1)
    : (tensor<1x?xbf16>, tensor<1x?xbf16>, tensor<1xf32>, tensor<?xbf16>) -> (tensor<1x?xbf16>, tensor<?xbf16>)
  return %dx, %dg : tensor<1x?xbf16>, tensor<?xbf16>
}
