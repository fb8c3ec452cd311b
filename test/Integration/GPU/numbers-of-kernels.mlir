// A number that one kernel reads or computes goes to the others through memory.

// RUN: norm-run %s --entry=read --target=cuda-emulated --random=1 --verify | FileCheck %s
// RUN: norm-run %s --entry=computed --target=cuda-emulated --random=2 --verify | FileCheck %s
// CHECK: verify result 0: passed
// CHECK: verify result 1: passed

func.func @read(%x: tensor<4x8xf32>, %scale: tensor<1xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %s = tensor.extract %scale[%c0] : tensor<1xf32>
  %scales = tensor.splat %s : tensor<4x8xf32>
  %y = norm.rmsnorm %x axis(-1) epsilon(1.0e-6) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %shifted = arith.addf %y, %scales : tensor<4x8xf32>
  %scaled = arith.mulf %x, %scales : tensor<4x8xf32>
  %z = norm.rmsnorm %scaled axis(-1) epsilon(1.0e-6) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %z, %shifted : tensor<4x8xf32>, tensor<4x8xf32>
}

// The square stands behind a kernel that takes the number itself.
func.func @computed(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %y = norm.rmsnorm %x axis(-1) epsilon(1.0e-6) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %s = tensor.extract %y[%c3, %c0] : tensor<4x8xf32>
  %of_y = tensor.splat %s : tensor<4x8xf32>
  %a = arith.mulf %x, %of_y : tensor<4x8xf32>
  %z = norm.rmsnorm %a axis(-1) epsilon(1.0e-6) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %t = tensor.extract %z[%c0, %c3] : tensor<4x8xf32>
  %product = arith.mulf %s, %t : f32
  %of_both = tensor.splat %product : tensor<4x8xf32>
  %b = arith.addf %z, %of_both : tensor<4x8xf32>
  %w = norm.rmsnorm %b axis(-1) epsilon(1.0e-6) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %z, %w : tensor<4x8xf32>, tensor<4x8xf32>
}
