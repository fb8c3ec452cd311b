// Any number of threads gives the same bits.
// RUN: norm-run %s --random=1 --shape=0:1000x4097 --threads=1 --verify --output=%t.1.npy
// RUN: norm-run %s --random=1 --shape=0:1000x4097 --threads=2 --output=%t.2.npy
// RUN: norm-run %s --random=1 --shape=0:1000x4097 --threads=5 --output=%t.5.npy
// RUN: cmp %t.1.npy %t.2.npy
// RUN: cmp %t.1.npy %t.5.npy

func.func @f(%x: tensor<?x4097xf32>) -> tensor<?x4097xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<?x4097xf32>) -> tensor<?x4097xf32>
  return %y : tensor<?x4097xf32>
}
