// Functions whose kernels would have the same name run their own.

// RUN: norm-run %s --entry=a.b --random=1 --shape=x:3x8 --verify --target=cuda-emulated | FileCheck %s
// RUN: norm-run %s --entry=a-b --random=2 --shape=x:3x8 --verify --target=cuda-emulated | FileCheck %s
// RUN: norm-run %s --entry=a_b --random=3 --shape=x:3x8 --verify --target=cuda-emulated | FileCheck %s
// RUN: norm-run %s --entry="1. \"norm\"" --random=3 --shape=x:3x8 --verify --target=cuda-emulated | FileCheck %s
// CHECK: verify result 0: passed
func.func @a.b(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func @"a-b"(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(2.0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func @a_b(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(3.0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func @"1. \22norm\22"(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(4.0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
