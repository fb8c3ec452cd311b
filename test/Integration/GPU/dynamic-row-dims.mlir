// Rows of several dims whose sizes only the call knows: one block has a row, or
// several share it.

// RUN: norm-run %s --target=cuda-emulated --random=1 --verify --shape=dy:4x31x7 --shape=x:4x31x7 --shape=r:4 --shape=g:31x7 | FileCheck %s
// RUN: norm-run %s --target=cuda-emulated --random=2 --verify --shape=dy:1x3x6000 --shape=x:1x3x6000 --shape=r:1 --shape=g:3x6000 | FileCheck %s
// CHECK: verify result 0: passed

func.func @grad(%dy: tensor<?x?x?xbf16>, %x: tensor<?x?x?xbf16>, %r: tensor<?xf32>, %g: tensor<?x?xf32>) -> tensor<?x?x?xbf16> {
  %dx = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1)
    : (tensor<?x?x?xbf16>, tensor<?x?x?xbf16>, tensor<?xf32>, tensor<?x?xf32>) -> tensor<?x?x?xbf16>
  return %dx : tensor<?x?x?xbf16>
}
