// The blocks of a gradient have three rows each, the last one fewer, of which the next
// one is read while one is summed;
// also of rows that start anywhere.

// RUN: norm-run %s --entry=rows --target=cuda-emulated --random=1 --verify --shape=dy:1400x1024 --shape=x:1400x1024 --shape=r:1400 | FileCheck %s
// RUN: norm-run %s --entry=odd_rows --target=cuda-emulated --random=1 --verify --shape=dy:1400x1022 --shape=x:1400x1022 --shape=r:1400 | FileCheck %s
// CHECK: verify result 0: passed
// CHECK: verify result 1: passed

// RUN: norm-opt %s --norm-select-strategy=gpu=true | FileCheck %s --check-prefix=STRATEGY
// STRATEGY: thread_elements = 4, {{.*}}row_blocks = 528, rows_ahead = 1
// STRATEGY: thread_elements = 2, {{.*}}row_blocks = 528, rows_ahead = 1

func.func @rows(%dy: tensor<?x1024xf32>, %x: tensor<?x1024xf32>, %r: tensor<?xf32>, %g: tensor<1024xf32>)
    -> (tensor<?x1024xf32>, tensor<1024xf32>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1)
    : (tensor<?x1024xf32>, tensor<?x1024xf32>, tensor<?xf32>, tensor<1024xf32>) -> (tensor<?x1024xf32>, tensor<1024xf32>)
  return %dx, %dg : tensor<?x1024xf32>, tensor<1024xf32>
}

func.func @odd_rows(%dy: tensor<?x1022xf32>, %x: tensor<?x1022xf32>, %r: tensor<?xf32>, %g: tensor<1022xf32>)
    -> (tensor<?x1022xf32>, tensor<1022xf32>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1)
    : (tensor<?x1022xf32>, tensor<?x1022xf32>, tensor<?xf32>, tensor<1022xf32>) -> (tensor<?x1022xf32>, tensor<1022xf32>)
  return %dx, %dg : tensor<?x1022xf32>, tensor<1022xf32>
}
