// Where all results are empty nothing is computed, however long other sizes are.

// RUN: norm-run %s --entry=dynamic --random=1 --shape=x:1099511627776x3x0 | FileCheck %s
// RUN: norm-run %s --entry=static --random=1 | FileCheck %s
// RUN: norm-run %s --entry=dynamic --random=1 --shape=x:1099511627776x3x0 --target=cuda-emulated | FileCheck %s
// RUN: norm-run %s --entry=static --random=1 --target=cuda-emulated | FileCheck %s
// CHECK: result 0: 0 of f32
// CHECK: result 1: 0 of f32

func.func @dynamic(%x: tensor<?x?x?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %m, %s = norm.channel_stats %x epsilon(1.0e-5) layout(NHWC)
    : (tensor<?x?x?xf32>) -> (tensor<?xf32>, tensor<?xf32>)
  return %m, %s : tensor<?xf32>, tensor<?xf32>
}

func.func @static(%x: tensor<1099511627776x3x0xf32>) -> (tensor<0xf32>, tensor<0xf32>) {
  %m, %s = norm.channel_stats %x epsilon(1.0e-5) layout(NHWC)
    : (tensor<1099511627776x3x0xf32>) -> (tensor<0xf32>, tensor<0xf32>)
  return %m, %s : tensor<0xf32>, tensor<0xf32>
}
